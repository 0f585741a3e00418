"""Public holidays of Mali, from the package `holidays`.

Feasts that follow the moon are estimates of the package until they are announced, and say so; the
register keeps them as days that can be moved.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from holidays.countries.mali import Mali

_LANGUAGE = "fr"


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day without sessions, its name in French, and whether its date is only estimated."""

    date: datetime.date
    name: str
    estimated: bool


def national_holidays(year: int) -> list[Holiday]:
    """The public holidays of a year, in order; a day with two of them has both names."""
    certain = Mali(years=year, language=_LANGUAGE, islamic_show_estimated=False)
    marked = Mali(years=year, language=_LANGUAGE, islamic_show_estimated=True)
    return [
        Holiday(day, name, estimated=marked[day] != name) for day, name in sorted(certain.items())
    ]
