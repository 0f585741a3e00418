"""The list of those a health centre has to look for: reading it, and saying who was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.register import changes, losses
from smsgateway.register.people import carer_phone
from smsgateway.register.tables import facility, person
from smsgateway.reminders.states import VisitState
from smsgateway.reminders.tables import defaulter, visit
from smsgateway.staff import audit


class Located(StrEnum):
    """What a worker found out about somebody on the list."""

    YES = "yes"
    """Found; stays on the list until seen at the centre."""
    NO = "no"
    MOVED = "moved"
    DIED = "died"


class NotOnList(LookupError):
    """There is no such open entry at this facility."""


@dataclass(frozen=True, slots=True)
class Defaulter:
    """Somebody to look for. `missed` are codes of doses or contacts, `since` the date of the visit
    nobody came to, `phone` that of the carer who is written to first."""

    id: int
    person_id: int
    calendar: CalendarKind
    first_name: str
    last_name: str | None
    birth_date: date | None
    facility_code: str
    missed: tuple[str, ...]
    since: date
    phone: str | None
    reason: str
    located: Located | None

    def months(self, today: date) -> int | None:
        """Completed months of age; None when the day of birth is not known."""
        born = self.birth_date
        if born is None:
            return None
        return (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)


_now_missed = (
    select(visit.c.doses)
    .where(
        visit.c.person_id == defaulter.c.person_id,
        visit.c.calendar == defaulter.c.calendar,
        visit.c.state == VisitState.OPEN,
    )
    .correlate(defaulter)
    .scalar_subquery()
)

_LIST: Select[Any] = (
    select(
        defaulter,
        func.coalesce(_now_missed, defaulter.c.missed).label("now_missed"),
        carer_phone(defaulter.c.person_id).label("carer_phone"),
        person.c.first_name,
        person.c.last_name,
        person.c.birth_date,
        facility.c.code,
    )
    .join_from(defaulter, person, person.c.id == defaulter.c.person_id)
    .join(facility, facility.c.id == defaulter.c.facility_id)
    .where(defaulter.c.closed_at.is_(None))
    .order_by(defaulter.c.since, defaulter.c.person_id)
)


def listed(
    connection: Connection, facility_id: int | None = None, limit: int | None = None
) -> Iterator[Defaulter]:
    """Who is to be looked for: by one facility, or by all; the longest missing first."""
    query = _LIST if facility_id is None else _LIST.where(defaulter.c.facility_id == facility_id)
    return map(_defaulter, connection.execute(query.limit(limit)))


def find(connection: Connection, entry_id: int, facility_id: int) -> Defaulter:
    """One open entry of a facility. Raises NotOnList."""
    mine = _LIST.where(defaulter.c.id == entry_id, defaulter.c.facility_id == facility_id)
    row = connection.execute(mine).one_or_none()
    if row is None:
        raise NotOnList(entry_id)
    return _defaulter(row)


def locate(
    connection: Connection,
    entry_id: int,
    found: Located,
    now: datetime,
    today: date,
    *,
    facility_id: int,
    staff_id: int | None,
) -> None:
    """Say what was found out. A death or a move goes into the register, and everything about that
    person stops. Raises NotOnList, also for an entry of another facility."""
    person_id = connection.scalar(
        update(defaulter)
        .where(
            defaulter.c.id == entry_id,
            defaulter.c.facility_id == facility_id,
            defaulter.c.closed_at.is_(None),
        )
        .values(located=found, located_at=now, located_by=staff_id)
        .returning(defaulter.c.person_id)
    )
    if person_id is None:
        raise NotOnList(entry_id)
    gone = {Located.MOVED: person.c.moved_on, Located.DIED: person.c.died_on}.get(found)
    if gone is not None:
        unknown = update(person).where(person.c.id == person_id, gone.is_(None))
        connection.execute(unknown.values({gone: today}))
        changes.mark(connection, [person_id], now)
    if found is Located.DIED:
        losses.mark_families(connection, [person_id], now)
    audit.record(
        connection,
        "defaulter_located",
        now,
        staff_id=staff_id,
        subject=f"defaulter:{entry_id}",
        details={"located": found},
    )


def _defaulter(row: Row[Any]) -> Defaulter:
    return Defaulter(
        id=row.id,
        person_id=row.person_id,
        calendar=CalendarKind(row.calendar),
        first_name=row.first_name,
        last_name=row.last_name,
        birth_date=row.birth_date,
        facility_code=row.code,
        missed=tuple(row.now_missed.split(",")),
        since=row.since,
        phone=row.carer_phone,
        reason=row.reason,
        located=Located(row.located) if row.located else None,
    )


COLUMNS = (
    "facility",
    "first_name",
    "last_name",
    "age_months",
    "missed",
    "since",
    "phone",
    "reason",
    "located",
)
"""Of the list as a table or a file."""


def cells(one: Defaulter, today: date) -> Sequence[str]:
    """One entry, by COLUMNS."""
    months = one.months(today)
    return (
        one.facility_code,
        one.first_name,
        one.last_name or "",
        "" if months is None else str(months),
        " ".join(one.missed),
        one.since.isoformat(),
        one.phone or "",
        one.reason,
        one.located or "",
    )
