"""Messages that waited until what they say is no longer so."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import select

from smsgateway.messaging.reminder_templates import SAY_TOMORROW
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.reminders import store
from smsgateway.settings import Settings
from smsgateway.storage.engine import Database

BATCH = 500
"""Messages in one transaction."""


def reword(database: Database, now: datetime, settings: Settings, limit: int = BATCH) -> int:
    """Take back the messages that say "tomorrow", wait in the outbox since another day and would
    be read on the wrong one; their reminders are released again in other words."""
    today = now.astimezone(settings.timezone).date()
    midnight = datetime.combine(today, time.min, settings.timezone)
    with database.begin() as connection:
        waiting = connection.scalars(
            select(message.c.id)
            .where(
                message.c.state == State.QUEUED,
                message.c.template.in_(SAY_TOMORROW),
                message.c.created_at < midnight,
            )
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        return len(store.recall(connection, waiting, now))
