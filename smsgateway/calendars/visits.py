"""Doses and contacts that are due together become visits, on days when the facility holds them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from smsgateway.calendars.due_contact import DueContact
from smsgateway.calendars.forecast import Forecast

_HORIZON_DAYS = 400
"""A facility without a session for longer than this has no session days that mean anything."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A day to come, and the codes of the doses or contacts due then, in alphabetical order."""

    date: date
    doses: tuple[str, ...]


def visits(
    forecast: Forecast,
    today: date,
    *,
    session_days: Collection[int] = frozenset(),
    closed: Collection[date] = frozenset(),
    extra: Collection[date] = frozenset(),
    out_of_stock: Collection[str] = frozenset(),
) -> list[Visit]:
    """Group the open doses of a forecast into visits, as `group` does.

    `out_of_stock` holds dose or series codes that cannot be given here for now.
    """
    waiting = due_doses(forecast, out_of_stock)
    return group(waiting, today, session_days=session_days, closed=closed, extra=extra)


def due_doses(forecast: Forecast, out_of_stock: Collection[str] = frozenset()) -> list[DueContact]:
    """The open doses of a forecast in the shape that all calendars share."""
    return [
        DueContact(one.dose, one.due, one.latest or date.max, one.earliest)
        for code, one in forecast.series.items()
        if one.status.is_open and one.dose is not None
        if one.due is not None and one.earliest is not None
        if code not in out_of_stock and one.dose not in out_of_stock
    ]


def group(
    contacts: Iterable[DueContact],
    today: date,
    *,
    session_days: Collection[int] = frozenset(),
    closed: Collection[date] = frozenset(),
    extra: Collection[date] = frozenset(),
) -> list[Visit]:
    """Group contacts, of one calendar or of several, into visits.

    A visit's day is the earliest due date among the contacts (today when that has passed), moved
    later only, to the next session day. It takes along every contact whose window has begun by
    then; the next visit is made of what is left.

    `session_days` are weekdays (Monday is 0), empty for every day; `closed` are days without a
    session, `extra` days with one whatever the others say. A contact that no session can serve
    inside its window is left out.
    """
    sessions: dict[date, date] = {}
    waiting = []
    for contact in contacts:
        due = max(contact.date, today)
        if due not in sessions:
            sessions[due] = next_session(due, session_days, closed, extra)
        if sessions[due] <= contact.window_end:
            waiting.append((sessions[due], contact))
    planned = []
    while waiting:
        first = min(day for day, _ in waiting)
        taken = [one for one in waiting if one[1].is_open(first)]
        planned.append(Visit(first, tuple(sorted(contact.code for _, contact in taken))))
        waiting = [one for one in waiting if one not in taken]
    return planned


def next_session(
    day: date,
    session_days: Collection[int] = frozenset(),
    closed: Collection[date] = frozenset(),
    extra: Collection[date] = frozenset(),
) -> date:
    """The first session day at or after `day`. Raises ValueError when a year has none."""
    for offset in range(_HORIZON_DAYS):
        candidate = day + timedelta(days=offset)
        usual = not session_days or candidate.weekday() in session_days
        if candidate in extra or (usual and candidate not in closed):
            return candidate
    raise ValueError(f"no session day in the {_HORIZON_DAYS} days after {day}")
