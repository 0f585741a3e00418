"""Another way out: for what waits while a channel stays closed, and for whom it has no route to.

Only messages that are queued are moved: those are proved not to have been accepted. What may have
been sent is never sent a second way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, update

from smsgateway.messaging import channels
from smsgateway.messaging.channels import Standing
from smsgateway.messaging.due import due_rows
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.storage.listed import listed

LIMIT = 500
"""Messages in one transaction."""


def divert(connection: Connection, channel: str, other: str, now: datetime) -> list[int]:
    """Give up to LIMIT due messages of a channel that stays closed to an `other` that is open.

    Their ids; none when the channel may soon be well, or the other is closed too.
    """
    if not channels.needs_fallback(connection, channel, now):
        return []
    if channels.standing(connection, other, now) is not Standing.OPEN:
        return []
    ids = [row.id for row in due_rows(connection, channel, now, LIMIT, None)]
    moved = connection.scalars(
        update(message)
        .where(message.c.id.in_(ids), message.c.state == State.QUEUED)
        .values(channel=other, reason="fallback")
        .returning(message.c.id)
    )
    return list(moved)


def reroute(
    connection: Connection, channel: str, other: str, ids: Sequence[int], now: datetime
) -> list[int]:
    """Give those of `ids` that a channel is waiting to try again to an `other` that is open, at
    once; their ids. For recipients of whom the gateway said that it has no route to them."""
    if channels.standing(connection, other, now) is not Standing.OPEN:
        return []
    moved = connection.scalars(
        update(message)
        .where(
            message.c.id.in_(listed(ids)),
            message.c.channel == channel,
            message.c.state == State.QUEUED,
        )
        .values(channel=other, due_at=now, reason="fallback")
        .returning(message.c.id)
    )
    return list(moved)
