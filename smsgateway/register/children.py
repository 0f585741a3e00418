"""Children with their doses and their facility, each look-up in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, String, bindparam, cast, exists, func, or_, select

from smsgateway.calendars.forecast import GivenDose
from smsgateway.register.claims import ClaimState
from smsgateway.register.facilities import FacilityRow, facility_columns
from smsgateway.register.numbers import normalised
from smsgateway.register.tables import (
    caregiver,
    dose_claim,
    facility,
    immunization,
    person,
    phone,
    pregnancy,
)
from smsgateway.storage.listed import listed


@dataclass(frozen=True)
class Child:
    """A child who is followed. `sex` is F or M; the doses are in the order of their dates.

    Doses that the family told of and staff have not settled are among them. `first_name` is empty
    while a newborn has none. `is_recorded`: a health centre knows it; otherwise whoever held the
    phone has told of it.
    """

    id: int
    first_name: str
    birth_date: date
    sex: str
    facility: FacilityRow
    doses: list[GivenDose]
    is_recorded: bool


_TOLD = (
    select(
        func.aggregate_strings(
            dose_claim.c.vaccine + "=" + cast(dose_claim.c.given_on, String), ","
        )
    )
    .where(dose_claim.c.person_id == person.c.id, dose_claim.c.state == ClaimState.TOLD)
    .correlate(person)
    .scalar_subquery()
)
"""The claims of a child as `PENTA1=2026-05-12,VPO1=...`, so that a look-up stays one statement."""

_CHILDREN: Select[Any] = (
    select(
        person.c.id,
        person.c.first_name,
        person.c.birth_date,
        person.c.sex,
        or_(person.c.external_id.is_not(None), person.c.carnet_number.is_not(None)).label(
            "is_recorded"
        ),
        *facility_columns,
        immunization.c.vaccine,
        immunization.c.given_on,
        _TOLD.label("told"),
    )
    .join_from(person, facility, facility.c.id == person.c.facility_id)
    .outerjoin(immunization, immunization.c.person_id == person.c.id)
    .where(
        person.c.died_on.is_(None),
        person.c.birth_date.is_not(None),
        ~exists().where(pregnancy.c.person_id == person.c.id),
    )
    .order_by(person.c.birth_date, person.c.id, immunization.c.given_on, immunization.c.id)
)

_BY_CARNET = _CHILDREN.where(person.c.carnet_number == bindparam("carnet"))

_BY_IDS = _CHILDREN.where(person.c.id.in_(listed("ids")))

_OF_PHONE = _CHILDREN.where(
    person.c.id.in_(
        select(caregiver.c.person_id)
        .join(phone, phone.c.id == caregiver.c.phone_id)
        .where(phone.c.msisdn == bindparam("msisdn"), caregiver.c.suspended_at.is_(None))
    )
)


def by_carnet(connection: Connection, carnet: str) -> Child | None:
    """The living child with this card number, however it was typed."""
    found = _read(connection, _BY_CARNET, {"carnet": normalised(carnet)})
    return found[0] if found else None


def by_ids(connection: Connection, ids: Iterable[int]) -> list[Child]:
    """The living children with these ids, the eldest first."""
    return _read(connection, _BY_IDS, {"ids": list(set(ids))})


def of_phone(connection: Connection, msisdn: str) -> list[Child]:
    """The living children whose caregivers are reached on this number, the eldest first."""
    return _read(connection, _OF_PHONE, {"msisdn": msisdn})


def _read(
    connection: Connection, statement: Select[Any], parameters: Mapping[str, Any]
) -> list[Child]:
    rows = connection.execute(statement, parameters).all()
    return [_child(list(group)) for _, group in groupby(rows, key=lambda row: row.id)]


def _child(rows: list[Any]) -> Child:
    """One child from its rows, one for each dose (or a single one without)."""
    first = rows[0]
    return Child(
        id=first.id,
        first_name=first.first_name,
        birth_date=first.birth_date,
        sex=first.sex,
        facility=FacilityRow.from_row(first),
        doses=_doses(rows),
        is_recorded=bool(first.is_recorded),
    )


def _doses(rows: list[Any]) -> list[GivenDose]:
    recorded = [GivenDose(row.vaccine, row.given_on) for row in rows if row.vaccine]
    if not rows[0].told:
        return recorded
    pairs = (claim.split("=") for claim in rows[0].told.split(","))
    told = [GivenDose(vaccine, date.fromisoformat(day)) for vaccine, day in pairs]
    return sorted(recorded + told, key=lambda dose: dose.date)
