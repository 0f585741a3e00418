"""Finding the reminders whose time has come, a family at a time.

A tick locks phones, not reminders: whoever holds a phone has all that is due for it, so that a
family gets one message even when two clocks run at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from smsgateway.calendars.hours import Hours
from smsgateway.register.changes import is_marked
from smsgateway.register.facilities import FacilityRow, facility_columns
from smsgateway.register.tables import caregiver, facility, immunization, person, phone
from smsgateway.reminders.contacts import refusal, refusal_columns
from smsgateway.reminders.states import ReminderState, VisitState, Why
from smsgateway.reminders.tables import reminder, visit
from smsgateway.storage.listed import listed


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder whose time has come, with what its message needs.

    `stop` tells why it is not sent. With `marked` or `outrun` (a dose was recorded since) its plan
    is out of date and has to be made first.
    """

    id: int
    rule: str
    due_at: datetime
    expires_at: datetime
    visit_id: int
    visit_date: date
    calendar: str
    person_id: int
    first_name: str
    facility_id: int
    facility_name: str
    hours: Hours | None
    free_services: frozenset[str]
    phone_id: int
    msisdn: str
    language: str | None
    encoding: str | None
    stop: Why | None
    marked: bool
    outrun: bool


_marked = is_marked(visit.c.person_id, visit.c.facility_id)

_dose_since_plan = exists().where(
    immunization.c.person_id == visit.c.person_id,
    immunization.c.recorded_at > visit.c.planned_at,
)


_PLANNED: ColumnElement[str] = literal_column(f"'{ReminderState.PLANNED}'")
"""Spelled out, not bound: the index holds planned reminders alone, and is used only where the
database can see that they are asked for."""


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(reminder.c.state == _PLANNED, reminder.c.due_at <= now)


def waiting_phones(connection: Connection, now: datetime, limit: int) -> list[int]:
    """The phones of up to `limit` due reminders, those of the earliest visits first, each once.

    Nothing is locked. A reminder whose plan is to be made anew waits for that, until it is too late
    for it. The many rounds of a clock in which nothing is due end with one step into the index.
    """
    first = connection.scalar(_FIRST)
    if first is None or first > now:
        return []
    actionable = or_(reminder.c.expires_at <= now, ~_marked)
    due = (
        select(reminder.c.phone_id)
        .join(visit, visit.c.id == reminder.c.visit_id)
        .where(_is_due(now), actionable)
        .order_by(reminder.c.visit_date, reminder.c.due_at, reminder.c.id)
        .limit(limit)
    )
    return list(dict.fromkeys(connection.scalars(due)))


_FIRST = select(func.min(reminder.c.due_at)).where(reminder.c.state == _PLANNED)
"""Asked whether something is due before a moment that it does not know yet, PostgreSQL expects to
meet it soon, and reads the table from its beginning; asked for the first, it takes the index."""


def lock(connection: Connection, phone_ids: Sequence[int]) -> list[int]:
    """Those of the phones that no other process holds, locked until the commit."""
    locked = (
        select(phone.c.id)
        .where(phone.c.id.in_(listed(phone_ids)))
        .order_by(phone.c.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return list(connection.scalars(locked))


def due_for(connection: Connection, phone_ids: Sequence[int], now: datetime) -> list[Due]:
    """Everything that is due for these phones, by the date of the visit; read under their lock."""
    mine = _REMINDERS.where(reminder.c.phone_id.in_(listed(phone_ids)), _is_due(now))
    rows = connection.execute(mine.with_for_update(of=reminder, skip_locked=True))
    return [_due(row) for row in rows]


def planned_between(connection: Connection, begin: datetime, end: datetime) -> list[Due]:
    """What is planned to be due after `begin`, until `end`; for a look ahead, without any lock."""
    rows = connection.execute(_REMINDERS.where(reminder.c.due_at > begin, _is_due(end)))
    return [_due(row) for row in rows]


_REMINDERS = (
    select(
        reminder,
        visit.c.person_id,
        visit.c.calendar,
        visit.c.state.label("visit_state"),
        visit.c.visit_date.label("planned_date"),
        _marked.label("marked"),
        _dose_since_plan.label("outrun"),
        person.c.first_name,
        person.c.died_on,
        person.c.moved_on,
        *facility_columns,
        phone.c.msisdn,
        phone.c.language,
        phone.c.encoding,
        *refusal_columns,
    )
    .join(visit, visit.c.id == reminder.c.visit_id)
    .join(person, person.c.id == visit.c.person_id)
    .join(facility, facility.c.id == visit.c.facility_id)
    .join(phone, phone.c.id == reminder.c.phone_id)
    .outerjoin(
        caregiver,
        and_(
            caregiver.c.person_id == visit.c.person_id, caregiver.c.phone_id == reminder.c.phone_id
        ),
    )
    .order_by(reminder.c.visit_date, visit.c.person_id, reminder.c.id)
)


def _due(row: Any) -> Due:
    place = FacilityRow.from_row(row)
    return Due(
        id=row.id,
        rule=row.rule,
        due_at=row.due_at,
        expires_at=row.expires_at,
        visit_id=row.visit_id,
        visit_date=row.visit_date,
        calendar=row.calendar,
        person_id=row.person_id,
        first_name=row.first_name,
        facility_id=place.id,
        facility_name=place.name,
        hours=place.sending_hours,
        free_services=place.free_services,
        phone_id=row.phone_id,
        msisdn=row.msisdn,
        language=row.language,
        encoding=row.encoding,
        stop=_stop(row),
        marked=bool(row.marked),
        outrun=bool(row.outrun),
    )


def _stop(row: Any) -> Why | None:
    """The same questions that the planner asks, asked again at the moment of sending."""
    if row.died_on is not None:
        return Why.DIED
    if row.moved_on is not None:
        return Why.MOVED
    if (refused := refusal(row)) is not None:
        return refused
    if row.visit_state != VisitState.OPEN:
        return Why.VISIT_OVER
    return Why.DATE_CHANGED if row.visit_date != row.planned_date else None
