"""What was loaded, for whoever shows the demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Situation(StrEnum):
    """What there is to see about a child today."""

    DUE_IN_3_DAYS = "due_in_3_days"
    """The first reminder goes out today."""
    DUE_TOMORROW = "due_tomorrow"
    """The reminder of the eve goes out today."""
    LATE = "late"
    COMPLETE = "complete"


@dataclass(frozen=True)
class DemoChild:
    """A child to look up. The card number and the day and month of birth are the two facts."""

    first_name: str
    birth_date: date
    carnet_number: str
    situation: Situation

    @property
    def birthday(self) -> str:
        """Day and month as typed on the phone (`0905`)."""
        return f"{self.birth_date:%d%m}"


@dataclass(frozen=True)
class DemoPhone:
    """A family's phone. No language: its user is asked at the first call."""

    msisdn: str
    name: str
    language: str | None
    children: tuple[DemoChild, ...]
    opted_out: bool = False


@dataclass(frozen=True)
class DemoWoman:
    """A woman who expects a child; day and month of the expected date are her proof."""

    msisdn: str
    name: str
    language: str
    edd_date: date

    @property
    def proof(self) -> str:
        """Day and month as typed on the phone (`0905`)."""
        return f"{self.edd_date:%d%m}"


@dataclass(frozen=True)
class DemoFile:
    """An enrolment file to look up by its number and the holder's birth year."""

    scheme: str
    file_number: str
    birth_year: int
    status: str


@dataclass(frozen=True)
class DemoWorker:
    """A worker with a PIN."""

    msisdn: str
    name: str
    role: str
    language: str
    pin: str


@dataclass(frozen=True)
class DemoSummary:
    """`facility` is the centre of the families in `phones` and of the workers."""

    facility: str
    phones: tuple[DemoPhone, ...]
    files: tuple[DemoFile, ...]
    workers: tuple[DemoWorker, ...]
    women: tuple[DemoWoman, ...]
