"""Conversations by SMS: one a phone, kept in SQL, for a day after its last reply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Delete, Update, delete, select, update

from smsgateway.dialogue.session import Session
from smsgateway.messaging.correspondence import Overtaken
from smsgateway.sessions.tables import conversation
from smsgateway.storage.upsert import insert_new

LIFETIME = timedelta(hours=24)
"""How long an answer may take; then the same word begins anew."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a phone stands. `step` counts its steps, so that two SMS cannot make the same one."""

    step: int
    session: Session
    said_at: datetime
    expires_at: datetime

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at


def of_phone(connection: Connection, phone_id: int) -> Conversation | None:
    """A phone's conversation, also one that is over but not yet removed."""
    row = connection.execute(
        select(conversation).where(conversation.c.phone_id == phone_id)
    ).one_or_none()
    if row is None:
        return None
    return Conversation(row.step, Session.unpack(row.state), row.said_at, row.expires_at)


def go_on(
    connection: Connection,
    phone_id: int,
    before: Conversation | None,
    session: Session | None,
    now: datetime,
) -> None:
    """Put `session` in the place of `before`; None ends the conversation. Raises Overtaken."""
    if session is None:
        changed = before is None or _matches(connection, delete(conversation), phone_id, before)
    else:
        values = {
            "state": session.pack(),
            "step": before.step + 1 if before else 1,
            "said_at": now,
            "expires_at": now + LIFETIME,
        }
        if before:
            changed = _matches(connection, update(conversation).values(values), phone_id, before)
        else:
            new = insert_new(connection, conversation).returning(conversation.c.phone_id)
            row = connection.execute(new, {"phone_id": phone_id, **values}).one_or_none()
            changed = row is not None
    if not changed:
        raise Overtaken


def _matches(
    connection: Connection, change: Update | Delete, phone_id: int, before: Conversation
) -> bool:
    """Make a change if the phone still stands where `before` says."""
    where = (
        conversation.c.phone_id == phone_id,
        conversation.c.step == before.step,
        conversation.c.said_at == before.said_at,
    )
    changed = connection.execute(change.where(*where).returning(conversation.c.phone_id))
    return changed.one_or_none() is not None


def leave(connection: Connection, phone_id: int) -> None:
    """End a phone's conversation."""
    connection.execute(delete(conversation).where(conversation.c.phone_id == phone_id))


def forget_ended(connection: Connection, now: datetime) -> int:
    """Remove conversations that are over; how many."""
    return connection.execute(delete(conversation).where(conversation.c.expires_at <= now)).rowcount
