"""Finding somebody who is followed, as those who work at a health centre know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    exists,
    or_,
    select,
)

from smsgateway.register.numbers import normalised
from smsgateway.register.tables import caregiver, person, phone, pregnancy


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is followed and alive. `first_name` is empty while a newborn has none,
    `last_name` where nobody wrote it."""

    id: int
    first_name: str
    last_name: str
    facility_id: int


_KNOWN: Select[Any] = (
    select(person.c.id, person.c.first_name, person.c.last_name, person.c.facility_id)
    .where(person.c.died_on.is_(None))
    .order_by(person.c.birth_date.desc(), person.c.id)
)


def with_identifier(connection: Connection, typed: str) -> Known | None:
    """Who has this identifier in the files that were imported, as a person or for a pregnancy, or
    this number on the vaccination card, however that is written."""
    of_pregnancy = exists().where(
        pregnancy.c.person_id == person.c.id, pregnancy.c.external_id == typed
    )
    mine = _KNOWN.where(
        or_(
            person.c.external_id == typed,
            person.c.carnet_number == normalised(typed),
            of_pregnancy,
        )
    )
    return _one(connection.execute(mine.limit(1)).one_or_none())


def with_card(connection: Connection, carnet: str, facility_id: int) -> Known | None:
    """The child of a facility with this card number."""
    mine = _KNOWN.where(
        person.c.carnet_number == normalised(carnet), person.c.facility_id == facility_id
    )
    return _one(connection.execute(mine).one_or_none())


def of_line(connection: Connection, msisdn: str, facility_id: int) -> list[Known]:
    """Those of a facility who are reached on a line, the youngest first."""
    reached = (
        select(caregiver.c.person_id)
        .join(phone, phone.c.id == caregiver.c.phone_id)
        .where(phone.c.msisdn == msisdn)
    )
    mine = _KNOWN.where(person.c.id.in_(reached), person.c.facility_id == facility_id)
    return [_known(row) for row in connection.execute(mine)]


def with_id(connection: Connection, person_id: int, facility_id: int) -> Known | None:
    """Somebody of a facility."""
    mine = _KNOWN.where(person.c.id == person_id, person.c.facility_id == facility_id)
    return _one(connection.execute(mine).one_or_none())


def carer_phone(person_id: ColumnElement[int]) -> ScalarSelect[str]:
    """The number of the carer who is written to first, as a column of a statement that has
    `person_id`; null where nobody is reached."""
    return (
        select(phone.c.msisdn)
        .join_from(caregiver, phone, phone.c.id == caregiver.c.phone_id)
        .where(caregiver.c.person_id == person_id, caregiver.c.suspended_at.is_(None))
        .order_by(caregiver.c.id)
        .limit(1)
        .correlate(person_id.table)
        .scalar_subquery()
    )


def _one(row: Row[Any] | None) -> Known | None:
    return None if row is None else _known(row)


def _known(row: Row[Any]) -> Known:
    return Known(row.id, row.first_name, row.last_name or "", row.facility_id)
