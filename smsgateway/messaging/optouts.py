"""STOP and START: what a phone wants, and what follows for messages that wait for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from smsgateway.messaging.outbox import cancel_for_phone
from smsgateway.register import phones


def stop(
    connection: Connection, msisdn: str, now: datetime, *, said_at: datetime | None = None
) -> None:
    """Take down that a phone wants no messages, and cancel those that wait for it.

    Answers to its user still go out. It holds until `start`, whatever else the phone sends. One
    that was delayed, and said before a START that is known, changes nothing.
    """
    phone_id = phones.ensure_phone(connection, msisdn, now)
    if phones.opt_out(connection, msisdn, now, said_at=said_at):
        cancel_for_phone(connection, phone_id, now)


def start(
    connection: Connection, msisdn: str, now: datetime, *, said_at: datetime | None = None
) -> bool:
    """Take messages up again; what was cancelled stays cancelled. False when the phone has refused
    them since it said so."""
    return phones.opt_in(connection, msisdn, now, said_at=said_at)
