"""Days on which no session is held: public holidays, and what a facility says of itself.

A change marks the people of the facilities concerned for a new plan, by one row a facility.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from smsgateway.register import changes
from smsgateway.register.session_days import Place, days_of, held_by
from smsgateway.register.session_tables import closure
from smsgateway.register.tables import facility
from smsgateway.storage.upsert import insert_new

MOON = datetime.timedelta(days=10)
"""A date that is announced takes the place of an estimate of the same feast so near to it. The
estimates err by a day or two; the lunar year is 11 days shorter than ours."""


@dataclass(frozen=True, slots=True)
class Closure:
    """A closed day as lists show it; no facility means the whole country."""

    date: datetime.date
    reason: str
    confirmed: bool
    facility_code: str | None


def close(
    connection: Connection,
    day: datetime.date,
    reason: str,
    now: datetime.datetime,
    *,
    facility_id: int | None = None,
) -> None:
    """Hold no session on that day, which is certain: estimates of the same feast are dropped."""
    this = held_by(closure, facility_id)
    estimated = closure.c.reason == reason, closure.c.confirmed.is_(False)
    near = closure.c.day.between(day - MOON, day + MOON)
    connection.execute(delete(closure).where(this, near, *estimated))
    connection.execute(delete(closure).where(this, closure.c.day == day))
    row = {"facility_id": facility_id, "day": day, "reason": reason, "confirmed": True}
    connection.execute(insert_new(connection, closure), row)
    changes.mark_place(connection, facility_id, now)


def reopen(
    connection: Connection,
    day: datetime.date,
    now: datetime.datetime,
    *,
    facility_id: int | None = None,
) -> bool:
    """Hold sessions on that day again. False when it was not closed."""
    gone = connection.execute(
        delete(closure).where(held_by(closure, facility_id), closure.c.day == day)
    )
    if gone.rowcount:
        changes.mark_place(connection, facility_id, now)
    return gone.rowcount > 0


def closed_days(
    connection: Connection, facility_id: int, start: datetime.date, end: datetime.date
) -> frozenset[datetime.date]:
    """The days from start to end, both included, on which a facility holds no session."""
    return closed_days_of(connection, [facility_id], start, end)[facility_id]


def closed_days_of(
    connection: Connection,
    facility_ids: Collection[Place],
    start: datetime.date,
    end: datetime.date,
) -> dict[Place, frozenset[datetime.date]]:
    """The same for several facilities, and for the whole country by None, in one statement."""
    return days_of(connection, closure, facility_ids, start, end)


def listed(connection: Connection, start: datetime.date, end: datetime.date) -> list[Closure]:
    """All closed days between two dates, both included, in order."""
    rows = connection.execute(
        select(closure, facility.c.code)
        .outerjoin(facility, facility.c.id == closure.c.facility_id)
        .where(closure.c.day.between(start, end))
        .order_by(closure.c.day, facility.c.code)
    )
    return [Closure(row.day, row.reason, row.confirmed, row.code) for row in rows]
