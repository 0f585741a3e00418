"""A line on which nobody is written to until staff have looked at it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from smsgateway.register.changes import mark
from smsgateway.register.tables import caregiver, person


def suspend(connection: Connection, phone_id: int, now: datetime) -> list[int]:
    """Reach nobody on this line any more, until staff have looked at it.

    Whoever holds the phone may say so without proof: it reveals nothing, and stops no more than a
    STOP would. Returns the facilities where these people are followed, each once.
    """
    people = connection.scalars(
        update(caregiver)
        .where(caregiver.c.phone_id == phone_id, caregiver.c.suspended_at.is_(None))
        .values(suspended_at=now)
        .returning(caregiver.c.person_id)
    ).all()
    mark(connection, people, now)
    query = select(person.c.facility_id).where(person.c.id.in_(people)).distinct()
    return sorted(connection.scalars(query))


def resume(connection: Connection, phone_id: int, now: datetime) -> int:
    """Reach everybody on this line again: staff have looked at it. Returns how many people.

    Deaths and losses that they learnt of have to be recorded before.
    """
    people = connection.scalars(
        update(caregiver)
        .where(caregiver.c.phone_id == phone_id, caregiver.c.suspended_at.is_not(None))
        .values(suspended_at=None)
        .returning(caregiver.c.person_id)
    ).all()
    mark(connection, people, now)
    return len(people)
