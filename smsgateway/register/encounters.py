"""Contacts that took place: an antenatal visit, a weighing. Doses are kept elsewhere.

Those of the antenatal and postnatal calendars belong to a pregnancy, each of which has all of them:
CPN1 of a woman's first pregnancy says nothing of her second. Which one it is follows from the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, or_, select

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

OF_PREGNANCY = frozenset({CalendarKind.ANTENATAL, CalendarKind.POSTNATAL})
"""The calendars of which each pregnancy has the contacts anew."""

EARLIEST_BIRTH = timedelta(weeks=22)
"""From the last menstrual period; what ends before it is no birth (WHO, ICD-10 volume 2)."""


class NotPossible(ValueError):
    """The contact cannot have taken place; the message says why."""


class _Dates(NamedTuple):
    """When a pregnancy began, and ended if it has."""

    id: int
    lmp_date: date
    ended_on: date | None

    def may_be_over(self, day: date) -> bool:
        """Whether it has ended by that day, or can have."""
        ended = self.ended_on is not None and self.ended_on <= day
        return ended or self.lmp_date + EARLIEST_BIRTH <= day


def check(
    connection: Connection, person_id: int, calendar: CalendarKind, held_on: date
) -> int | None:
    """Look whether a contact can have been held on that day; the id of the pregnancy it is of.

    Raises NotPossible for an antenatal contact of somebody who is followed for no pregnancy or
    whose pregnancy had ended, and for one before a child's birth or the beginning of a woman's
    first pregnancy.
    """
    known = _pregnancies(connection, person_id)
    if calendar is CalendarKind.ANTENATAL and not known:
        raise NotPossible("it must be somebody who is followed for a pregnancy")
    born = select(person.c.birth_date).where(person.c.id == person_id)
    first = known[-1].lmp_date if known else connection.scalar(born)
    if first is not None and held_on < first:
        raise NotPossible(f"it must not be before {first}, when the pregnancy or the life began")
    mine = _pregnancy_on(known, calendar, held_on)
    if mine is None:
        return None
    if calendar is CalendarKind.ANTENATAL and mine.ended_on and held_on > mine.ended_on:
        raise NotPossible(f"it must not be after {mine.ended_on}, when the pregnancy ended")
    return mine.id


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
    """Write down that these contacts of a calendar took place; the same one of the same pregnancy
    is written once."""
    mine = _pregnancy_on(_pregnancies(connection, person_id), calendar, held_on)
    rows = [
        {
            "person_id": person_id,
            "calendar": calendar,
            "code": code,
            "held_on": held_on,
            "facility_id": facility_id,
            "pregnancy_id": None if mine is None else mine.id,
            "recorded_at": now,
        }
        for code in codes
    ]
    if rows:
        connection.execute(insert_new(connection, encounter), rows)
        mark(connection, [person_id], now)


def of_people(
    connection: Connection, person_ids: Sequence[int], pregnancy_ids: Sequence[int]
) -> dict[int, dict[CalendarKind, frozenset[str]]]:
    """Person id -> calendar -> codes of the contacts that took place; of those that belong to
    pregnancies, in these ones alone."""
    at_hand = or_(
        encounter.c.calendar.not_in(OF_PREGNANCY),
        encounter.c.pregnancy_id.in_(listed(pregnancy_ids)),
    )
    found: dict[int, dict[CalendarKind, frozenset[str]]] = defaultdict(dict)
    rows = connection.execute(
        select(encounter.c.person_id, encounter.c.calendar, encounter.c.code).where(
            encounter.c.person_id.in_(listed(person_ids)), at_hand
        )
    )
    for row in rows:
        kind = CalendarKind(row.calendar)
        held = found[row.person_id].get(kind, frozenset())
        found[row.person_id][kind] = held | {row.code}
    return found


def _pregnancies(connection: Connection, person_id: int) -> list[_Dates]:
    """All the pregnancies of a woman, the latest first."""
    columns = pregnancy.c.id, pregnancy.c.lmp_date, pregnancy.c.ended_on
    hers = select(*columns).where(pregnancy.c.person_id == person_id)
    rows = connection.execute(hers.order_by(pregnancy.c.lmp_date.desc()))
    return [_Dates(row.id, row.lmp_date, row.ended_on) for row in rows]


def _pregnancy_on(known: Sequence[_Dates], calendar: CalendarKind, held_on: date) -> _Dates | None:
    """The pregnancy that a contact held on that day is of: the last that had begun, and after a
    birth the last that can have ended in one, though nobody may have told of it yet. None for a
    calendar that has nothing to do with pregnancies."""
    if calendar not in OF_PREGNANCY:
        return None
    begun = [one for one in known if one.lmp_date <= held_on]
    if calendar is CalendarKind.POSTNATAL:
        begun = [one for one in begun if one.may_be_over(held_on)] or begun
    return begun[0] if begun else None
