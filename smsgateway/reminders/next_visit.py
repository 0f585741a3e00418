"""The answer to "when is my child's next vaccination visit?"."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from smsgateway.calendars.forecast import Forecast, Status
from smsgateway.calendars.model import Schedule
from smsgateway.calendars.visits import next_session
from smsgateway.register import children
from smsgateway.register.children import Child
from smsgateway.register.facilities import FacilityRow
from smsgateway.register.openings import Opening, openings
from smsgateway.reminders.outlook import Sessions, child_forecast
from smsgateway.reminders.people import HORIZON

ALWAYS = Opening()
"""Of a facility that is never closed and lacks nothing."""


class VisitOutlook(StrEnum):
    """What there is to tell about a child's next visit."""

    UPCOMING = "upcoming"
    LATE = "late"
    COMPLETE = "complete"
    NONE_DUE = "none_due"


@dataclass(frozen=True, slots=True)
class NextVisit:
    """A child's next visit.

    `day` is the day of an upcoming visit, or the session that was missed by a late one, and None
    otherwise; `session` is the next day on which the doses can be given.
    """

    day: datetime.date | None
    doses: tuple[str, ...]
    facility: FacilityRow
    state: VisitOutlook
    session: datetime.date | None = None

    @property
    def date(self) -> datetime.date:
        """`day`, for a state that has one. Raises LookupError for the others."""
        if self.day is None:
            raise LookupError(f"a child whose visit is {self.state} has no day")
        return self.day


def next_visit(
    connection: Connection, person_id: int, today: datetime.date, schedule: Schedule
) -> NextVisit | None:
    """The next visit of a child at its facility; None when there is no such living child."""
    found = children.by_ids(connection, [person_id])
    if not found:
        return None
    opening = opening_of(connection, found[0].facility.id, today)
    return of_child(found[0], today, schedule, opening)


def opening_of(connection: Connection, facility_id: int, today: datetime.date) -> Opening:
    """The closed days and extra sessions of a facility, as far ahead as visits are planned."""
    return openings(connection, [facility_id], today, today + HORIZON)[facility_id]


def of_child(
    child: Child, today: datetime.date, schedule: Schedule, opening: Opening = ALWAYS
) -> NextVisit:
    """The next visit of a child that has been read, with the closed days of its facility."""
    seen = child_forecast(child, schedule, today)
    planned = Sessions(child.facility.session_days, opening).visits(seen, today)
    if not planned:
        complete = all(one.status is Status.COMPLETE for one in seen.series.values())
        state = VisitOutlook.COMPLETE if complete else VisitOutlook.NONE_DUE
        return NextVisit(None, (), child.facility, state)
    first = planned[0]
    missed = _missed_session(seen, first.doses, child.facility, today)
    state = VisitOutlook.UPCOMING if missed is None else VisitOutlook.LATE
    return NextVisit(missed or first.date, first.doses, child.facility, state, first.date)


def _missed_session(
    seen: Forecast, doses: tuple[str, ...], facility: FacilityRow, today: datetime.date
) -> datetime.date | None:
    """The first session that has gone by since a dose of the visit was due, or None."""
    due = [one.due for one in seen.series.values() if one.dose in doses and one.due is not None]
    session = next_session(min(due), facility.session_days)
    return session if session < today else None
