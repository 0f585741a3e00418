"""The planner: turns marks ("this person's plan is out of date") into visits and reminders.

Idempotent and incremental: it takes marked people only, writes what differs, and removes the mark
in the transaction of the change. The mark's row is locked meanwhile, so a change that comes during
the planning waits, marks again after the commit, and is not lost.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import OperationalError

from smsgateway.calendars.model import Schedule
from smsgateway.register import changes
from smsgateway.register.tables import plan_mark
from smsgateway.reminders import escalation, store
from smsgateway.reminders.decision import Decision, closing_diff, decide, open_diff
from smsgateway.reminders.diff import Diff
from smsgateway.reminders.people import after_recall, read_people
from smsgateway.reminders.planning import Planning
from smsgateway.settings import Settings
from smsgateway.storage.engine import Database
from smsgateway.storage.listed import listed

logger = logging.getLogger(__name__)

BATCH = 200
"""People in one transaction; a writer on SQLite holds everybody else up for that long."""

PUT_OFF = timedelta(minutes=15)
"""A person whose plan cannot be made is left alone for this long, twice as long after each further
failure, and blocks nobody."""

MOST_DOUBLINGS = 6
"""PUT_OFF doubled so often is 16 hours: seldom enough, and every day."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a round of planning did: people looked at, visits opened and closed, reminders new,
    changed and cancelled, and people whose plan failed."""

    people: int = 0
    opened: int = 0
    closed: int = 0
    new: int = 0
    changed: int = 0
    cancelled: int = 0
    failed: int = 0

    def __add__(self, other: Planned) -> Planned:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Planned(*(first + second for first, second in pairs))


def plan_marked(
    database: Database, schedule: Schedule, now: datetime, settings: Settings, limit: int = BATCH
) -> Planned:
    """Plan up to `limit` marked people. One whose plan fails is logged and put off, alone."""
    with database.read() as connection:
        if not changes.anybody_waits(connection, now):
            return Planned()
    ids: list[int] = []
    try:
        with database.begin() as connection:
            ids = take_marks(connection, now, limit)
            return plan_people(connection, ids, schedule, now, settings)
    except OperationalError:
        raise
    except Exception:
        logger.exception("planning %d people together failed; going on one by one", len(ids))
    return sum((_plan_one(database, one, schedule, now, settings) for one in ids), Planned())


def take_marks(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Marked people, the longest waiting first; their marks are locked until the commit, and those
    that another process holds are left to it. A marked facility gives up to `limit` more."""
    changes.spread(connection, now, limit)
    marks = (
        select(plan_mark.c.person_id)
        .where(plan_mark.c.marked_at <= now)
        .order_by(plan_mark.c.marked_at, plan_mark.c.person_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(connection.scalars(marks))


def plan_people(
    connection: Connection,
    ids: Sequence[int],
    schedule: Schedule,
    now: datetime,
    settings: Settings,
) -> Planned:
    """Bring the plans of these people up to date and remove their marks."""
    if not ids:
        return Planned()
    planning = Planning.of(connection, schedule, settings)
    today = planning.today(now)
    people = read_people(connection, ids, today, planning.rules.speaks_to())
    decisions = [one for person in people for one in decide(person, planning, today)]
    untrue = {message for one in decisions for message in one.untrue_messages(today)}
    stopped = store.recall(connection, untrue, now)
    if stopped:
        decisions = [replace(one, person=after_recall(one.person, stopped)) for one in decisions]
    result = replace(_write(connection, decisions, planning, now), people=len(ids))
    connection.execute(delete(plan_mark).where(plan_mark.c.person_id.in_(listed(ids))))
    return result


def _plan_one(
    database: Database, person_id: int, schedule: Schedule, now: datetime, settings: Settings
) -> Planned:
    try:
        with database.begin() as connection:
            return plan_people(connection, [person_id], schedule, now, settings)
    except OperationalError:
        raise
    except Exception:
        logger.exception("the plan of person %d cannot be made; put off", person_id)
    with database.begin() as connection:
        mark = plan_mark.c.person_id == person_id
        failed = connection.scalar(select(plan_mark.c.failures).where(mark)) or 0
        later = now + PUT_OFF * (1 << min(failed, MOST_DOUBLINGS))
        connection.execute(
            update(plan_mark).where(mark).values(marked_at=later, failures=failed + 1)
        )
    return Planned(people=1, failed=1)


def _write(
    connection: Connection, decisions: Sequence[Decision], planning: Planning, now: datetime
) -> Planned:
    """Visits that end come first, because a person has at most one open visit in a calendar."""
    store.close_visits(connection, decisions, now)
    visit_ids = store.open_visits(connection, decisions, now)
    diffs: list[tuple[int, Diff]] = []
    for one in decisions:
        if one.visit is not None and one.closing is not None:
            diffs.append((one.visit.id, closing_diff(one, one.visit)))
        if one.outlook is not None:
            settled = open_diff(one, one.outlook.day, planning)
            diffs.append((visit_ids[one.person.id, one.calendar], settled))
    store.write_reminders(connection, diffs)
    store.update_visits(connection, decisions, dict(diffs), now, planning.today(now))
    escalation.take_off_list(connection, decisions, now, planning.today(now))
    return Planned(
        opened=sum(one.opens for one in decisions),
        closed=sum(one.closing is not None for one in decisions),
        new=sum(len(each.new) for _, each in diffs),
        changed=sum(len(each.changed) for _, each in diffs),
        cancelled=sum(len(each.cancelled) for _, each in diffs),
    )
