"""What stands at the `{name}` of a text: how a value of each kind is shown, and its worst case."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from smsgateway.text.catalogue import N_
from smsgateway.text.dates import longest_spoken_day, numeric_day, spoken_day
from smsgateway.text.orthography import Policy, fold
from smsgateway.text.segments import units

Value = str | int | date


class WrongValue(ValueError):
    """A value is of the wrong type, or longer than it may be and must not be shortened."""


@dataclass(frozen=True)
class Placeholder(ABC):
    """One `{name}`. `maximum` counts units of the folded value: septets, in UCS-2 code units."""

    maximum: int

    @abstractmethod
    def show(self, value: Value, language: str, policy: Policy) -> str:
        """The value as it goes on the wire; empty when nothing of it can. Raises WrongValue."""

    @abstractmethod
    def longest(self, language: str) -> Value:
        """A value that takes all the room there can be, in the widest encoding."""

    def instead_of_nothing(self) -> str | None:
        """The message id of the words to say when a value is empty; None: it must not be."""
        return None


@dataclass(frozen=True)
class Text(Placeholder):
    """A name or a few words: shortened at the maximum.

    `instead` is the message id of words that stand in when the text is empty or in letters that
    cannot be sent: a reminder for `محمد` says "votre enfant" rather than nothing.
    """

    instead: str | None = None

    def show(self, value: Value, language: str, policy: Policy) -> str:
        if not isinstance(value, str):
            raise _wrong_type(self, value)
        return shorten(" ".join(fold(value, policy).split()), self.maximum)

    def longest(self, language: str) -> Value:
        return "ɛ" * self.maximum

    def instead_of_nothing(self) -> str | None:
        return self.instead


@dataclass(frozen=True)
class Code(Placeholder):
    """A reference, a phone number: shortened it would be wrong, so a long one is an error."""

    def show(self, value: Value, language: str, policy: Policy) -> str:
        if not isinstance(value, str):
            raise _wrong_type(self, value)
        return _within(self, fold(value.strip(), policy))

    def longest(self, language: str) -> Value:
        return "8" * self.maximum


@dataclass(frozen=True)
class Number(Placeholder):
    """A whole number of at most `maximum` digits."""

    def show(self, value: Value, language: str, policy: Policy) -> str:
        if not isinstance(value, int):
            raise _wrong_type(self, value)
        return _within(self, str(value))

    def longest(self, language: str) -> Value:
        return int("8" * self.maximum)


@dataclass(frozen=True)
class Day(Placeholder):
    """A near date as people say it, `taratadon 8/6`."""

    maximum: int = 16

    def show(self, value: Value, language: str, policy: Policy) -> str:
        if not isinstance(value, date):
            raise _wrong_type(self, value)
        return _within(self, fold(spoken_day(value, language), policy))

    def longest(self, language: str) -> Value:
        return longest_spoken_day(language)


@dataclass(frozen=True)
class NumericDay(Placeholder):
    """A date with its year, `08/06/2026`."""

    maximum: int = 10

    def show(self, value: Value, language: str, policy: Policy) -> str:
        if not isinstance(value, date):
            raise _wrong_type(self, value)
        return numeric_day(value)

    def longest(self, language: str) -> Value:
        return date(2026, 12, 31)


_CHILD = Text(20, instead=N_("votre enfant"))
_FACILITY = Text(25, instead=N_("votre centre de santé"))

STANDARD: Mapping[str, Placeholder] = {
    "child": _CHILD,
    "child1": _CHILD,
    "child2": _CHILD,
    "name": Text(20),
    "cscom": _FACILITY,
    "place": Text(25),
    "commune": Text(20),
    "reason": Text(30),
    "topic": Text(20),
    "date": Day(),
    "date2": Day(),
    "expiry": NumericDay(),
    "time": Code(4),
    "n": Number(5),
    "ref": Code(9),
    "phone": Code(12),
    "ussd": Code(10),
}
"""The placeholders that mean the same in every message."""


def standard(*names: str) -> dict[str, Placeholder]:
    """The named placeholders of `STANDARD`, for a template."""
    return {name: STANDARD[name] for name in names}


def shorten(text: str, maximum: int) -> str:
    """`text` cut to at most `maximum` units, after a whole word when that fills half the room."""
    if units(text) <= maximum:
        return text
    cut = text[:maximum]
    while units(cut) > maximum:
        cut = cut[:-1]
    if not text[len(cut)].isspace():
        whole = cut.rpartition(" ")[0]
        cut = whole if len(whole) * 2 >= maximum else cut
    return cut.rstrip(" -,;:('\"")


def _within(placeholder: Placeholder, shown: str) -> str:
    if units(shown) > placeholder.maximum:
        kind = type(placeholder).__name__
        raise WrongValue(f"A {kind} of at most {placeholder.maximum} characters is too long.")
    return shown


def _wrong_type(placeholder: Placeholder, value: object) -> WrongValue:
    return WrongValue(f"A {type(placeholder).__name__} cannot be a {type(value).__name__}.")
