"""Putting right what a dead worker or a lost answer left behind.

A lease that is over belongs to nobody. If its call had not begun, the message certainly was not
sent and goes back into the queue; if it had, nobody knows, and only a receipt can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from smsgateway.failpoints import reach
from smsgateway.messaging.classes import TREATMENT, MessageClass
from smsgateway.messaging.outbox import expire_waiting, queue_due
from smsgateway.messaging.port import Reason
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.messaging.transitions import move_where
from smsgateway.storage.engine import Database

LIMIT = 1_000
"""Messages in one transaction of each kind, so that a large backlog does not block the workers."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many messages each kind of repair touched."""

    queued: int = 0
    """Planned messages whose time has come."""
    handed_back: int = 0
    unknown: int = 0
    expired: int = 0

    @property
    def sendable(self) -> bool:
        """Whether there is something new for the sending queue."""
        return bool(self.queued or self.handed_back)


def recover(database: Database, now: datetime, limit: int = LIMIT) -> Recovered:
    """One round of repairs, each in a transaction of its own; idempotent, safe in parallel."""
    with database.begin() as connection:
        queued = len(queue_due(connection, now, limit))
    reach("recovery.queued")
    with database.begin() as connection:
        handed_back = hand_back(connection, now, limit)
    reach("recovery.handed_back")
    with database.begin() as connection:
        unknown = mark_unknown(connection, now, limit)
    reach("recovery.unknown")
    with database.begin() as connection:
        expired = expire_unknown(connection, now, limit)
        expired += len(expire_waiting(connection, now, limit))
    return Recovered(queued, handed_back, unknown, expired)


def hand_back(connection: Connection, now: datetime, limit: int = LIMIT) -> int:
    """Messages of dead workers that had not begun their call go back into the queue."""
    moved = move_where(
        connection,
        State.SUBMITTING,
        State.QUEUED,
        now,
        message.c.lease_until <= now,
        message.c.call_began_at.is_(None),
        limit=limit,
        reason="lease_over",
        values={"lease": None, "lease_until": None},
    )
    return len(moved)


def mark_unknown(connection: Connection, now: datetime, limit: int = LIMIT) -> int:
    """Messages of dead workers whose call had begun wait for a receipt, for their class's window.

    They keep their lease: if the worker was only slow, its answer may still settle them.
    """
    return sum(
        len(
            move_where(
                connection,
                State.SUBMITTING,
                State.UNKNOWN,
                now,
                message.c.lease_until <= now,
                message.c.call_began_at.is_not(None),
                message.c.message_class == message_class,
                limit=limit,
                reason=Reason.ANSWER_LOST,
                values={"lease_until": now + TREATMENT[message_class].receipt_window},
            )
        )
        for message_class in MessageClass
    )


def expire_unknown(connection: Connection, now: datetime, limit: int = LIMIT) -> int:
    """Ambiguous sends that no receipt has settled within their window."""
    moved = move_where(
        connection,
        State.UNKNOWN,
        State.EXPIRED,
        now,
        message.c.lease_until <= now,
        limit=limit,
        reason="no_receipt",
    )
    return len(moved)
