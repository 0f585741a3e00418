"""Marking the people whose plan of visits is out of date.

The mark is written in the transaction of the change, so a plan is never forgotten; the planner
takes the marks in its own time. A change for a whole facility is one mark, however many people are
followed there: it is spread over them in batches, as the planner goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    exists,
    literal,
    or_,
    select,
    update,
)

from smsgateway.register.session_tables import facility_mark
from smsgateway.register.tables import caregiver, facility, person, plan_mark
from smsgateway.storage.bulk import insert_rows
from smsgateway.storage.upsert import insert_or_update


def mark(connection: Connection, person_ids: Iterable[int], now: datetime) -> None:
    """Ask for a new plan of these people's visits and reminders."""
    rows = [{"person_id": person_id, "marked_at": now} for person_id in sorted(set(person_ids))]
    if rows:
        statement = insert_or_update(connection, plan_mark, ["person_id"], ["marked_at"])
        insert_rows(connection, statement, rows)


def mark_facilities(connection: Connection, facility_ids: Iterable[int], now: datetime) -> None:
    """Ask for a new plan of everybody who is followed at these facilities."""
    chosen = _facilities(now).where(facility.c.id.in_(set(facility_ids)))
    _mark_facilities(connection, chosen)


def mark_place(connection: Connection, facility_id: int | None, now: datetime) -> None:
    """Ask for a new plan of everybody who is followed at this facility; None is all of them."""
    if facility_id is None:
        _mark_facilities(connection, _facilities(now))
    else:
        mark_facilities(connection, [facility_id], now)


def mark_phone(connection: Connection, phone_id: int, now: datetime) -> None:
    """Ask for a new plan of everybody whose caregivers are reached on this line."""
    query = select(caregiver.c.person_id).where(caregiver.c.phone_id == phone_id)
    mark(connection, connection.execute(query).scalars(), now)


def is_marked(
    person_id: ColumnElement[int], facility_id: ColumnElement[int]
) -> ColumnElement[bool]:
    """Whether somebody waits for a new plan, by a mark of their own or by one of their facility
    that has not been spread as far as them."""
    own = exists().where(plan_mark.c.person_id == person_id)
    facilitys = exists().where(
        facility_mark.c.facility_id == facility_id, facility_mark.c.after_id < person_id
    )
    return or_(own, facilitys)


def anybody_waits(connection: Connection, now: datetime) -> bool:
    """Whether somebody is marked whose turn has come, or a facility is; a look that locks nothing,
    for the many rounds of a clock in which there is nothing to do."""
    return bool(connection.scalar(_ANYBODY, {"now": now}))


_ANYBODY = select(
    or_(
        exists().where(plan_mark.c.marked_at <= bindparam("now", type_=plan_mark.c.marked_at.type)),
        exists(select(facility_mark.c.facility_id)),
    )
)

MOST_FACILITIES = 100
"""Facilities whose marks one call takes at most: many of them may follow few people."""


def spread(connection: Connection, now: datetime, limit: int) -> int:
    """Mark up to `limit` people of the facilities that have waited longest; returns how many.

    A facility's mark is locked until the commit: one that is renewed meanwhile waits, and begins
    again with the first person.
    """
    waiting = connection.execute(
        select(facility_mark)
        .order_by(facility_mark.c.marked_at, facility_mark.c.facility_id)
        .limit(MOST_FACILITIES)
        .with_for_update(skip_locked=True)
    ).all()
    marked = 0
    for row in waiting:
        if marked == limit:
            break
        marked += _spread_one(connection, row.facility_id, row.after_id, now, limit - marked)
    return marked


def _spread_one(
    connection: Connection, facility_id: int, after_id: int, now: datetime, limit: int
) -> int:
    """Mark the next people of a facility; its mark goes with the last of them."""
    people = (
        select(person.c.id)
        .where(person.c.facility_id == facility_id, person.c.id > after_id)
        .order_by(person.c.id)
        .limit(limit)
    )
    ids = connection.scalars(people).all()
    mark(connection, ids, now)
    this = facility_mark.c.facility_id == facility_id
    if len(ids) < limit:
        connection.execute(delete(facility_mark).where(this))
    else:
        connection.execute(update(facility_mark).where(this).values(after_id=ids[-1]))
    return len(ids)


def _facilities(now: datetime) -> Select[Any]:
    """Those that follow anybody, as rows of their marks."""
    marked_at = literal(now, facility_mark.c.marked_at.type)
    followed = exists().where(person.c.facility_id == facility.c.id)
    return select(facility.c.id, marked_at, literal(0)).where(followed)


def _mark_facilities(connection: Connection, chosen: Select[Any]) -> None:
    columns = ["facility_id", "marked_at", "after_id"]
    statement = insert_or_update(connection, facility_mark, ["facility_id"], columns[1:])
    connection.execute(statement.from_select(columns, chosen))
