"""The catalogue file of one language as reviewers change it: texts, marks, where they appear.

A review mark is the comment `review: pending` or `review: NAME YYYY-MM-DD`; no mark is pending. A
file is replaced as a whole or not at all.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po, write_po

from smsgateway.text.catalogue import CatalogueError
from smsgateway.wording.uses import Uses

MARK = "review: "
REMARK = "comment: "
PENDING = "pending"
ELSEWHERE = "inside other texts"
"""The context of a text that no screen and no message names."""


@dataclass(frozen=True)
class Review:
    """Who approved a text, and on which day."""

    name: str
    day: date

    def __str__(self) -> str:
        return f"{self.name} {self.day.isoformat()}"


class CatalogueFile:
    """`locales/<language>/LC_MESSAGES/messages.po`. Raises CatalogueError if unreadable."""

    def __init__(self, locales: Path, language: str) -> None:
        self.path = locales / language / "LC_MESSAGES" / "messages.po"
        try:
            self._before = self.path.read_bytes()
            self._catalog = read_po(BytesIO(self._before), locale=language, abort_invalid=True)
        except OSError as error:
            message = f"The catalogue {self.path} cannot be read: {error.strerror}."
            raise CatalogueError(message) from error
        except (PoFileError, ValueError) as error:
            message = f"The catalogue {self.path} cannot be understood: {error}."
            raise CatalogueError(message) from error

    def __iter__(self) -> Iterator[str]:
        """The message ids, in the order of the file."""
        return (str(message.id) for message in self._catalog if message.id)

    def text(self, msgid: str) -> str:
        """The words for `msgid`; empty when there are none."""
        return str(self._message(msgid).string or "")

    def review(self, msgid: str) -> Review | None:
        """Who approved the text; None: pending. Raises CatalogueError for an odd mark."""
        for line in self._message(msgid).user_comments:
            if line.startswith(MARK):
                return _review(msgid, line.removeprefix(MARK).strip())
        return None

    def change(self, msgid: str, text: str, review: Review | None) -> None:
        """Set the words and the mark of a text."""
        message = self._message(msgid)
        message.string = text
        others = [line for line in message.user_comments if not line.startswith(MARK)]
        message.user_comments = [f"{MARK}{review or PENDING}", *others]

    def comment(self, msgid: str) -> str:
        """What reviewers remarked."""
        lines = self._message(msgid).user_comments
        remarks = (line.removeprefix(REMARK) for line in lines if line.startswith(REMARK))
        return " ".join(remarks)

    def remark(self, msgid: str, comment: str) -> None:
        """Set what reviewers remarked; an empty comment takes it away."""
        message = self._message(msgid)
        others = [line for line in message.user_comments if not line.startswith(REMARK)]
        words = textwrap.wrap(comment, 80, break_long_words=False)
        message.user_comments = [*others, *(f"{REMARK}{line}" for line in words)]

    def annotate(self, uses: Uses) -> None:
        """Say at every text where it appears, for whoever translates it."""
        for msgid in self:
            places = [str(use) for use in uses.get(msgid, ())]
            self._message(msgid).auto_comments = places or [ELSEWHERE]

    def save(self) -> bool:
        """Write the file if anything has changed, in one step; gives whether it had."""
        buffer = BytesIO()
        write_po(buffer, self._catalog, width=100, ignore_obsolete=True)
        if buffer.getvalue() == self._before:
            return False
        beside = self.path.with_suffix(".po.new")
        with beside.open("wb") as file:
            file.write(buffer.getvalue())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
        self._before = buffer.getvalue()
        return True

    def _message(self, msgid: str) -> Message:
        message = self._catalog.get(msgid)
        if message is None:
            raise KeyError(msgid)
        return message


def _review(msgid: str, mark: str) -> Review | None:
    if mark == PENDING:
        return None
    name, _, day = mark.rpartition(" ")
    with suppress(ValueError):
        if name.strip():
            return Review(name.strip(), date.fromisoformat(day))
    raise CatalogueError(
        f"The review mark {mark!r} of {msgid!r} is neither `pending` nor `NAME YYYY-MM-DD`."
    )
