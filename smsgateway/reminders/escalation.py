"""When reminders were of no use, somebody looks for the family: putting on the list, taking off it.

An entry is about a person and a calendar. It outlives the visit that opened it, because a dose
that is missing goes on being missing when the next visit takes it along; whoever is seen, dies,
moves or is no longer followed leaves the list with the plan that says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_, update

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.register.tables import caregiver, person
from smsgateway.reminders import rulebook
from smsgateway.reminders.decision import Decision
from smsgateway.reminders.rules import Answer
from smsgateway.reminders.states import ReminderState, VisitState
from smsgateway.reminders.tables import defaulter, reminder, visit
from smsgateway.storage.engine import Database
from smsgateway.storage.listed import listed
from smsgateway.storage.upsert import insert_new

BATCH = 500
"""Visits in one transaction."""


class Silence(StrEnum):
    """What is known of why nobody came."""

    UNANSWERED = "unanswered"
    """Was written to, and said nothing."""
    COMING = "coming"
    """Said that they came or would come; it is not recorded."""
    PROBLEM = "problem"
    WRONG_NUMBER = "wrong_number"
    NO_PHONE = "no_phone"
    NOT_TOLD = "not_told"
    """There is a phone, and no reminder went out: too late, opted out, without consent."""


class Outcome(StrEnum):
    """How an entry ended."""

    SEEN = "seen"
    DROPPED = "dropped"
    """Died, moved, or nothing is expected any more."""
    MOVED_ON = "replanned"
    """The visit is on a day to come: it was not missed after all."""


def escalate(database: Database, now: datetime, today: date, limit: int = BATCH) -> int:
    """Put on the list whoever was not seen for as long as the rules say; how many visits.

    Each visit is looked at once; a second clock finds it marked.
    """
    with database.begin() as connection:
        rules = rulebook.active(connection)
        late: list[Row[Any]] = []
        for kind, days in rules.escalate_after.items():
            if len(late) < limit:
                late += _late(connection, kind, today - timedelta(days=days), limit - len(late))
        _put_on_list(connection, late, now)
    return len(late)


def look_for(connection: Connection, person_id: int, kind: CalendarKind, now: datetime) -> bool:
    """Put somebody on the list before its time: a worker says that they did not come. False where
    no visit is open, or they are on the list already."""
    visits = connection.execute(
        select(visit.c.id, visit.c.person_id, visit.c.calendar, visit.c.facility_id)
        .add_columns(visit.c.visit_date, visit.c.doses)
        .where(
            visit.c.person_id == person_id,
            visit.c.calendar == kind,
            visit.c.state == VisitState.OPEN,
            visit.c.escalated_at.is_(None),
        )
        .with_for_update()
    ).all()
    _put_on_list(connection, visits, now)
    return bool(visits)


def _late(
    connection: Connection, kind: CalendarKind, until: date, limit: int
) -> Sequence[Row[Any]]:
    return connection.execute(
        select(visit.c.id, visit.c.person_id, visit.c.calendar, visit.c.facility_id)
        .add_columns(visit.c.visit_date, visit.c.doses)
        .join(person, person.c.id == visit.c.person_id)
        .where(
            visit.c.calendar == kind,
            visit.c.visit_date <= until,
            visit.c.state == VisitState.OPEN,
            visit.c.escalated_at.is_(None),
            visit.c.seen_on.is_(None),
            person.c.died_on.is_(None),
            person.c.moved_on.is_(None),
        )
        .order_by(visit.c.visit_date)
        .limit(limit)
        .with_for_update(of=visit, skip_locked=True)
    ).all()


def _put_on_list(connection: Connection, late: Sequence[Row[Any]], now: datetime) -> None:
    if not late:
        return
    reasons = _reasons(connection, late)
    rows = [
        {
            "person_id": row.person_id,
            "calendar": row.calendar,
            "facility_id": row.facility_id,
            "since": row.visit_date,
            "missed": row.doses,
            "reason": reasons[row.id],
            "opened_at": now,
        }
        for row in late
    ]
    connection.execute(insert_new(connection, defaulter), rows)
    connection.execute(
        update(visit).where(visit.c.id.in_(listed(row.id for row in late))).values(escalated_at=now)
    )


_GRAVEST = (Answer.WRONG_NUMBER, Answer.PROBLEM, Answer.COMING)


def _reasons(connection: Connection, late: Sequence[Row[Any]]) -> dict[int, Silence]:
    """Visit id -> why nobody came, as far as the reminders tell."""
    reminders = connection.execute(
        select(reminder.c.visit_id, reminder.c.answer, reminder.c.state).where(
            reminder.c.visit_id.in_(listed(row.id for row in late))
        )
    )
    answers: dict[int, set[str]] = defaultdict(set)
    told: set[int] = set()
    for row in reminders:
        if row.answer:
            answers[row.visit_id].add(row.answer)
        if row.state == ReminderState.RELEASED:
            told.add(row.visit_id)
    reached = select(caregiver.c.person_id).where(
        caregiver.c.person_id.in_(listed(row.person_id for row in late))
    )
    with_phone = set(connection.scalars(reached))
    return {
        row.id: _reason(answers[row.id], row.id in told, row.person_id in with_phone)
        for row in late
    }


def _reason(answers: set[str], told: bool, has_phone: bool) -> Silence:
    said = next((one for one in _GRAVEST if one in answers), None)
    if said is not None:
        return Silence(said.value)
    if told:
        return Silence.UNANSWERED
    return Silence.NOT_TOLD if has_phone else Silence.NO_PHONE


def take_off_list(
    connection: Connection, decisions: Sequence[Decision], now: datetime, today: date
) -> None:
    """Close the entries of those whom these decisions find seen, gone or expected on another day;
    in the transaction of the plan."""
    ended: dict[Outcome, list[tuple[int, str]]] = defaultdict(list)
    for one in decisions:
        outcome = _outcome(one, today)
        if outcome is not None:
            ended[outcome].append((one.person.id, one.calendar.value))
    for outcome, keys in ended.items():
        connection.execute(
            update(defaulter)
            .where(
                tuple_(defaulter.c.person_id, defaulter.c.calendar).in_(keys),
                defaulter.c.closed_at.is_(None),
            )
            .values(closed_at=now, outcome=outcome)
        )


def _outcome(one: Decision, today: date) -> Outcome | None:
    if one.visit is None:
        return None
    if one.seen or one.closing is VisitState.DONE:
        return Outcome.SEEN
    if one.closing is VisitState.DROPPED:
        return Outcome.DROPPED
    postponed = one.closing is None and one.outlook is not None and one.outlook.day >= today
    return Outcome.MOVED_ON if postponed and one.visit.day < today else None
