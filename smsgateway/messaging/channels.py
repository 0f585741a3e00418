"""Pausing a way out: a channel that refuses everything is left alone, and nothing is burnt on it.

A pause without an end (bad credentials, a refused sender id) waits for a person; a start of the
sending worker tries again, because that is when settings are read. The others end by themselves,
and the next call finds out whether the gateway is well again. What a person has paused, a person
resumes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, select, update

from smsgateway.messaging.port import ChannelClosed, Misconfigured, OutOfCredit
from smsgateway.messaging.tables import channel
from smsgateway.storage.upsert import insert_new

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)
FAILURES_BEFORE_FALLBACK = 3

BALANCE_PAUSE = timedelta(minutes=15)
"""How often an empty account is tried again."""

_MOST_DOUBLINGS = 10

BY_HAND = "by_hand"
"""The reason of a pause that a person made."""

_not_by_hand = channel.c.paused_reason.is_distinct_from(BY_HAND)


class Standing(StrEnum):
    """Whether messages may be handed over to a channel."""

    OPEN = "open"
    PROBING = "probing"
    """One message may find out whether the gateway is well again."""
    CLOSED = "closed"


def standing(connection: Connection, name: str, now: datetime) -> Standing:
    """How the channel stands at `now`."""
    row = connection.execute(select(channel).where(channel.c.name == name)).one_or_none()
    if row is None or row.paused_at is None:
        return Standing.OPEN
    if row.resumes_at is None or row.resumes_at > now:
        return Standing.CLOSED
    return Standing.PROBING


def pause(
    connection: Connection, name: str, refusals: Sequence[ChannelClosed], now: datetime
) -> None:
    """Close a channel after calls that were refused as a whole; the gravest refusal decides."""
    gravest = max(refusals, key=_gravity)
    connection.execute(insert_new(connection, channel), {"name": name})
    failures: int = connection.execute(
        update(channel)
        .where(channel.c.name == name)
        .values(failures=channel.c.failures + 1)
        .returning(channel.c.failures)
    ).scalar_one()
    length = _length(gravest, failures)
    connection.execute(
        update(channel)
        .where(channel.c.name == name, _not_by_hand)
        .values(
            paused_at=now,
            paused_reason=gravest.reason,
            resumes_at=None if length is None else now + length,
        )
    )
    if _gravity(gravest):
        logger.error("channel %s is paused, somebody has to act: %s", name, gravest.reason)
    else:
        logger.warning("channel %s is paused for %s: %s", name, length, gravest.reason)


def prove_well(connection: Connection, name: str) -> None:
    """A call was answered: forget the failures of a channel that had some."""
    _reopen(connection, channel.c.name == name, channel.c.paused_at.is_not(None), _not_by_hand)


def resume_misconfigured(connection: Connection) -> None:
    """Try again what waited for a person: called when settings have just been read, so the remedy
    by hand is to put the settings right and start the sending worker anew."""
    waits = (channel.c.paused_at.is_not(None), channel.c.resumes_at.is_(None))
    _reopen(connection, *waits, _not_by_hand)


def pause_by_hand(connection: Connection, name: str, now: datetime) -> None:
    """Let nothing more through a channel until `resume`."""
    connection.execute(insert_new(connection, channel), {"name": name})
    connection.execute(
        update(channel)
        .where(channel.c.name == name)
        .values(paused_at=now, paused_reason=BY_HAND, resumes_at=None)
    )


def resume(connection: Connection, name: str) -> bool:
    """Open a channel, whatever had closed it; False when it was open."""
    return bool(_reopen(connection, channel.c.name == name, channel.c.paused_at.is_not(None)))


def resume_after(connection: Connection, name: str, reason: str) -> None:
    """Open a channel that is still closed for this reason."""
    _reopen(connection, channel.c.name == name, channel.c.paused_reason == reason)


def paused(connection: Connection) -> dict[str, str]:
    """The channels that are paused, and why."""
    closed = select(channel.c.name, channel.c.paused_reason).where(channel.c.paused_at.is_not(None))
    return {row.name: row.paused_reason for row in connection.execute(closed)}


def needs_fallback(connection: Connection, name: str, now: datetime) -> bool:
    """Whether a channel will stay closed: somebody has to act, or it has failed some times in a
    row. A short trouble is waited for, because a second way out costs more than a minute."""
    if standing(connection, name, now) is not Standing.CLOSED:
        return False
    row = connection.execute(select(channel).where(channel.c.name == name)).one()
    lasting = row.resumes_at is None or row.paused_reason == OutOfCredit.reason
    return lasting or row.failures >= FAILURES_BEFORE_FALLBACK


def _reopen(connection: Connection, *conditions: ColumnElement[bool]) -> list[str]:
    """Open the channels that meet the conditions; their names."""
    reopened = connection.scalars(
        update(channel)
        .where(*conditions)
        .values(paused_at=None, paused_reason=None, resumes_at=None, failures=0)
        .returning(channel.c.name)
    )
    return list(reopened)


def _gravity(refusal: ChannelClosed) -> int:
    """2 when only a person can help, 1 when only money can, 0 for what passes by itself."""
    return 2 if isinstance(refusal, Misconfigured) else int(isinstance(refusal, OutOfCredit))


def _length(refusal: ChannelClosed, failures: int) -> timedelta | None:
    """How long to leave the gateway alone: doubled with each failure in a row, up to a limit."""
    if isinstance(refusal, Misconfigured):
        return None
    if isinstance(refusal, OutOfCredit):
        return BALANCE_PAUSE
    doubled = FIRST_PAUSE * (1 << min(failures - 1, _MOST_DOUBLINGS))
    return max(min(doubled, LONGEST_PAUSE), refusal.retry_after or timedelta())
