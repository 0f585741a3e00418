"""Pregnancies: registered, ended by a birth that begins a child's calendar, or by a loss.

Whatever happens to one asks for a new plan, and after a loss that plan is empty: nobody is written
to about it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, literal, or_, select, update

from smsgateway.calendars.antenatal import LONGEST, edd_of
from smsgateway.register.changes import mark
from smsgateway.register.facilities import FacilityRow, facility_columns
from smsgateway.register.tables import caregiver, consent, facility, person, phone, pregnancy
from smsgateway.storage.listed import listed
from smsgateway.storage.upsert import insert_new

SAME_PREGNANCY = timedelta(days=60)
"""Two datings of one woman that differ by no more are of one pregnancy, told twice."""

SELF = "self"
"""The relation of a caregiver whose line is the person's own."""

MOTHER = "mère"


class Dating(StrEnum):
    """What was told, from which the other dates are counted."""

    LMP = "lmp"
    EDD = "edd"
    GESTATION = "gestation"


class Ending(StrEnum):
    """How a pregnancy ended."""

    BIRTH = "birth"
    LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Pregnancy:
    """An open pregnancy. Her first name is for messages; `edd_date` is 280 days after `lmp_date`,
    whichever of them was told."""

    id: int
    person_id: int
    first_name: str
    facility: FacilityRow
    lmp_date: date
    edd_date: date
    dating: Dating
    registered_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPregnancy:
    """A pregnancy to write down. The line is her own; `recorded_via` is ussd, sms, import ..."""

    first_name: str
    facility_id: int
    phone_id: int
    lmp_date: date
    dating: Dating
    registered_on: date
    recorded_via: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Birth:
    """A child that was born. `first_name` is empty before the naming; `sex` is F or M."""

    first_name: str
    sex: str
    birth_date: date


_OPEN: Select[Any] = (
    select(
        pregnancy.c.id,
        pregnancy.c.person_id,
        person.c.first_name,
        *facility_columns,
        pregnancy.c.lmp_date,
        pregnancy.c.edd_date,
        pregnancy.c.dating,
        pregnancy.c.registered_on,
    )
    .join_from(pregnancy, person, person.c.id == pregnancy.c.person_id)
    .join(facility, facility.c.id == person.c.facility_id)
    .where(pregnancy.c.ended_on.is_(None), person.c.died_on.is_(None), person.c.moved_on.is_(None))
    .order_by(pregnancy.c.id)
)

_OPEN_OF_PEOPLE = _OPEN.where(pregnancy.c.person_id.in_(listed("ids")))

_OPEN_OF_PHONE = _OPEN.where(
    pregnancy.c.lmp_date >= bindparam("oldest"),
    pregnancy.c.person_id.in_(
        select(caregiver.c.person_id)
        .join(phone, phone.c.id == caregiver.c.phone_id)
        .where(phone.c.msisdn == bindparam("msisdn"), caregiver.c.suspended_at.is_(None))
    ),
)


def open_of_phone(connection: Connection, msisdn: str, today: date) -> list[Pregnancy]:
    """The open pregnancies of the women who are reached on this number."""
    parameters = {"msisdn": msisdn, "oldest": today - LONGEST}
    return _read(connection, _OPEN_OF_PHONE, parameters)


def open_of_people(connection: Connection, person_ids: Iterable[int]) -> dict[int, Pregnancy]:
    """Person id -> open pregnancy, of those who have one; also one that nobody has ended in time,
    of which the calendar has nothing more to say."""
    found = _read(connection, _OPEN_OF_PEOPLE, {"ids": list(set(person_ids))})
    return {one.person_id: one for one in found}


def add(connection: Connection, new: NewPregnancy, now: datetime) -> int:
    """Write down a woman and her pregnancy; the id of the woman.

    The same key writes once. A woman who tells of the same pregnancy again replaces what she told
    before: her screens do not show whether she was registered. What a health centre has recorded
    stays as it is.
    """
    dates = {
        "lmp_date": new.lmp_date,
        "edd_date": edd_of(new.lmp_date),
        "dating": new.dating,
        "registered_on": new.registered_on,
        "idempotency_key": new.idempotency_key,
    }
    if known := _told_before(connection, new):
        person_id = int(known.person_id)
        if known.external_id is None:
            same = update(pregnancy).where(pregnancy.c.id == known.id)
            connection.execute(same.values(dates))
            _follow_at(connection, person_id, new.facility_id)
    else:
        person_id = _woman(connection, new, now)
        row = {"person_id": person_id, "recorded_via": new.recorded_via, "created_at": now}
        connection.execute(insert(pregnancy), {**dates, **row})
    mark(connection, [person_id], now)
    return person_id


