"""The values a dialogue holds: how each is typed, how it is shown, and how long it can get.

A field's worst case is what lets every screen be proved to fit before anyone sees it. Values are
kept in a session as JSON scalars (dates as `YYYY-MM-DD`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from smsgateway.text.dates import numeric_day, spoken_day
from smsgateway.text.orthography import fold, unsendable
from smsgateway.text.placeholders import shorten

Value = str | int | list[list[str]]
"""What a session may hold: a scalar, or the frozen options of a list as [value, label] pairs."""

LEAP_YEAR = 2000


@dataclass(frozen=True)
class Field:
    """A value that is only shown. `longest` is its maximum in septets once folded."""

    longest: int

    def show(self, value: Value, language: str) -> str:
        """The value as it stands on a screen: folded, and cut to `longest`."""
        return shorten(fold(str(value)), self.longest)

    def worst(self, language: str) -> str:
        """The longest text that `show` can give."""
        return "W" * self.longest

    def parse(self, answer: str) -> Value | None:
        """The value that a person typed; None when it is not one."""
        return None


class Name(Field):
    """A person's or a place's name."""


class GivenName(Name):
    """A person's first name to type: letters with spaces, hyphens and apostrophes between them.

    One letter may stand before an apostrophe (N'Dèye, M'Bamba). A name in a script that cannot be
    sent is refused: its screens and reminders would name nobody.
    """

    def parse(self, answer: str) -> Value | None:
        name = " ".join(unicodedata.normalize("NFC", answer).replace("’", "'").split())
        if len(name) > self.longest or not _GIVEN_NAME.fullmatch(name) or unsendable(name):
            return None
        return name.title()


_GIVEN_NAME = re.compile(r"(?=[^\W\d_]'?[^\W\d_])[^\W\d_]+(?:[ '-][^\W\d_]+)*")


class Sample(Field):
    """A longer text, such as the message that is about to be sent."""


@dataclass(frozen=True)
class Digits(Field):
    """A number that is an identifier. Spaces, dots, dashes and slashes typed in it are ignored."""

    shortest: int = 1

    def parse(self, answer: str) -> Value | None:
        digits = re.sub(r"[\s./-]", "", answer)
        if not (digits.isascii() and digits.isdigit()):
            return None
        return digits if self.shortest <= len(digits) <= self.longest else None

    def worst(self, language: str) -> str:
        return "0" * self.longest


@dataclass(frozen=True)
class Code(Field):
    """An identifier of letters and digits, such as the number of a vaccination card."""

    shortest: int = 1

    def parse(self, answer: str) -> Value | None:
        code = re.sub(r"[\s./-]", "", answer).upper()
        if not re.fullmatch(r"[A-Z0-9]+", code):
            return None
        return code if self.shortest <= len(code) <= self.longest else None


class Codes(Field):
    """Codes kept with commas between them (`PENTA1,VPO1`), shown with a space after each."""

    def show(self, value: Value, language: str) -> str:
        return super().show(str(value).replace(",", ", "), language)


class Count(Field):
    """A number of things; `longest` is its number of digits."""

    def worst(self, language: str) -> str:
        return "8" * self.longest


@dataclass(frozen=True)
class Whole(Count):
    """A whole number to type, from `least` to `most`."""

    least: int = 1
    most: int = 9

    def parse(self, answer: str) -> Value | None:
        text = answer.strip()
        if not re.fullmatch(rf"\d{{1,{self.longest}}}", text, re.ASCII):
            return None
        return int(text) if self.least <= int(text) <= self.most else None


@dataclass(frozen=True)
class Year(Field):
    """A year of birth, four digits."""

    longest: int = 4

    def parse(self, answer: str) -> Value | None:
        text = answer.strip()
        return text if re.fullmatch(r"(19|20)\d\d", text, re.ASCII) else None


@dataclass(frozen=True)
class DayAndMonth(Field):
    """A day and month typed as JJMM, also `9/5`, `09-05` or `09 05`; kept as `MM-DD`."""

    longest: int = 5

    def parse(self, answer: str) -> Value | None:
        match = re.fullmatch(r"(\d\d)(\d\d)|(\d\d?)[\s./-](\d\d?)", answer.strip(), re.ASCII)
        if not match:
            return None
        day, month = (int(group) for group in match.groups() if group is not None)
        try:
            return date(LEAP_YEAR, month, day).strftime("%m-%d")
        except ValueError:
            return None


@dataclass(frozen=True)
class Day(Field):
    """A day to type, near today: from `past` days before it to `future` days after it, inclusive.

    Typed as `12/5/26`, `12-05-2026`, `12 5 26`, `120526` or `12052026`, the day first. A year of
    two digits is the one within reach. Kept as `YYYY-MM-DD`, shown as `12/05/2026`.
    """

    longest: int = 10
    past: int = 0
    future: int = 0

    def read(self, answer: str, today: date) -> Value | None:
        """The day that a person typed; None when there is none such within reach of `today`."""
        match = _TYPED_DAY.fullmatch(answer.strip())
        if not match:
            return None
        day, month, year = (int(group) for group in match.groups() if group is not None)
        for full_year in (year,) if year > 99 else (2000 + year, 1900 + year):
            try:
                typed = date(full_year, month, day)
            except ValueError:
                continue
            if -self.past <= (typed - today).days <= self.future:
                return typed.isoformat()
        return None

    def show(self, value: Value, language: str) -> str:
        return numeric_day(date.fromisoformat(str(value)))


_TYPED_DAY = re.compile(
    r"(\d\d)(\d\d)(\d{4}|\d\d)|(\d\d?)[\s./-](\d\d?)[\s./-](\d{4}|\d\d)", re.ASCII
)


@dataclass(frozen=True)
class NumericDate(Field):
    """A date with its year, `08/06/2026`."""

    longest: int = 10

    def show(self, value: Value, language: str) -> str:
        return numeric_day(date.fromisoformat(str(value)))


@dataclass(frozen=True)
class SpokenDay(Field):
    """A near date as people say it, `taratadon 8/6`."""

    longest: int = 16

    def show(self, value: Value, language: str) -> str:
        return fold(spoken_day(date.fromisoformat(str(value)), language))


@dataclass(frozen=True)
class Options(Field):
    """The frozen options of a Pick: at most `most`, each label at most `longest` septets."""

    most: int = 20

    def sample(self, count: int) -> list[list[str]]:
        """`count` options of the longest kind, for verification."""
        return [[str(number), f"{number}" + "W" * (self.longest - 2)] for number in range(count)]


Fields = Mapping[str, Field]
