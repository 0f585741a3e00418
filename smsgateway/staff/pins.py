"""Proving that it is the worker who dials: a PIN, three tries, then a lock.

Many sessions at once have three tries between them, and not each: a try is counted *before* the
secret is compared, and the worker's row is held until the caller commits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from smsgateway.register.tables import facility, phone
from smsgateway.staff import audit
from smsgateway.staff.hashing import hash_secret, matches
from smsgateway.staff.roles import Role
from smsgateway.staff.tables import pin_attempt, staff

MAX_TRIES = 3

_EASY = frozenset({"1234", "4321", "0123", "2580", "1122", "1212"})
"""PINs that people choose most, besides four equal digits and years."""


@dataclass(frozen=True)
class Staff:
    """A worker who has proved to be one."""

    id: int
    name: str
    facility_id: int
    facility_name: str
    role: Role


@dataclass(frozen=True)
class Verified:
    """The secret was right."""

    staff: Staff


@dataclass(frozen=True)
class WrongPin:
    """The secret was wrong; `left` tries remain."""

    left: int


@dataclass(frozen=True)
class PinLocked:
    """No try is left: an operator has to unlock the worker."""


@dataclass(frozen=True)
class NotStaff:
    """This phone has nothing of the kind to prove."""


Verdict = Verified | WrongPin | PinLocked | NotStaff


class Standing(StrEnum):
    """What a worker's phone can do next."""

    READY = "ready"
    """There is a PIN to ask for."""
    INVITED = "invited"
    """There is an invitation, and a PIN to be chosen."""
    LOCKED = "locked"


_WORKERS = select(staff, facility.c.name.label("facility_name")).join_from(
    staff, facility, facility.c.id == staff.c.facility_id
)


def too_easy(pin: str) -> bool:
    """Whether a PIN would be among the first three guesses of anybody: 1234, 0000, 1984."""
    return pin in _EASY or len(set(pin)) == 1 or pin[:2] in {"19", "20"}


def standing(connection: Connection, msisdn: str, now: datetime) -> Standing | None:
    """What the worker on this phone can do next; None when there is no worker or no way in."""
    worker = _worker(connection, msisdn)
    if worker is None:
        return None
    if worker.locked_at is not None:
        return Standing.LOCKED
    if worker.pin_hash is not None:
        return Standing.READY
    invited = worker.invite_hash is not None and worker.invite_expires_at > now
    return Standing.INVITED if invited else None


def verify(
    connection: Connection, msisdn: str, pin: str, now: datetime, idempotency_key: str
) -> Verdict:
    """Try a PIN. The caller commits before it answers; the same key is told the same again."""
    worker = _worker(connection, msisdn, lock=True)
    if worker is None or worker.pin_hash is None:
        return NotStaff()
    return _try(connection, worker, worker.pin_hash, pin, now, idempotency_key)


def choose(
    connection: Connection, msisdn: str, code: str, pin: str, now: datetime, idempotency_key: str
) -> Verdict:
    """Set the first PIN with the one-time code of an invitation; wrong codes count as tries.

    Raises ValueError unless `pin` is four digits, which the dialogue has made sure of.
    """
    if not re.fullmatch(r"[0-9]{4}", pin):
        raise ValueError("a PIN has four digits")
    worker = _worker(connection, msisdn, lock=True)
    if worker is None:
        return NotStaff()
    if worker.invite_hash is None or worker.invite_expires_at <= now:
        return _told_before(connection, worker, idempotency_key) or NotStaff()
    verdict = _try(connection, worker, worker.invite_hash, code, now, idempotency_key)
    if isinstance(verdict, Verified):
        connection.execute(
            update(staff)
            .where(staff.c.id == worker.id)
            .values(pin_hash=hash_secret(pin), invite_hash=None, invite_expires_at=None)
        )
        audit.record(connection, "pin.chosen", now, staff_id=worker.id)
    return verdict


def _worker(connection: Connection, msisdn: str, *, lock: bool = False) -> Row[Any] | None:
    """The worker on this phone. `lock` puts parallel tries in a line until the caller commits; on
    SQLite its writing transaction does so by itself."""
    query = _WORKERS.join(phone, phone.c.id == staff.c.phone_id).where(phone.c.msisdn == msisdn)
    if lock:
        query = query.with_for_update(of=staff)
    return connection.execute(query).one_or_none()


def _try(
    connection: Connection,
    worker: Row[Any],
    hashed: str,
    secret: str,
    now: datetime,
    idempotency_key: str,
) -> Verdict:
    """Count a try, then compare."""
    if told := _told_before(connection, worker, idempotency_key):
        return told
    failures = connection.execute(
        update(staff)
        .where(
            staff.c.id == worker.id,
            staff.c.locked_at.is_(None),
            staff.c.pin_failures < MAX_TRIES,
        )
        .values(pin_failures=staff.c.pin_failures + 1)
        .returning(staff.c.pin_failures)
    ).scalar()
    if failures is None:
        return PinLocked()
    right = matches(hashed, secret)
    left = MAX_TRIES if right else MAX_TRIES - failures
    connection.execute(
        insert(pin_attempt),
        {
            "idempotency_key": idempotency_key,
            "staff_id": worker.id,
            "right": right,
            "left": left,
            "at": now,
        },
    )
    _settle(connection, worker.id, right, left, now)
    return _verdict(worker, right, left)


def _settle(connection: Connection, staff_id: int, right: bool, left: int, now: datetime) -> None:
    """A right answer gives all tries back; the last wrong one locks."""
    if right:
        values: dict[str, Any] = {"pin_failures": 0}
        audit.record(connection, "pin.verified", now, staff_id=staff_id)
    elif left == 0:
        values = {"locked_at": now}
        audit.record(connection, "pin.locked", now, subject=f"staff:{staff_id}")
    else:
        return
    connection.execute(update(staff).where(staff.c.id == staff_id).values(values))


def _told_before(connection: Connection, worker: Row[Any], key: str) -> Verdict | None:
    """What an earlier copy of this callback was told."""
    query = select(pin_attempt.c.right, pin_attempt.c.left)
    row = connection.execute(
        query.where(pin_attempt.c.idempotency_key == key, pin_attempt.c.staff_id == worker.id)
    ).one_or_none()
    return _verdict(worker, row.right, row.left) if row else None


def _verdict(worker: Row[Any], right: bool, left: int) -> Verdict:
    if right:
        role = Role(worker.role)
        return Verified(
            Staff(worker.id, worker.name, worker.facility_id, worker.facility_name, role)
        )
    return WrongPin(left) if left else PinLocked()
