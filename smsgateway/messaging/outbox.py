"""The outbox: messages go in once, wait for their time, and can be stopped until they are taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from smsgateway.gateway_settings import MAIN_CHANNEL
from smsgateway.messaging.classes import TREATMENT, MessageClass, lane
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.messaging.transitions import Change, move, move_where, record
from smsgateway.storage.bulk import insert_rows
from smsgateway.storage.listed import listed
from smsgateway.storage.upsert import insert_new
from smsgateway.text.templates import Rendered

WAITING = (State.PLANNED, State.QUEUED)
"""States from which a message can still be stopped."""

REPLY_LIFETIME = timedelta(days=1)
"""An answer that is older than this answers nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """One SMS to write into the outbox.

    `dedupe_key` names the event that it tells of: a second message with the same key is not
    written. `body` is folded, as it goes on the wire. It is sent from `due_at` on, and never at
    or after `expires_at`.
    """

    dedupe_key: str
    message_class: MessageClass | str
    phone_id: int
    msisdn: str
    language: str
    template: str
    body: str
    encoding: str
    segments: int
    due_at: datetime
    expires_at: datetime
    campaign_id: int | None = None
    facility_id: int | None = None
    channel: str = MAIN_CHANNEL


BY_HAND = "send:"
"""How the keys of messages begin that a person has sent by a command: replies by their haste alone,
since nobody has asked for them."""


def reply(
    rendered: Rendered,
    *,
    dedupe_key: str,
    phone_id: int,
    msisdn: str,
    language: str,
    template: str,
    now: datetime,
) -> NewMessage:
    """An answer to somebody who is waiting for it: due at once, good for a day."""
    return NewMessage(
        dedupe_key=dedupe_key,
        message_class=MessageClass.REPLY,
        phone_id=phone_id,
        msisdn=msisdn,
        language=language,
        template=template,
        body=rendered.body,
        encoding=rendered.encoding,
        segments=rendered.segments,
        due_at=now,
        expires_at=now + REPLY_LIFETIME,
    )


def add(connection: Connection, messages: Sequence[NewMessage], now: datetime) -> list[int]:
    """Write `messages`. Returns the ids of those that are new; known `dedupe_key`s are skipped.

    One that is due later is `planned` until its time comes. Nothing is sent before the caller's
    transaction is committed and the bell rung; without a bell the clock finds it.
    """
    if not messages:
        return []
    new = insert_new(connection, message).returning(message.c.id, message.c.state)
    rows = insert_rows(connection, new, [_row(one, now) for one in messages]).all()
    record(connection, (Change(row.id, None, State(row.state)) for row in rows), now)
    return [row.id for row in rows]


def _row(new: NewMessage, now: datetime) -> dict[str, Any]:
    message_class = MessageClass(new.message_class)
    return {
        "dedupe_key": new.dedupe_key,
        "message_class": message_class,
        "lane": lane(message_class, new.campaign_id),
        "channel": new.channel,
        "phone_id": new.phone_id,
        "msisdn": new.msisdn,
        "language": new.language,
        "template": new.template,
        "body": new.body,
        "encoding": new.encoding,
        "segments": new.segments,
        "state": State.PLANNED if new.due_at > now else State.QUEUED,
        "due_at": new.due_at,
        "expires_at": new.expires_at,
        "campaign_id": new.campaign_id,
        "facility_id": new.facility_id,
        "created_at": now,
    }


def queue_due(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Queue the planned messages whose time has come; their ids."""
    return move_where(
        connection,
        State.PLANNED,
        State.QUEUED,
        now,
        message.c.due_at <= now,
        message.c.expires_at > now,
        limit=limit,
    )


def expire_waiting(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Expire what was not sent within its window, even while its channel is paused."""
    return [
        one
        for state in WAITING
        for one in move_where(
            connection,
            state,
            State.EXPIRED,
            now,
            message.c.expires_at <= now,
            limit=limit,
            reason="too_late",
        )
    ]


def cancel_for_phone(
    connection: Connection, phone_id: int, now: datetime, *, reason: str = "opted_out"
) -> list[int]:
    """Stop everything that waits for a phone, but the answers to its user; the ids."""
    stoppable = [one for one in MessageClass if TREATMENT[one].heeds_opt_out]
    return _cancel(
        connection,
        now,
        reason,
        message.c.phone_id == phone_id,
        or_(message.c.message_class.in_(stoppable), message.c.dedupe_key.startswith(BY_HAND)),
    )


def cancel(
    connection: Connection, ids: Collection[int], now: datetime, *, reason: str
) -> list[int]:
    """Stop those of `ids` that still wait; their ids. A message already taken is not stopped."""
    return _cancel(connection, now, reason, message.c.id.in_(listed(ids)))


def _cancel(
    connection: Connection, now: datetime, reason: str, *conditions: ColumnElement[bool]
) -> list[int]:
    """Waits for a row that another process holds: nothing that should stop is passed over."""
    ids = connection.scalars(
        select(message.c.id)
        .where(message.c.state.in_(WAITING), *conditions)
        .order_by(message.c.id)
        .with_for_update()
    ).all()
    return [
        one
        for state in WAITING
        for one in move(connection, ids, state, State.CANCELLED, now, reason=reason)
    ]
