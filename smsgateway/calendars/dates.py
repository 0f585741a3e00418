"""Calendar arithmetic for ages and intervals, as the CDSi logic specification does it.

Months and years are added on the calendar, never as days: 31 July + 2 months would be
31 September, which does not exist, and becomes 1 October (CDSi Logic Specification, date
calculation rules CALCDT-1 to CALCDT-6). Libraries that clamp to 30 September would give about one
child in twenty another visit date.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, cast

Unit = Literal["day", "week", "month", "year"]

_INTERVAL = re.compile(r"(-?\d{1,4}) (day|week|month|year)s?")


class Interval(NamedTuple):
    """A number of days, weeks, calendar months or calendar years; negative goes back in time."""

    value: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Read `6 weeks`, `1 month` or `-4 days`. Raises ValueError."""
        match = _INTERVAL.fullmatch(text.strip())
        if not match:
            raise ValueError("write a number and a unit, like 6 weeks, 9 months or 1 year")
        return cls(int(match[1]), cast(Unit, match[2]))

    def __str__(self) -> str:
        return f"{self.value} {self.unit}{'' if abs(self.value) == 1 else 's'}"


def add(day: date, interval: Interval) -> date:
    """The day that lies `interval` after `day`; a date that does not exist becomes the 1st of the
    next month. Raises OverflowError or ValueError beyond the years 1 to 9999."""
    return _add(day, interval)


@lru_cache(maxsize=1 << 16)
def _add(day: date, interval: Interval) -> date:
    """Remembered: the children of five years have 1,826 birth dates, and a schedule some twenty
    intervals."""
    if interval.unit == "day":
        return day + timedelta(days=interval.value)
    if interval.unit == "week":
        return day + timedelta(weeks=interval.value)
    months = interval.value * (12 if interval.unit == "year" else 1)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= 28:
        return date(year, month + 1, day.day)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        return date(year, month + 2, 1)  # never December, which has 31 days
