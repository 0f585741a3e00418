"""How a kind of import is described: its columns, its rules, and how a batch of it is stored."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from smsgateway.interchange.parsers import Parser, folded


class Outcome(StrEnum):
    """What an import did with a good row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


LONGEST_ECHO = 60
"""Characters of a value from a file that are repeated in a report."""


def shortened(value: str) -> str:
    """A value of a file as reports show it."""
    return value if len(value) <= LONGEST_ECHO else f"{value[: LONGEST_ECHO - 1]}…"


@dataclass(frozen=True)
class Problem:
    """Why a row was left out: the rule that `value`, shortened, in `column` breaks."""

    line: int
    column: str
    value: str
    rule: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", shortened(self.value))


@dataclass(frozen=True)
class Record:
    """The values of one good row by column name; columns without a value are left out."""

    line: int
    values: Mapping[str, Any]

    def get(self, column: str) -> Any:
        """The value, or None."""
        return self.values.get(column)

    def problem(self, column: str, rule: str) -> Problem:
        """A rule that only the database could check."""
        return Problem(self.line, column, str(self.values.get(column, "")), rule)


Result = Outcome | Problem


@dataclass(frozen=True)
class Context:
    """What an import knows besides its file; demo data go through the same door, marked."""

    now: datetime
    today: date
    is_demo: bool = False


@dataclass(frozen=True)
class Column:
    """One column: `synonyms` are other headers, compared without accents, case and spaces."""

    name: str
    parse: Parser
    required: bool = False
    synonyms: tuple[str, ...] = ()

    @property
    def headers(self) -> frozenset[str]:
        """Every header it goes by."""
        return frozenset(map(folded, (self.name, *self.synonyms)))


Check = Callable[[Record, Context], Problem | None]
Store = Callable[[Connection, Sequence[Record], Context], list[Result]]


@dataclass(frozen=True)
class Kind:
    """A kind of import.

    `one_of` are columns of which a row needs at least one. `identity` tells rows about the same
    thing; a batch given to `store` never holds two of them. `store` answers for each record, in
    order, and commits nothing.
    """

    name: str
    columns: tuple[Column, ...]
    identity: Callable[[Record], Hashable]
    store: Store
    one_of: tuple[str, ...] = ()
    checks: tuple[Check, ...] = field(default=())


def not_in_future(column: str) -> Check:
    """A check that the date in `column` is not after today."""

    def check(record: Record, context: Context) -> Problem | None:
        value = record.get(column)
        if value is not None and value > context.today:
            return record.problem(column, "it must not be in the future")
        return None

    return check
