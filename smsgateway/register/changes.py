"""Marking the people whose plan of visits is out of date.

The mark is written in the transaction of the change, so a plan is never forgotten; the planner
takes the marks in its own time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from smsgateway.register.tables import caregiver, person, plan_mark
from smsgateway.storage.upsert import insert_or_update


def mark(connection: Connection, person_ids: Iterable[int], now: datetime) -> None:
    """Ask for a new plan of these people's visits and reminders."""
    rows = [{"person_id": person_id, "marked_at": now} for person_id in set(person_ids)]
    if rows:
        statement = insert_or_update(connection, plan_mark, ["person_id"], ["marked_at"])
        connection.execute(statement, rows)


def mark_facilities(connection: Connection, facility_ids: Iterable[int], now: datetime) -> None:
    """Ask for a new plan of everybody who is followed at these facilities."""
    query = select(person.c.id).where(person.c.facility_id.in_(set(facility_ids)))
    mark(connection, connection.execute(query).scalars(), now)


def mark_phone(connection: Connection, phone_id: int, now: datetime) -> None:
    """Ask for a new plan of everybody whose caregivers are reached on this line."""
    query = select(caregiver.c.person_id).where(caregiver.c.phone_id == phone_id)
    mark(connection, connection.execute(query).scalars(), now)