def record_birth(
    connection: Connection, pregnancy_id: int, birth: Birth, now: datetime
) -> int | None:
    """End a pregnancy and begin the child's calendar; the child's id.

    The child is followed where its mother was, and reached on her lines, under what was agreed to
    for her. None when the pregnancy has ended already: a birth told twice makes one child.
    """
    mother_id = _end(connection, pregnancy_id, Ending.BIRTH, birth.birth_date)
    if mother_id is None:
        return None
    mother = select(
        person.c.household_id,
        person.c.facility_id,
        person.c.last_name,
        person.c.is_demo,
        literal(birth.first_name),
        literal(birth.sex),
        literal(birth.birth_date),
        person.c.id,
        literal(now, person.c.created_at.type),
    ).where(person.c.id == mother_id)
    names = ["household_id", "facility_id", "last_name", "is_demo"]
    names += ["first_name", "sex", "birth_date", "mother_id", "created_at"]
    statement = insert(person).from_select(names, mother).returning(person.c.id)
    child_id = int(connection.execute(statement).scalar_one())
    _inherit(connection, mother_id, child_id)
    mark(connection, [mother_id, child_id], now)
    return child_id


def record_loss(connection: Connection, pregnancy_id: int, told_on: date, now: datetime) -> bool:
    """End a pregnancy of which the loss was told; False when it has ended already.

    The caller asks that a person calls her.
    """
    person_id = _end(connection, pregnancy_id, Ending.LOSS, told_on)
    if person_id is None:
        return False
    mark(connection, [person_id], now)
    return True


def _told_before(connection: Connection, new: NewPregnancy) -> Row[Any] | None:
    """The pregnancy that this is: the same key, or open with this line, first name and dates."""
    first = new.lmp_date - SAME_PREGNANCY
    last = new.lmp_date + SAME_PREGNANCY
    query: Select[Any] = (
        select(pregnancy.c.id, pregnancy.c.person_id, pregnancy.c.external_id)
        .join_from(pregnancy, person, person.c.id == pregnancy.c.person_id)
        .join(caregiver, caregiver.c.person_id == person.c.id)
        .where(
            or_(
                pregnancy.c.idempotency_key == new.idempotency_key,
                (caregiver.c.phone_id == new.phone_id)
                & (caregiver.c.relation == SELF)
                & caregiver.c.suspended_at.is_(None)
                & (person.c.first_name == new.first_name)
                & pregnancy.c.ended_on.is_(None)
                & pregnancy.c.lmp_date.between(first, last),
            )
        )
        .order_by(pregnancy.c.id)
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def _woman(connection: Connection, new: NewPregnancy, now: datetime) -> int:
    """The woman who has this line and first name and expects no child yet, or a new row."""
    expecting = select(pregnancy.c.person_id).where(pregnancy.c.ended_on.is_(None))
    known = (
        select(person.c.id)
        .join(caregiver, caregiver.c.person_id == person.c.id)
        .where(
            caregiver.c.phone_id == new.phone_id,
            caregiver.c.relation == SELF,
            caregiver.c.suspended_at.is_(None),
            person.c.first_name == new.first_name,
            person.c.died_on.is_(None),
            person.c.id.not_in(expecting),
        )
        .order_by(person.c.id)
        .limit(1)
    )
    person_id = connection.execute(known).scalar_one_or_none()
    if person_id is not None:
        _follow_at(connection, person_id, new.facility_id)
        return int(person_id)
    row = {
        "facility_id": new.facility_id,
        "first_name": new.first_name,
        "sex": "F",
        "created_at": now,
    }
    person_id = connection.execute(insert(person).returning(person.c.id), row).scalar_one()
    line = {"person_id": person_id, "phone_id": new.phone_id, "relation": SELF}
    connection.execute(insert(caregiver), line)
    return int(person_id)


def _follow_at(connection: Connection, person_id: int, facility_id: int) -> None:
    values = {"facility_id": facility_id, "moved_on": None}
    connection.execute(update(person).where(person.c.id == person_id).values(values))


def _end(connection: Connection, pregnancy_id: int, ending: Ending, on: date) -> int | None:
    """Close a pregnancy if it is open; the woman's id. The condition decides a race."""
    statement = (
        update(pregnancy)
        .where(pregnancy.c.id == pregnancy_id, pregnancy.c.ended_on.is_(None))
        .values(ended_on=on, outcome=ending)
        .returning(pregnancy.c.person_id)
    )
    person_id: int | None = connection.execute(statement).scalar_one_or_none()
    return person_id


def _inherit(connection: Connection, mother_id: int, child_id: int) -> None:
    """Give a newborn the lines on which its mother is reached, and what was agreed to for her."""
    lines = connection.execute(select(caregiver).where(caregiver.c.person_id == mother_id))
    for line in lines.mappings().all():
        relation = MOTHER if line["relation"] == SELF else line["relation"]
        row = {name: value for name, value in line.items() if name != "id"}
        changed = {"person_id": child_id, "relation": relation}
        connection.execute(insert_new(connection, caregiver), {**row, **changed})
    agreed = connection.execute(select(consent).where(consent.c.person_id == mother_id))
    for one in agreed.mappings().all():
        row = {name: value for name, value in one.items() if name != "id"}
        connection.execute(insert_new(connection, consent), {**row, "person_id": child_id})


def _read(
    connection: Connection, statement: Select[Any], parameters: Mapping[str, Any]
) -> list[Pregnancy]:
    return [
        Pregnancy(
            id=row.id,
            person_id=row.person_id,
            first_name=row.first_name,
            facility=FacilityRow.from_row(row),
            lmp_date=row.lmp_date,
            edd_date=row.edd_date,
            dating=Dating(row.dating),
            registered_on=row.registered_on,
        )
        for row in connection.execute(statement, parameters)
    ]
