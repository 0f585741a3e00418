"""The summons that wait for somebody, as a centre reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, select

from smsgateway.consultations.summoning import NoSummons, Reason
from smsgateway.consultations.tables import home_visit, summons
from smsgateway.register.people import carer_phone
from smsgateway.register.tables import facility, person


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who was summoned and has not been seen. `phone` is that of the carer who is written
    to first; `visits` are visits to the home so far."""

    voucher: str
    person_id: int
    first_name: str
    last_name: str
    facility_code: str
    reason: Reason
    by_date: date
    phone: str | None
    visits: int


_visits = (
    select(func.count())
    .where(home_visit.c.summons_id == summons.c.id)
    .correlate(summons)
    .scalar_subquery()
)

_WAITING: Select[Any] = (
    select(
        summons.c.voucher,
        summons.c.person_id,
        summons.c.reason,
        summons.c.by_date,
        person.c.first_name,
        person.c.last_name,
        facility.c.code,
        carer_phone(summons.c.person_id).label("carer_phone"),
        _visits.label("visits"),
    )
    .join_from(summons, person, person.c.id == summons.c.person_id)
    .join(facility, facility.c.id == summons.c.facility_id)
    .where(summons.c.closed_at.is_(None))
    .order_by(summons.c.by_date, summons.c.id)
)


def waiting(
    connection: Connection, facility_id: int | None = None, limit: int | None = None
) -> list[Waiting]:
    """Whom a facility, or all of them, waits for; the earliest day first."""
    query = _WAITING if facility_id is None else _WAITING.where(facility.c.id == facility_id)
    return [_waiting(row) for row in connection.execute(query.limit(limit))]


def find(connection: Connection, voucher: str, facility_id: int) -> Waiting:
    """The open summons of a voucher of a facility. Raises NoSummons."""
    mine = _WAITING.where(summons.c.voucher == voucher, facility.c.id == facility_id)
    row = connection.execute(mine).one_or_none()
    if row is None:
        raise NoSummons(voucher)
    return _waiting(row)


def first_day(connection: Connection, voucher: str, zone: ZoneInfo) -> date:
    """The first day on which somebody who is waited for can have come or been visited: that of the
    summons, or of the birth. Raises NoSummons."""
    row = connection.execute(
        select(summons.c.summoned_at, person.c.birth_date)
        .join_from(summons, person, person.c.id == summons.c.person_id)
        .where(summons.c.voucher == voucher, summons.c.closed_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NoSummons(voucher)
    summoned_on: date = row.summoned_at.astimezone(zone).date()
    return max(summoned_on, row.birth_date or summoned_on)


COLUMNS = (
    "voucher",
    "facility",
    "first_name",
    "last_name",
    "by",
    "reason",
    "phone",
    "home_visits",
)
"""Of the list as a table or a file."""


def cells(one: Waiting) -> Sequence[str]:
    """One summons, by COLUMNS."""
    return (
        one.voucher,
        one.facility_code,
        one.first_name,
        one.last_name,
        one.by_date.isoformat(),
        one.reason,
        one.phone or "",
        str(one.visits),
    )


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        voucher=row.voucher,
        person_id=row.person_id,
        first_name=row.first_name,
        last_name=row.last_name or "",
        facility_code=row.code,
        reason=Reason(row.reason),
        by_date=row.by_date,
        phone=row.carer_phone,
        visits=row.visits,
    )
