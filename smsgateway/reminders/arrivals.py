"""Who is expected at a health centre, and writing down that they came.

A health worker who sees somebody says so once; what it means depends on the calendar: doses given,
a contact held, a summons that is followed. The mark that goes with it ends the reminders and takes
the family off the list of those to look for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.calendars.model import Schedule
from smsgateway.consultations import summoning
from smsgateway.register import children, doses, encounters
from smsgateway.register.stockouts import out_of_stock
from smsgateway.register.tables import person
from smsgateway.reminders.outlook import child_forecast, givable
from smsgateway.reminders.states import VisitState
from smsgateway.reminders.tables import visit
from smsgateway.staff import audit

AHEAD = timedelta(days=7)
"""Whoever is expected within a week may well come today."""

AT_THE_CENTRE = (
    CalendarKind.VACCINATION,
    CalendarKind.ANTENATAL,
    CalendarKind.POSTNATAL,
    CalendarKind.GROWTH,
    CalendarKind.CONSULTATION,
)
"""Calendars of which a visit takes place at a health centre."""


class NotExpected(LookupError):
    """There is no such visit at this facility."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody who is expected: `codes` are those of the doses or of the contact, `day` may have
    gone by. `first_name` is empty while a newborn has none, `last_name` where nobody wrote it."""

    visit_id: int
    person_id: int
    calendar: CalendarKind
    first_name: str
    last_name: str
    day: date
    codes: tuple[str, ...]


_EXPECTED: Select[Any] = (
    select(
        visit.c.id,
        visit.c.person_id,
        visit.c.calendar,
        visit.c.visit_date,
        visit.c.doses,
        person.c.first_name,
        person.c.last_name,
    )
    .join_from(visit, person, person.c.id == visit.c.person_id)
    .where(visit.c.calendar.in_(AT_THE_CENTRE))
)


def expected(connection: Connection, facility_id: int, today: date) -> list[Expected]:
    """Whose visit is open at a facility and not further off than AHEAD; the days nearest to today
    first, so that those of the last and of the coming days stand before those long missing."""
    rows = connection.execute(
        _EXPECTED.where(
            visit.c.facility_id == facility_id,
            visit.c.state == VisitState.OPEN,
            visit.c.visit_date <= today + AHEAD,
        )
    )
    found = map(_expected, rows)
    return sorted(found, key=lambda one: (abs(one.day - today), one.first_name, one.visit_id))


def find(connection: Connection, visit_id: int, facility_id: int) -> Expected:
    """One visit of a facility, whether or not it is still open. Raises NotExpected."""
    mine = _EXPECTED.where(visit.c.id == visit_id, visit.c.facility_id == facility_id)
    row = connection.execute(mine).one_or_none()
    if row is None:
        raise NotExpected(visit_id)
    return _expected(row)


def doses_today(
    connection: Connection, person_id: int, schedule: Schedule, today: date
) -> tuple[str, ...]:
    """The doses that a child may be given today; none for somebody who is no child."""
    found = children.by_ids(connection, [person_id])
    if not found:
        return ()
    missing = out_of_stock(connection, found[0].facility.id)
    return givable(child_forecast(found[0], schedule, today), missing, today)


def came(
    connection: Connection,
    visit_id: int,
    codes: Sequence[str],
    today: date,
    now: datetime,
    *,
    facility_id: int,
    staff_id: int | None,
) -> None:
    """Write down that somebody came today: `codes` are the doses given, or those of the contact.

    Saying it twice changes nothing, nor does a visit that was closed meanwhile keep anything out:
    whoever was here was here. Raises NotExpected for a visit of another facility.
    """
    one = find(connection, visit_id, facility_id)
    match one.calendar:
        case CalendarKind.VACCINATION:
            doses.record(connection, one.person_id, codes, today, now, facility_id=facility_id)
        case CalendarKind.CONSULTATION:
            summoning.followed(connection, one.person_id, today, now, staff_id=staff_id)
        case _:
            encounters.record(
                connection, one.person_id, one.calendar, codes, today, now, facility_id=facility_id
            )
    audit.record(
        connection,
        "visit.recorded",
        now,
        staff_id=staff_id,
        subject=f"person:{one.person_id}",
        details={"calendar": one.calendar},
    )


def _expected(row: Row[Any]) -> Expected:
    return Expected(
        visit_id=row.id,
        person_id=row.person_id,
        calendar=CalendarKind(row.calendar),
        first_name=row.first_name,
        last_name=row.last_name or "",
        day=row.visit_date,
        codes=tuple(row.doses.split(",")),
    )
