"""A family wants no reminders about somebody any more: what waits is stopped in the same moment."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, select

from smsgateway.register import consents
from smsgateway.reminders import store
from smsgateway.reminders.states import ReminderState
from smsgateway.reminders.tables import reminder, visit
from smsgateway.staff import audit


def withdraw(
    connection: Connection,
    person_id: int,
    today: date,
    now: datetime,
    *,
    channel: str,
    staff_id: int | None = None,
) -> None:
    """Take back the consent about a person, and stop the messages about them that still wait in the
    outbox. One that speaks of other children too is written again without this one."""
    consents.withdraw(connection, person_id, today, now, channel)
    waiting = connection.scalars(
        select(reminder.c.message_id)
        .join(visit, visit.c.id == reminder.c.visit_id)
        .where(
            visit.c.person_id == person_id,
            reminder.c.state == ReminderState.RELEASED,
            reminder.c.message_id.is_not(None),
        )
    )
    store.recall(connection, set(waiting), now)
    audit.record(
        connection,
        "consent.withdrawn",
        now,
        staff_id=staff_id,
        subject=f"person:{person_id}",
        details={"channel": channel},
    )
