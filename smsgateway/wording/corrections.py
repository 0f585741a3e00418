"""A reviewed spreadsheet read back: corrections and approvals, each row judged by itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from smsgateway.interchange.tabular import Table, UnreadableFile
from smsgateway.wording.checks import Wordings
from smsgateway.wording.po import CatalogueFile, Review
from smsgateway.wording.workbook import APPROVED, PENDING

FRENCH, BAMBARA, STATUS, REVIEWER, COMMENT = (
    "French",
    "Bambara official",
    "status",
    "reviewer",
    "comment",
)


@dataclass(frozen=True)
class Problem:
    """Why a row was left out."""

    line: int
    column: str
    value: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"row {self.line}, {self.column}, {self.value!r} ({self.rule}): {self.message}"


@dataclass
class Outcome:
    """What an import did. `corrected` and `approved` may count the same row."""

    rows: int = 0
    corrected: int = 0
    approved: int = 0
    problems: list[Problem] = field(default_factory=list)


class _Refused(Exception):
    """A row that cannot be taken: column, rule, message."""


def take_in(table: Table, file: CatalogueFile, wordings: Wordings, today: date) -> Outcome:
    """Take every good row into `file`, which the caller saves. Raises UnreadableFile.

    A corrected text passes the same rules as one in the catalogue, together with the rows above
    it. An approval is dated `today`, unless the same person had approved the same words before.
    """
    outcome = Outcome()
    seen: set[str] = set()
    for line, row in _rows(table):
        outcome.rows += 1
        try:
            wordings = _take(row, file, wordings, today, seen, outcome)
        except _Refused as refusal:
            column, rule, message = refusal.args
            outcome.problems.append(Problem(line, column, row[column], rule, message))
    return outcome


def _rows(table: Table) -> Iterator[tuple[int, dict[str, str]]]:
    places = {}
    for name in (FRENCH, BAMBARA, STATUS, REVIEWER, COMMENT):
        found = [
            index for index, title in enumerate(table.header) if title.casefold() == name.casefold()
        ]
        if not found:
            raise UnreadableFile(f"There is no column {name!r}: use a file that texts export made.")
        places[name] = found[0]
    for row in table.rows:
        cells = {
            name: _said(row.cells[index] if index < len(row.cells) else None)
            for name, index in places.items()
        }
        if any(cells.values()):
            yield row.line, cells


def _said(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


def _take(
    row: dict[str, str],
    file: CatalogueFile,
    wordings: Wordings,
    today: date,
    seen: set[str],
    outcome: Outcome,
) -> Wordings:
    """Change the text of one row; gives the wordings with its correction."""
    msgid, text = row[FRENCH], row[BAMBARA]
    if msgid not in set(file):
        raise _Refused(FRENCH, "unknown_text", "No text has these French words; leave them as is.")
    if msgid in seen:
        raise _Refused(FRENCH, "twice", "An earlier row has this text already.")
    seen.add(msgid)
    if not text:
        raise _Refused(BAMBARA, "empty", "There are no Bambara words.")
    before, reviewed = file.text(msgid), file.review(msgid)
    corrected = text != before
    review = _review(row, None if corrected else reviewed, today)
    if corrected:
        wordings = wordings.replaced(msgid, "bm", text)
        for rule, message in wordings.faults(msgid, "bm"):
            raise _Refused(BAMBARA, rule, message)
    file.change(msgid, text, review)
    file.remark(msgid, row[COMMENT])
    outcome.corrected += corrected
    outcome.approved += review is not None and review != reviewed
    return wordings


def _review(row: dict[str, str], before: Review | None, today: date) -> Review | None:
    status, name = row[STATUS].casefold(), " ".join(row[REVIEWER].split())
    if status in {PENDING, ""}:
        return None
    if status != APPROVED:
        raise _Refused(STATUS, "status", f"A status is {PENDING} or {APPROVED}.")
    if not name:
        raise _Refused(REVIEWER, "reviewer", "An approval needs the name of who gave it.")
    return before if before and before.name == name else Review(name, today)
