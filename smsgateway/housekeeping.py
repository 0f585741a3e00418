"""What is forgotten, and when: raw payloads, and what guards against repetition for a while only.

Everything here has had its effect elsewhere: a receipt on its message and the message's history, an
SMS in its answer. What people have agreed to, were told or have done is not kept house with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, select

from smsgateway.messaging.tables import delivery_report, inbound_message, unread_callback
from smsgateway.register.tables import failed_proof
from smsgateway.sessions.tables import dialogue_step
from smsgateway.settings import Settings
from smsgateway.staff.tables import pin_attempt
from smsgateway.storage.engine import Database

BATCH = 1_000
"""Rows in one transaction: others wait for it for some milliseconds."""

MOST_BATCHES = 20
"""For each table in one round; what is left waits for the next."""

GoOn = Callable[[], bool]
"""Answers False when the process has been asked to stop."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long the rows of a table are kept after `moment`.

    `order` is a column with an index by which the oldest rows stand first, but for a few: so that
    a round reads a batch and never the table.
    """

    table: Table
    moment: Column[Any]
    order: Column[Any]
    kept: timedelta


def keepings(settings: Settings) -> Sequence[Keeping]:
    """Each table that forgets, with its time."""
    raw = timedelta(days=settings.raw_kept_days)
    steps = timedelta(days=settings.steps_kept_days)
    report, inbound, unread = delivery_report.c, inbound_message.c, unread_callback.c
    return (
        Keeping(delivery_report, report.received_at, report.id, raw),
        Keeping(inbound_message, inbound.received_at, inbound.id, raw),
        Keeping(unread_callback, unread.received_at, unread.id, raw),
        Keeping(dialogue_step, dialogue_step.c.created_at, dialogue_step.c.id, steps),
        Keeping(failed_proof, failed_proof.c.failed_at, failed_proof.c.id, steps),
        Keeping(pin_attempt, pin_attempt.c.at, pin_attempt.c.at, steps),
    )


def tidy(database: Database, settings: Settings, now: datetime, go_on: GoOn) -> int:
    """Forget what has been kept long enough, in small transactions; how many rows."""
    return sum(sum(_batches(database, one, now, go_on)) for one in keepings(settings))


def _batches(database: Database, keeping: Keeping, now: datetime, go_on: GoOn) -> Iterator[int]:
    for _ in range(MOST_BATCHES):
        if not go_on():
            return
        with database.begin() as connection:
            forgotten = _forget(connection, keeping, now)
        yield forgotten
        if forgotten < BATCH:
            return


def _forget(connection: Connection, keeping: Keeping, now: datetime) -> int:
    (key,) = keeping.table.primary_key
    oldest = select(key).order_by(keeping.order).limit(BATCH)
    over = keeping.moment < now - keeping.kept
    return connection.execute(delete(keeping.table).where(key.in_(oldest), over)).rowcount


def overdue_since(connection: Connection, settings: Settings, now: datetime) -> datetime | None:
    """Since when the row that is longest overdue should be gone; None when nothing is."""
    ends = []
    for one in keepings(settings):
        oldest = connection.scalar(select(one.moment).order_by(one.order).limit(1))
        if oldest is not None and oldest + one.kept < now:
            ends.append(oldest + one.kept)
    return min(ends, default=None)
