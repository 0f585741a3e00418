"""Facilities as the rest of the service sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from smsgateway.calendars.hours import Hours
from smsgateway.register.names import plain
from smsgateway.register.tables import caregiver, facility, household, person, phone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Names of the days in `facility.session_days`, Monday first as `date.weekday()` counts."""


@dataclass(frozen=True)
class FacilityRow:
    """A place of care. No session days means every day; no sending hours, the service's own.

    `free_services` are what it says costs nothing there; `anc_model` how many antenatal contacts
    it holds (`calendars.antenatal.Model`), None where nobody has said.
    """

    id: int
    name: str
    district: str | None
    session_days: frozenset[int]
    sending_hours: Hours | None
    free_services: frozenset[str] = frozenset()
    anc_model: str | None = None

    @classmethod
    def from_row(cls, row: Any) -> FacilityRow:
        """From a row with the columns `facility_columns`."""
        return cls(
            id=row.facility_id,
            name=row.facility_name,
            district=row.district,
            session_days=weekdays(row.session_days),
            sending_hours=Hours.parse(row.sending_hours) if row.sending_hours else None,
            free_services=frozenset(filter(None, row.free_services.split(","))),
            anc_model=row.anc_model,
        )


facility_columns = (
    facility.c.id.label("facility_id"),
    facility.c.name.label("facility_name"),
    facility.c.district,
    facility.c.session_days,
    facility.c.sending_hours,
    facility.c.free_services,
    facility.c.anc_model,
)
"""What FacilityRow is made of, for statements that join the facility."""


def weekdays(session_days: str) -> frozenset[int]:
    """`tue,thu` as {1, 3}."""
    return frozenset(WEEKDAYS.index(name) for name in session_days.split(",") if name)


def by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, FacilityRow]:
    """The facilities with these ids."""
    rows = connection.execute(select(*facility_columns).where(facility.c.id.in_(set(ids))))
    return {row.facility_id: FacilityRow.from_row(row) for row in rows}


def of_phone(connection: Connection, msisdn: str) -> int | None:
    """The id of the facility that follows the family of a line; None when no family has it.

    That of the last person who was registered with the line, else that of its household.
    """
    person_of = (
        select(person.c.facility_id)
        .join_from(phone, caregiver, caregiver.c.phone_id == phone.c.id)
        .join(person, person.c.id == caregiver.c.person_id)
        .where(phone.c.msisdn == msisdn, person.c.died_on.is_(None), person.c.moved_on.is_(None))
        .order_by(person.c.created_at.desc(), person.c.id.desc())
        .limit(1)
    )
    household_of = (
        select(household.c.facility_id)
        .join_from(phone, household, household.c.phone_id == phone.c.id)
        .where(phone.c.msisdn == msisdn)
        .order_by(household.c.id.desc())
        .limit(1)
    )
    found = connection.scalar(person_of)
    return found if found is not None else connection.scalar(household_of)


def id_of(connection: Connection, code: str) -> int | None:
    """The id of the facility with this code; None when there is none."""
    return connection.scalar(select(facility.c.id).where(facility.c.code == code))


def ids_in(
    connection: Connection, *, region: str | None = None, district: str | None = None
) -> list[int]:
    """The facilities of a region or a district, however accents and capitals are typed."""
    rows = connection.execute(select(facility.c.id, facility.c.region, facility.c.district))
    return [
        row.id
        for row in rows
        if (region is None or plain(row.region) == plain(region))
        and (district is None or plain(row.district or "") == plain(district))
    ]
