"""Reading a JSON object key by key, so that every mistake in a file is named with its row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from smsgateway.calendars.dates import Interval, Unit
from smsgateway.calendars.model import AgeRange, Bound

_DAYS: Mapping[Unit, int] = {"day": 1, "week": 7, "month": 30, "year": 365}
_LIFETIME = 150 * 365
_CODE = re.compile(r"[A-Z0-9_-]{1,20}")

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class ScheduleError(ValueError):
    """A schedule file is wrong; the message names the row and the rule."""


class Row:
    """A JSON object being read: takes keys one by one and refuses what is left over."""

    def __init__(self, where: str, data: Any) -> None:
        self.where = where
        if not isinstance(data, Mapping):
            raise ScheduleError(f"{where} must be an object.")
        self._left = dict(data)

    def fail(self, key: str, rule: str) -> ScheduleError:
        return ScheduleError(f"{self.where}: {key} {rule}.")

    def take(self, key: str, kind: type[T], default: T | None = None) -> T | None:
        value = self._left.pop(key, default)
        wrong = isinstance(value, bool) and kind is int
        if value is not None and (wrong or not isinstance(value, kind)):
            raise self.fail(key, f"must be {_KINDS[kind]}")
        return value

    def need(self, key: str, kind: type[T]) -> T:
        value = self.take(key, kind)
        if value is None:
            raise self.fail(key, "is missing")
        return value

    def choice(self, key: str, kinds: type[E]) -> E:
        """A value of an enumeration of texts."""
        text = self.need(key, str)
        try:
            return kinds(text)
        except ValueError:
            raise self.fail(key, f"must be one of {', '.join(kinds)}") from None

    def parse(self, key: str, parse: Callable[[str], T]) -> T | None:
        text = self.take(key, str)
        if text is None:
            return None
        try:
            return parse(text)
        except ValueError as error:
            raise self.fail(key, f"is {text!r}: {error}") from None

    def interval(self, key: str, *, signed: bool = False) -> Interval | None:
        """A number and a unit, not longer than a life; `signed` allows days before an event."""
        interval = self.parse(key, Interval.parse)
        if interval is None:
            return None
        if interval.value < 0 and not signed:
            raise self.fail(key, "must not be negative")
        if abs(interval.value) * _DAYS[interval.unit] > _LIFETIME:
            raise self.fail(key, "is longer than a life")
        return interval

    def texts(self, key: str) -> Sequence[str]:
        """A list of texts; empty when the key is not there."""
        texts = self.take(key, list) or []
        if not all(isinstance(text, str) and text for text in texts):
            raise self.fail(key, "must be a list of texts")
        return texts

    def code(self, key: str) -> str:
        """A code as records hold it, in capitals."""
        code = self.need(key, str).upper()
        if not _CODE.fullmatch(code):
            raise self.fail(key, "must be 1 to 20 letters, digits, _ or -")
        return code

    def bound(self, key: str, *, inclusive: bool) -> Bound | None:
        """An end of a range of ages."""
        age = self.interval(key)
        return None if age is None else Bound(age, inclusive)

    def ages(self, key: str) -> AgeRange | None:
        """A range: `from` or `after`, and `before` or `up_to`."""
        row = self.row(key)
        if row is None:
            return None
        lower = row.bound("from", inclusive=True) or row.bound("after", inclusive=False)
        upper = row.bound("before", inclusive=False) or row.bound("up_to", inclusive=True)
        row.end()
        return AgeRange(lower, upper)

    def rows(self, key: str) -> Iterable[Row]:
        for number, item in enumerate(self.take(key, list) or (), start=1):
            label = item.get("code") or item.get("id") if isinstance(item, Mapping) else None
            yield Row(f"{self.where}, {key} {label or number}", item)

    def row(self, key: str) -> Row | None:
        data = self._left.pop(key, None)
        return None if data is None else Row(f"{self.where}, {key}", data)

    def items(self) -> Iterable[tuple[str, Any]]:
        left, self._left = self._left, {}
        return left.items()

    def keys(self) -> frozenset[str]:
        """The keys not yet taken."""
        return frozenset(self._left)

    def skip(self, *keys: str) -> None:
        """Keys that are written for people."""
        for key in keys:
            self._left.pop(key, None)

    def end(self) -> None:
        if self._left:
            raise self.fail(sorted(self._left)[0], "is not a key of this row")


_KINDS: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
}
