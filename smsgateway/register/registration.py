"""A child that its own family registers, on the line of the call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from smsgateway.register import children, consents
from smsgateway.register.changes import mark
from smsgateway.register.consents import Agreement
from smsgateway.register.names import plain
from smsgateway.register.tables import caregiver, person, phone

MOST_A_DAY = 5
"""So many new people on a line within a day; a family has fewer. More would fill the lists of a
health centre with nobody, and its reminders cost money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChild:
    """A child to register. `sex` is F or M."""

    first_name: str
    sex: str
    birth_date: date
    facility_id: int


def known_as(connection: Connection, msisdn: str, first_name: str, birth_date: date) -> int | None:
    """The id of the living child of this line with this name and day of birth, however accents
    and capitals are typed."""
    name = plain(first_name)
    return next(
        (
            child.id
            for child in children.of_phone(connection, msisdn)
            if child.birth_date == birth_date and plain(child.first_name) == name
        ),
        None,
    )


def is_busy(connection: Connection, msisdn: str, now: datetime) -> bool:
    """Whether this line has told of MOST_A_DAY new people within a day, women among them.

    What a health centre records or imports does not count.
    """
    query = (
        select(func.count())
        .select_from(person)
        .join(caregiver, caregiver.c.person_id == person.c.id)
        .join(phone, phone.c.id == caregiver.c.phone_id)
        .where(
            phone.c.msisdn == msisdn,
            person.c.created_at > now - timedelta(days=1),
            person.c.external_id.is_(None),
            person.c.carnet_number.is_(None),
        )
    )
    return connection.execute(query).scalar_one() >= MOST_A_DAY


def add_child(
    connection: Connection, new: NewChild, agreement: Agreement, now: datetime
) -> int | None:
    """Register a child with whoever called as its carer; the child's id.

    None when the line has it already: a registration sent twice makes one child.
    """
    line = select(phone.c.msisdn).where(phone.c.id == agreement.phone_id).with_for_update()
    msisdn = connection.execute(line).scalar_one()
    if known_as(connection, msisdn, new.first_name, new.birth_date) is not None:
        return None
    child_id: int = connection.execute(
        insert(person).returning(person.c.id),
        {
            "facility_id": new.facility_id,
            "first_name": new.first_name,
            "sex": new.sex,
            "birth_date": new.birth_date,
            "created_at": now,
        },
    ).scalar_one()
    carer = {"person_id": child_id, "phone_id": agreement.phone_id}
    connection.execute(insert(caregiver), carer)
    consents.record(connection, child_id, agreement)
    mark(connection, [child_id], now)
    return child_id
