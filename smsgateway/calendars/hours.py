"""Sending hours: when a message may be handed over, in the local time of its facility.

The next open moment is computed once and stored as UTC; nothing is put back every quarter of an
hour to see whether it is morning yet. Local times become moments through the zone's own rules, so
a day with a change to or from summer time is right too.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

END_OF_DAY = time.max
"""Stands for 24:00, which `datetime.time` cannot hold."""

_HORIZON_DAYS = 400
"""A place that is closed for longer than this is a mistake in its closed days."""


@dataclass(frozen=True)
class Hours:
    """Local times between which messages may be handed over; `closes` is exclusive."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Read `08:00-18:00`. `24:00` is the end of the day. Raises ValueError."""
        match = re.fullmatch(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})", text.strip())
        if not match:
            raise ValueError("write it like 08:00-18:00")
        first, second, third, fourth = (int(group) for group in match.groups())
        closes = END_OF_DAY if (third, fourth) == (24, 0) else time(third, fourth)
        hours = cls(time(first, second), closes)
        if hours.opens >= hours.closes:
            raise ValueError("the opening must be before the closing")
        return hours


def opens_on(day: date, hours: Hours, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which `day` opens."""
    return datetime.combine(day, hours.opens, zone).astimezone(UTC)


def closes_on(day: date, hours: Hours, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) of `day` at which nothing may be handed over any more."""
    if hours.closes == END_OF_DAY:
        return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
    return datetime.combine(day, hours.closes, zone).astimezone(UTC)


def is_open(
    moment: datetime, hours: Hours, zone: ZoneInfo, closed: Collection[date] = frozenset()
) -> bool:
    """Whether a message may be handed over at `moment` (aware)."""
    return next_open(moment, hours, zone, closed) == moment


def next_open(
    moment: datetime, hours: Hours, zone: ZoneInfo, closed: Collection[date] = frozenset()
) -> datetime:
    """The first open moment (UTC) at or after `moment` (aware); `closed` are local days without
    any sending. Raises ValueError when no day within about a year is open."""
    moment = moment.astimezone(UTC)
    today = moment.astimezone(zone).date()
    for offset in range(_HORIZON_DAYS):
        day = today + timedelta(days=offset)
        if day not in closed and moment < closes_on(day, hours, zone):
            return max(moment, opens_on(day, hours, zone))
    raise ValueError(f"no day is open in the {_HORIZON_DAYS} days after {today}")
