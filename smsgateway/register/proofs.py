"""The second fact a caller has to know, and the lock after too many that were wrong.

A phone number alone reveals nothing. A caller who fails too often waits, and is never told which
part was wrong. The count is kept in SQL, so that losing Redis does not reopen the door.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from smsgateway.register.tables import failed_proof
from smsgateway.storage.upsert import insert_new

MAX_FAILURES = 5
"""So many wrong answers within LOCK_WINDOW, and a phone is locked."""

LOCK_WINDOW = timedelta(hours=1)

recent_failures = (
    select(func.count())
    .select_from(failed_proof)
    .where(
        failed_proof.c.msisdn == bindparam("msisdn"),
        failed_proof.c.failed_at > bindparam("since"),
    )
)
"""Counts the failures of `msisdn` after `since`; look-ups take it into their one statement."""


def is_locked(connection: Connection, msisdn: str, now: datetime) -> bool:
    """Whether this phone has to wait before it may try again."""
    parameters = {"msisdn": msisdn, "since": now - LOCK_WINDOW}
    return connection.execute(recent_failures, parameters).scalar_one() >= MAX_FAILURES


def record_failure(
    connection: Connection, msisdn: str, now: datetime, idempotency_key: str
) -> None:
    """Count one failed look-up; the same key counts once however often the callback comes."""
    connection.execute(
        insert_new(connection, failed_proof),
        {"msisdn": msisdn, "failed_at": now, "idempotency_key": idempotency_key},
    )
