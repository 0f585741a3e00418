"""Pausing a way out: a channel that refuses everything is left alone, and nothing is burnt on it.

A pause without an end (bad credentials, a refused sender id) waits for a person; a start of the
sending worker tries again, because that is when settings are read. The others end by themselves,
and the next call finds out whether the gateway is well again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from smsgateway.messaging.port import ChannelClosed, Misconfigured, OutOfCredit
from smsgateway.messaging.tables import channel
from smsgateway.storage.upsert import insert_new

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)
BALANCE_PAUSE = timedelta(minutes=15)
"""How often an empty account is tried again."""

_MOST_DOUBLINGS = 10


def is_open(connection: Connection, name: str, now: datetime) -> bool:
    """Whether messages may be handed over to this channel now."""
    paused = select(channel.c.name).where(
        channel.c.name == name,
        channel.c.paused_at.is_not(None),
        or_(channel.c.resumes_at.is_(None), channel.c.resumes_at > now),
    )
    return connection.scalar(paused) is None


def pause(connection: Connection, name: str, refusal: ChannelClosed, now: datetime) -> None:
    """Close a channel after a call that was refused as a whole, for as long as `refusal` asks."""
    connection.execute(insert_new(connection, channel), {"name": name})
    failures: int = connection.execute(
        update(channel)
        .where(channel.c.name == name)
        .values(failures=channel.c.failures + 1)
        .returning(channel.c.failures)
    ).scalar_one()
    length = _length(refusal, failures)
    connection.execute(
        update(channel)
        .where(channel.c.name == name)
        .values(
            paused_at=now,
            paused_reason=refusal.reason,
            resumes_at=None if length is None else now + length,
        )
    )
    if isinstance(refusal, Misconfigured | OutOfCredit):
        logger.error("channel %s is paused: %s; a person has to act", name, refusal.reason)
    else:
        logger.warning("channel %s is paused for %s: %s", name, length, refusal.reason)


def resume(connection: Connection, name: str) -> None:
    """Open a channel again, after a call that was taken or by hand."""
    connection.execute(
        update(channel)
        .where(channel.c.name == name)
        .values(paused_at=None, paused_reason=None, resumes_at=None, failures=0)
    )


def resume_misconfigured(connection: Connection) -> None:
    """Try again what waited for a person: called when settings have just been read."""
    connection.execute(
        update(channel)
        .where(channel.c.paused_at.is_not(None), channel.c.resumes_at.is_(None))
        .values(paused_at=None, paused_reason=None, failures=0)
    )


def _length(refusal: ChannelClosed, failures: int) -> timedelta | None:
    """How long to leave the gateway alone: doubled with each failure in a row, up to a limit."""
    if isinstance(refusal, Misconfigured):
        return None
    if isinstance(refusal, OutOfCredit):
        return BALANCE_PAUSE
    doubled = FIRST_PAUSE * (1 << min(failures - 1, _MOST_DOUBLINGS))
    return max(min(doubled, LONGEST_PAUSE), refusal.retry_after or timedelta())
