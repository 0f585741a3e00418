"""Whom to write to about somebody: the family's phones, and those of the health centre."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, select

from smsgateway.register.tables import caregiver, consent, facility, person, phone
from smsgateway.reminders.rules import Recipient
from smsgateway.reminders.states import Why
from smsgateway.staff.tables import staff
from smsgateway.storage.listed import listed

MOTHERS = frozenset({"self", "mother", "mère", "mere", "maman", "denba"})
"""Relations of a caregiver that name the mother, in lower case."""

FAMILY = frozenset({Recipient.MOTHER, Recipient.OTHER_CARER})


@dataclass(frozen=True, slots=True)
class Contact:
    """A phone on which somebody is reached about a person, and why nobody is if so."""

    phone_id: int
    role: Recipient
    refusal: Why | None


def role_of(relation: str | None, *, orphaned: bool = False) -> Recipient:
    """Whom a caregiver stands for. Where nobody wrote it down it is taken to be the mother; once
    she has died, whoever keeps her telephone is another carer."""
    if orphaned or not (relation is None or relation.strip().casefold() in MOTHERS):
        return Recipient.OTHER_CARER
    return Recipient.MOTHER


_agreed = consent.alias()

_withdrawn = and_(
    exists().where(
        consent.c.person_id == caregiver.c.person_id, consent.c.withdrawn_at.is_not(None)
    ),
    ~exists().where(_agreed.c.person_id == caregiver.c.person_id, _agreed.c.withdrawn_at.is_(None)),
)
"""All that somebody has agreed to was taken back. Where no consent was written down, the centre
answers for it."""

refusal_columns = (
    phone.c.opted_out_at,
    caregiver.c.suspended_at,
    _withdrawn.label("consent_withdrawn"),
)
"""What `refusal` reads, for statements that join the phone and the caregiver."""


def refusal(row: Any) -> Why | None:
    """Why nobody is written to on a line about a person, or None."""
    if row.opted_out_at is not None:
        return Why.OPTED_OUT
    if row.consent_withdrawn:
        return Why.CONSENT_WITHDRAWN
    return Why.WRONG_NUMBER if row.suspended_at is not None else None


def contacts_of(
    connection: Connection, facility_of: Mapping[int, int], recipients: Collection[Recipient]
) -> dict[int, list[Contact]]:
    """Person id -> contacts, of people given with their facilities; each phone once, that of the
    family before that of the centre."""
    found = _carers(connection, list(facility_of))
    centres = _centres(connection, set(facility_of.values()), recipients)
    for person_id, facility_id in facility_of.items():
        known = {one.phone_id for one in found[person_id]}
        found[person_id] += [one for one in centres[facility_id] if one.phone_id not in known]
    return found


def _carers(connection: Connection, ids: Sequence[int]) -> dict[int, list[Contact]]:
    found: dict[int, list[Contact]] = defaultdict(list)
    mother = person.alias("mother")
    rows = connection.execute(
        select(caregiver.c.person_id, caregiver.c.relation, phone.c.id, *refusal_columns)
        .add_columns(mother.c.died_on.is_not(None).label("orphaned"))
        .join(person, person.c.id == caregiver.c.person_id)
        .outerjoin(mother, mother.c.id == person.c.mother_id)
        .join(phone, phone.c.id == caregiver.c.phone_id)
        .where(caregiver.c.person_id.in_(listed(ids)))
        .order_by(caregiver.c.id)
    )
    for row in rows:
        found[row.person_id].append(_of_family(row))
    return found


def _of_family(row: Row[Any]) -> Contact:
    role = role_of(row.relation, orphaned=bool(row.orphaned))
    return Contact(row.id, role, refusal(row))


def _centres(
    connection: Connection, facility_ids: Collection[int], recipients: Collection[Recipient]
) -> dict[int, list[Contact]]:
    """Workers and telephones of these facilities, as far as some rule speaks to them."""
    found: dict[int, list[Contact]] = defaultdict(list)
    if Recipient.HEALTH_WORKER in recipients:
        workers = (
            select(staff.c.facility_id, phone.c.id, phone.c.opted_out_at)
            .join_from(staff, phone, phone.c.id == staff.c.phone_id)
            .where(staff.c.facility_id.in_(facility_ids))
            .order_by(staff.c.id)
        )
        for row in connection.execute(workers):
            found[row.facility_id].append(_of_centre(row, Recipient.HEALTH_WORKER))
    if Recipient.FACILITY in recipients:
        lines = (
            select(facility.c.id.label("facility_id"), phone.c.id, phone.c.opted_out_at)
            .join_from(facility, phone, phone.c.msisdn == facility.c.phone)
            .where(facility.c.id.in_(facility_ids))
        )
        for row in connection.execute(lines):
            found[row.facility_id].append(_of_centre(row, Recipient.FACILITY))
    return found


def _of_centre(row: Any, role: Recipient) -> Contact:
    return Contact(row.id, role, Why.OPTED_OUT if row.opted_out_at is not None else None)
