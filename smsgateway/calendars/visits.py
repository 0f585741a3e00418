"""Doses that are due together become visits, on days when the facility vaccinates."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from smsgateway.calendars.forecast import Forecast, SeriesForecast

_HORIZON_DAYS = 400
"""A facility without a session for longer than this has no session days that mean anything."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A day to come, and the codes of the doses to be given then, in alphabetical order."""

    date: date
    doses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Open:
    code: str
    day: date
    earliest: date
    latest: date


def visits(
    forecast: Forecast,
    today: date,
    *,
    session_days: Collection[int] = frozenset(),
    closed: Collection[date] = frozenset(),
    out_of_stock: Collection[str] = frozenset(),
) -> list[Visit]:
    """Group the open doses of a forecast into visits.

    A visit's day is the earliest due date among the open doses (today when that has passed), moved
    later only, to the next session day. It takes along every open dose that may be given by then;
    the next visit is made of what is left.

    `session_days` are weekdays (Monday is 0), empty for every day; `closed` are days without a
    session; `out_of_stock` holds dose or series codes that cannot be given here for now. A dose
    that no session can serve before its latest day is left out.
    """
    waiting = []
    for code, series in forecast.series.items():
        if code in out_of_stock or series.dose in out_of_stock:
            continue
        one = _open(series, today, session_days, closed)
        if one is not None:
            waiting.append(one)
    planned = []
    while waiting:
        day = min(dose.day for dose in waiting)
        taken = [dose for dose in waiting if dose.earliest <= day <= dose.latest]
        planned.append(Visit(day, tuple(sorted(dose.code for dose in taken))))
        waiting = [dose for dose in waiting if dose not in taken]
    return planned


def _open(
    series: SeriesForecast, today: date, session_days: Collection[int], closed: Collection[date]
) -> _Open | None:
    if not series.status.is_open or series.dose is None:
        return None
    if series.due is None or series.earliest is None:
        return None
    latest = series.latest or date.max
    day = next_session(max(series.due, today), session_days, closed)
    return _Open(series.dose, day, series.earliest, latest) if day <= latest else None


def next_session(
    day: date, session_days: Collection[int] = frozenset(), closed: Collection[date] = frozenset()
) -> date:
    """The first session day at or after `day`. Raises ValueError when a year has none."""
    for offset in range(_HORIZON_DAYS):
        candidate = day + timedelta(days=offset)
        if candidate not in closed and (not session_days or candidate.weekday() in session_days):
            return candidate
    raise ValueError(f"no session day in the {_HORIZON_DAYS} days after {day}")
