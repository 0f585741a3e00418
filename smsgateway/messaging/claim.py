"""Taking messages to hand over: each is held by one worker, under a lease.

What has expired, was refused by its phone or must wait for the morning is sorted out here, at the
last moment, so that a STOP holds for whatever was queued before it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, exists, or_, update

from smsgateway.calendars.hours import Hours
from smsgateway.messaging.classes import TREATMENT, MessageClass, Treatment
from smsgateway.messaging.due import due_rows
from smsgateway.messaging.hours import Opening, Openings, SendingHours
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.messaging.transitions import move
from smsgateway.register.tables import phone
from smsgateway.storage.listed import listed

LEASE = timedelta(minutes=5)
"""How long a worker may hold messages that it has not begun to hand over."""

CLAIM_LIMIT = 500
"""Rows in one transaction."""


_parsed = lru_cache(maxsize=256)(Hours.parse)

_HEEDING = [one for one in MessageClass if TREATMENT[one].heeds_opt_out]

_opted_out = exists().where(phone.c.id == message.c.phone_id, phone.c.opted_out_at.is_not(None))


@dataclass(frozen=True, slots=True)
class Held:
    """A message in the hands of a worker. `closes_at` is when its sending hours end, if it keeps
    any: a mark that comes later finds it closed."""

    id: int
    message_class: MessageClass
    msisdn: str
    body: str
    segments: int
    closes_at: datetime | None = None

    def may_go(self, moment: datetime) -> bool:
        """Whether it may still be handed over."""
        return self.closes_at is None or moment < self.closes_at


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim took. `seen` counts the due rows it looked at: none when nothing is due."""

    lease: str
    messages: tuple[Held, ...]
    seen: int


def new_lease() -> str:
    """A name for what one worker takes in one go."""
    return uuid.uuid4().hex


def claim(
    connection: Connection,
    channel: str,
    now: datetime,
    hours: SendingHours,
    *,
    lease: str | None = None,
    ids: Collection[int] | None = None,
    limit: int = CLAIM_LIMIT,
) -> Claim:
    """Take up to `limit` due messages of `channel`, of `ids` alone when they are given.

    The caller commits before it makes any call.
    """
    rows = due_rows(connection, channel, now, limit, ids)
    sorted_out = _sort_out(rows, now, _openings(connection, rows, now, hours))
    for (state, reason), those in sorted_out.ended.items():
        move(connection, those, State.QUEUED, state, now, reason=reason)
    for opening, those in sorted_out.postponed.items():
        connection.execute(
            update(message).where(message.c.id.in_(listed(those))).values(due_at=opening)
        )
    lease = lease or new_lease()
    taken = set(
        move(
            connection,
            [one.id for one in sorted_out.ready],
            State.QUEUED,
            State.SUBMITTING,
            now,
            values={"lease": lease, "lease_until": now + LEASE, "call_began_at": None},
        )
    )
    held = tuple(one for one in sorted_out.ready if one.id in taken)
    return Claim(lease, held, len(rows))


def begin_call(
    connection: Connection, lease: str, held: Sequence[Held], now: datetime
) -> frozenset[int]:
    """Write the mark that says: from here on these may have left. Commit before the call.

    Returns the ids that may be sent. A claim of many may be minutes old by now, so left out are
    those whose lease has run out, which the recovery may give to another, and those that have
    expired, were refused by a STOP or met the closing since; the next claim sorts these out.
    """
    open_now = [one.id for one in held if one.may_go(now)]
    return frozenset(
        connection.scalars(
            update(message)
            .where(
                message.c.id.in_(listed(open_now)),
                message.c.lease == lease,
                message.c.lease_until > now,
                message.c.expires_at > now,
                message.c.state == State.SUBMITTING,
                message.c.call_began_at.is_(None),
                or_(message.c.message_class.not_in(_HEEDING), ~_opted_out),
            )
            .values(
                call_began_at=now,
                lease_until=now + LEASE,
                attempts=message.c.attempts + 1,
            )
            .returning(message.c.id)
        )
    )


def give_back(connection: Connection, lease: str, ids: Sequence[int], now: datetime) -> None:
    """Put messages whose call was not begun back into the queue, for whoever comes next."""
    move(
        connection,
        ids,
        State.SUBMITTING,
        State.QUEUED,
        now,
        message.c.lease == lease,
        message.c.call_began_at.is_(None),
        reason="handed_back",
        values={"lease": None, "lease_until": None},
    )


def take_back(connection: Connection, lease: str, ids: Sequence[int], now: datetime) -> None:
    """Put messages that were marked back into the queue, by the worker that marked them and then
    made no call for them: nobody else could know that."""
    move(
        connection,
        ids,
        State.SUBMITTING,
        State.QUEUED,
        now,
        message.c.lease == lease,
        reason="handed_back",
        values={
            "lease": None,
            "lease_until": None,
            "call_began_at": None,
            "attempts": message.c.attempts - 1,
        },
    )


@dataclass(slots=True)
class _SortedOut:
    ready: list[Held]
    ended: dict[tuple[State, str], list[int]]
    postponed: dict[datetime, list[int]]


def _openings(
    connection: Connection, rows: Sequence[Row[Any]], now: datetime, hours: SendingHours
) -> Openings:
    """When each of the facilities opens, closed days looked at; without a statement where all that
    is due keeps no hours."""
    places = {row.facility_id for row in rows if _treatment(row).keeps_hours}
    return hours.openings(connection, places, now) if places else Openings(hours, {})


def _sort_out(rows: Sequence[Row[Any]], now: datetime, openings: Openings) -> _SortedOut:
    """Which of the due rows go now, which end here, and which wait for an opening."""
    result = _SortedOut([], defaultdict(list), defaultdict(list))
    for row in rows:
        treatment = _treatment(row)
        opening = _opening(row, now, openings) if treatment.keeps_hours else None
        if row.expires_at <= now:
            result.ended[State.EXPIRED, "too_late"].append(row.id)
        elif treatment.heeds_opt_out and row.opted_out_at is not None:
            result.ended[State.CANCELLED, "opted_out"].append(row.id)
        elif opening is not None and opening.begins > now:
            result.postponed[opening.begins].append(row.id)
        else:
            result.ready.append(_held(row, opening))
    return result


def _treatment(row: Row[Any]) -> Treatment:
    return TREATMENT[row.message_class]


def _opening(row: Row[Any], now: datetime, openings: Openings) -> Opening:
    own = _parsed(row.sending_hours) if row.sending_hours else None
    return openings.next(now, row.facility_id, own)


def _held(row: Row[Any], opening: Opening | None) -> Held:
    return Held(
        id=row.id,
        message_class=MessageClass(row.message_class),
        msisdn=row.msisdn,
        body=row.body,
        segments=row.segments,
        closes_at=opening.ends if opening else None,
    )
