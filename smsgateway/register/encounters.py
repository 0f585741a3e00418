"""Contacts that took place: an antenatal visit, a weighing. Doses are kept elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from smsgateway.calendars import contact_file
from smsgateway.calendars.contacts import CalendarKind
from smsgateway.register.changes import mark
from smsgateway.register.tables import encounter, person, pregnancy
from smsgateway.storage.listed import listed
from smsgateway.storage.upsert import insert_new

CALENDARS: Mapping[CalendarKind, frozenset[str]] = {
    kind: frozenset(
        contact.code
        for calendar in contact_file.shipped().calendars.values()
        if calendar.kind is kind
        for contact in calendar.contacts
    )
    for kind in (CalendarKind.ANTENATAL, CalendarKind.POSTNATAL, CalendarKind.GROWTH)
}
"""The calendars whose contacts are encounters, with the codes of these."""


class NotPossible(ValueError):
    """The contact cannot have taken place; the message says why."""


def check(connection: Connection, person_id: int, calendar: CalendarKind, held_on: date) -> None:
    """Raises NotPossible for an antenatal contact of somebody who is followed for no pregnancy, and
    for one before a child's birth or the beginning of a woman's first pregnancy."""
    began = connection.scalar(
        select(func.min(pregnancy.c.lmp_date)).where(pregnancy.c.person_id == person_id)
    )
    if calendar is CalendarKind.ANTENATAL and began is None:
        raise NotPossible("it must be somebody who is followed for a pregnancy")
    first = began or connection.scalar(select(person.c.birth_date).where(person.c.id == person_id))
    if first is not None and held_on < first:
        raise NotPossible(f"it must not be before {first}, when the pregnancy or the life began")


def record(
    connection: Connection,
    person_id: int,
    calendar: CalendarKind,
    codes: Iterable[str],
    held_on: date,
    now: datetime,
    *,
    facility_id: int | None = None,
) -> None:
    """Write down that these contacts of a calendar took place; the same one is written once."""
    rows = [
        {
            "person_id": person_id,
            "calendar": calendar,
            "code": code,
            "held_on": held_on,
            "facility_id": facility_id,
            "recorded_at": now,
        }
        for code in codes
    ]
    if rows:
        connection.execute(insert_new(connection, encounter), rows)
        mark(connection, [person_id], now)


def of_people(
    connection: Connection, person_ids: Sequence[int]
) -> dict[int, dict[CalendarKind, frozenset[str]]]:
    """Person id -> calendar -> codes of the contacts that took place."""
    found: dict[int, dict[CalendarKind, frozenset[str]]] = defaultdict(dict)
    rows = connection.execute(
        select(encounter.c.person_id, encounter.c.calendar, encounter.c.code).where(
            encounter.c.person_id.in_(listed(person_ids))
        )
    )
    for row in rows:
        kind = CalendarKind(row.calendar)
        held = found[row.person_id].get(kind, frozenset())
        found[row.person_id][kind] = held | {row.code}
    return found
