"""Writing plans: visits and reminders of many people in a few statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Connection, bindparam, case, func, insert, update

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.messaging import outbox
from smsgateway.reminders.decision import Decision
from smsgateway.reminders.diff import Diff, Wanted
from smsgateway.reminders.states import ReminderState, VisitState
from smsgateway.reminders.tables import reminder, visit
from smsgateway.storage.bulk import insert_rows
from smsgateway.storage.listed import listed


def recall(connection: Connection, message_ids: Collection[int], now: datetime) -> set[int]:
    """Stop those of the messages that still wait in the outbox; their ids.

    A message may speak about several children: all its reminders are planned again, which is safe
    because it can no longer be sent.
    """
    if not message_ids:
        return set()
    stopped = set(outbox.cancel(connection, message_ids, now, reason="plan_changed"))
    if stopped:
        connection.execute(
            update(reminder)
            .where(
                reminder.c.message_id.in_(listed(stopped)),
                reminder.c.state == ReminderState.RELEASED,
            )
            .values(state=ReminderState.PLANNED, message_id=None)
        )
    return stopped


def close_visits(connection: Connection, decisions: Sequence[Decision], now: datetime) -> None:
    """End the open visits that are over."""
    rows = [
        {
            "visit_id": one.visit.id,
            "state": one.closing,
            "review_on": None,
            "planned_at": now,
        }
        for one in decisions
        if one.visit is not None and one.closing is not None
    ]
    if rows:
        connection.execute(
            update(visit).where(
                visit.c.id == bindparam("visit_id"), visit.c.state == VisitState.OPEN
            ),
            rows,
        )


def open_visits(
    connection: Connection, decisions: Sequence[Decision], now: datetime
) -> dict[tuple[int, CalendarKind], int]:
    """Write the visits that begin. Returns person id and calendar -> id of the open visit, of
    everybody who has one afterwards."""
    ids = {
        (one.person.id, one.calendar): one.visit.id
        for one in decisions
        if one.visit is not None and one.closing is None
    }
    rows = [
        _visit_values(one, now)
        | {"person_id": one.person.id, "calendar": one.calendar, "state": VisitState.OPEN}
        for one in decisions
        if one.opens
    ]
    if rows:
        new = insert(visit).returning(visit.c.person_id, visit.c.calendar, visit.c.id)
        for row in insert_rows(connection, new, rows):
            ids[row.person_id, CalendarKind(row.calendar)] = row.id
    return ids


def update_visits(
    connection: Connection,
    decisions: Sequence[Decision],
    diffs: Mapping[int, Diff],
    now: datetime,
    today: date,
) -> None:
    """Bring the visits that stay open up to date."""
    rows = []
    for one in decisions:
        if one.visit is None or one.outlook is None or one.opens:
            continue
        visit_id, occurrence = one.visit.id, one.visit.occurrence
        spoken = [number for number, _ in diffs[visit_id].new]
        values = _visit_values(one, now) | {
            "came_on": today if one.seen else None,
            "late": one.outlook.day < today,
        }
        rows.append({"visit_id": visit_id, "occurrence": max([occurrence, *spoken])} | values)
    if rows:
        seen = func.coalesce(visit.c.seen_on, bindparam("came_on", type_=visit.c.seen_on.type))
        escalated = case((bindparam("late", type_=Boolean()), visit.c.escalated_at))
        connection.execute(
            update(visit)
            .where(visit.c.id == bindparam("visit_id"))
            .values(seen_on=seen, escalated_at=escalated),
            rows,
        )


def _visit_values(one: Decision, now: datetime) -> dict[str, Any]:
    assert one.outlook is not None
    return {
        "facility_id": one.facility_id,
        "visit_date": one.outlook.day,
        "doses": ",".join(one.outlook.doses),
        "review_on": one.outlook.review_on,
        "made_with": one.made_with,
        "planned_at": now,
    }


def write_reminders(connection: Connection, diffs: Sequence[tuple[int, Diff]]) -> None:
    """Write what differs, by visit id. A reminder that was released meanwhile stays as it is."""
    new = [
        {"visit_id": visit_id, "occurrence": occurrence, "state": ReminderState.PLANNED}
        | _reminder_values(wish)
        | {"rule": wish.rule, "phone_id": wish.phone_id}
        for visit_id, diff in diffs
        for occurrence, wish in diff.new
    ]
    if new:
        insert_rows(connection, insert(reminder), new)
    changed = [
        {"reminder_id": reminder_id, "state": ReminderState.PLANNED, "reason": None}
        | _reminder_values(wish)
        for _, diff in diffs
        for reminder_id, wish in diff.changed
    ]
    if changed:
        connection.execute(_unreleased(), changed)
    cancelled = [
        {"reminder_id": reminder_id, "state": ReminderState.CANCELLED, "reason": why}
        for _, diff in diffs
        for reminder_id, why in diff.cancelled
    ]
    if cancelled:
        connection.execute(_unreleased(), cancelled)


def _unreleased() -> Any:
    return update(reminder).where(
        reminder.c.id == bindparam("reminder_id"), reminder.c.state != ReminderState.RELEASED
    )


def _reminder_values(wish: Wanted) -> dict[str, Any]:
    return {
        "visit_date": wish.visit_date,
        "due_at": wish.window.due_at,
        "expires_at": wish.window.expires_at,
    }
