"""Contacts that took place: an antenatal visit, a weighing. Doses are kept elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, select

from smsgateway.calendars import contact_file
from smsgateway.calendars.contacts import CalendarKind
from smsgateway.register.changes import mark
from smsgateway.register.tables import encounter
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
