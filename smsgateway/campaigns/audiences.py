"""To whom a bulk message goes: one recipient a phone, however many children it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import Connection, Select, bindparam, select

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.register.tables import caregiver, person, phone
from smsgateway.reminders.states import VisitState
from smsgateway.reminders.tables import visit
from smsgateway.text.catalogue import SOURCE


@dataclass(frozen=True)
class Recipient:
    """A phone, and the first names of the children it is written to about."""

    phone_id: int
    msisdn: str
    language: str
    encoding: str | None
    children: tuple[str, ...]


def week_ahead(today: date) -> date:
    """The last of the seven days that begin today: on a Sunday, too, there is a week to prepare."""
    return today + timedelta(days=6)


_EXPECTED: Select[tuple[int, str, str | None, str | None, int, str]] = (
    select(phone.c.id, phone.c.msisdn, phone.c.language, phone.c.encoding)
    .add_columns(person.c.id, person.c.first_name)
    .join_from(visit, person, person.c.id == visit.c.person_id)
    .join(caregiver, caregiver.c.person_id == person.c.id)
    .join(phone, phone.c.id == caregiver.c.phone_id)
    .where(
        visit.c.facility_id == bindparam("facility_id"),
        visit.c.calendar == CalendarKind.VACCINATION,
        visit.c.state == VisitState.OPEN,
        visit.c.visit_date <= bindparam("last_day"),
        person.c.died_on.is_(None),
        person.c.moved_on.is_(None),
        phone.c.opted_out_at.is_(None),
        caregiver.c.suspended_at.is_(None),
    )
    .order_by(phone.c.id, person.c.birth_date, person.c.id)
)


def due_within_week(connection: Connection, facility_id: int, today: date) -> list[Recipient]:
    """Families whose children are expected within seven days, or should have come before.

    Phones that said STOP are left out.
    """
    parameters = {"facility_id": facility_id, "last_day": week_ahead(today)}
    rows = connection.execute(_EXPECTED, parameters).all()
    recipients = []
    for (phone_id, msisdn, language, encoding), group in groupby(rows, key=lambda row: row[:4]):
        names = tuple(row.first_name for row in group)
        recipients.append(Recipient(phone_id, msisdn, language or SOURCE, encoding, names))
    return recipients


Audience = Callable[[Connection, int, date], list[Recipient]]

AUDIENCES: Mapping[str, Audience] = {"due_within_week": due_within_week}
"""Audiences by the name under which a campaign keeps them."""
