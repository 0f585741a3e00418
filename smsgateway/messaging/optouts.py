"""STOP and START: what a phone wants, and what follows for messages that wait for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from smsgateway.messaging.outbox import cancel_for_phone
from smsgateway.register import phones
from smsgateway.register.phones import NO_DOUBT


def stop(
    connection: Connection,
    msisdn: str,
    now: datetime,
    *,
    said_at: datetime | None = None,
    doubt: timedelta = NO_DOUBT,
) -> bool:
    """Take down that a phone wants no messages, and cancel those that wait for it.

    Answers to its user still go out. It holds until `start`, whatever else the phone sends. One
    that was delayed, and said more than `doubt` before a START that is known, changes nothing:
    False.
    """
    phone_id = phones.ensure_phone(connection, msisdn, now)
    holds = phones.opt_out(connection, msisdn, now, said_at=said_at, doubt=doubt)
    if holds:
        cancel_for_phone(connection, phone_id, now)
    return holds


def start(
    connection: Connection, msisdn: str, now: datetime, *, said_at: datetime | None = None
) -> bool:
    """Take messages up again; what was cancelled stays cancelled. False when the phone has refused
    them since `said_at`."""
    return phones.opt_in(connection, msisdn, now, said_at=said_at)
