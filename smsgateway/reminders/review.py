"""Marking people whose plan changes because time has passed, or with the schedule or the rules."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, literal, or_, select, true

from smsgateway.register import changes
from smsgateway.register.tables import person, plan_mark
from smsgateway.reminders.planning import Planning
from smsgateway.reminders.states import VisitState
from smsgateway.reminders.tables import visit
from smsgateway.storage.engine import Database
from smsgateway.storage.upsert import insert_new

LIMIT = 5_000
"""People marked in one transaction."""


def mark_reviews(database: Database, now: datetime, today: date, limit: int = LIMIT) -> int:
    """Mark people whose visit is to be looked at again: its date went by, or the next dose of a
    late child comes near. Returns how many."""
    return _mark(database, now, visit.c.review_on <= today, limit)


def mark_outdated(database: Database, planning: Planning, now: datetime, limit: int = LIMIT) -> int:
    """Mark people with an open visit that was planned with another schedule or other rules, or
    another version of them."""
    marked = 0
    for kind, current in planning.made_with():
        version = visit.c.made_with
        other = or_(version < current, version > current)
        marked += _mark(database, now, and_(visit.c.calendar == kind, other), limit)
    return marked


def mark_everyone(connection: Connection, now: datetime) -> None:
    """Mark all people, for whom a new rule or series may bring a visit that they did not have."""
    people = select(person.c.id, literal(now, plan_mark.c.marked_at.type)).where(true())
    connection.execute(
        insert_new(connection, plan_mark).from_select(["person_id", "marked_at"], people)
    )


def _mark(database: Database, now: datetime, condition: ColumnElement[bool], limit: int) -> int:
    """Who is marked already is left alone: a plan that was put off stays put off."""
    marked = exists().where(plan_mark.c.person_id == visit.c.person_id)
    people = select(visit.c.person_id).where(visit.c.state == VisitState.OPEN, condition, ~marked)
    with database.read() as connection:
        ids = connection.scalars(people.limit(limit)).all()
    if ids:
        with database.begin() as connection:
            changes.mark(connection, ids, now)
    return len(ids)
