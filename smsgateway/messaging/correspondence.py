"""What may answer an inbound SMS beside the words that everyone has: dialogues, and reminders.

Both stand above this room, so they are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from smsgateway.messaging.bell import Rings
from smsgateway.text.templates import Rendered

_NUMBER = re.compile(r"\s*(\d{1,2})\s*[.)]?\s*", re.ASCII)


def typed_number(body: str) -> str | None:
    """The number that an SMS is: one or two digits, as `1`, ` 2 ` or `3.`; None for any other."""
    number = _NUMBER.fullmatch(body)
    return number[1] if number else None


def bare_digit(body: str) -> int | None:
    """The digit that an SMS is, which answers the last numbered message."""
    number = typed_number(body)
    return int(number) if number and len(number) == 1 else None


@dataclass(frozen=True, slots=True)
class Heard:
    """An SMS from a phone. `begins_menu`: it is a word for the menu, in any situation."""

    inbound_id: int
    msisdn: str
    body: str
    begins_menu: bool = False


class Overtaken(Exception):
    """Another SMS of the phone moved its conversation on meanwhile: this one is heard again."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it goes into the outbox; `template` names it there."""

    rendered: Rendered
    language: str
    template: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a dialogue answers, and what has to be written in the same transaction.

    `write` raises Overtaken. `sensitive`: what the person wrote is forgotten once it is handled.
    """

    said: Said
    sensitive: bool
    write: Callable[[Connection], list[Rings]]


class Dialogues(Protocol):
    """Dialogues by SMS."""

    def hear(self, heard: Heard, now: datetime) -> Spoken | None:
        """The answer to an SMS, if it continues or begins a dialogue. Look-ups run here, outside
        any transaction; nothing is written but by `Spoken.write`."""
        ...

    def leave(self, connection: Connection, phone_id: int) -> None:
        """End the phone's conversation."""
        ...


class Responses(Protocol):
    """Numbered answers to reminders."""

    def last_numbered(
        self, connection: Connection, phone_id: int, now: datetime
    ) -> datetime | None:
        """When the last message that asks for a number went to the phone; None: none is open."""
        ...

    def answer(
        self, connection: Connection, phone_id: int, digit: int, now: datetime
    ) -> Said | None:
        """Act on a digit; what to say, or None when it answers nothing."""
        ...
