"""Accounts of workers: invited, unlocked and listed by an operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from smsgateway.register.phones import ensure_phone
from smsgateway.register.tables import facility, phone
from smsgateway.staff import audit
from smsgateway.staff.hashing import hash_secret, new_code
from smsgateway.staff.roles import Role
from smsgateway.staff.tables import staff

INVITATION_LIFETIME = timedelta(days=3)


class UnknownWorker(LookupError):
    """No worker has this phone."""


class UnknownFacility(LookupError):
    """No facility has this code."""


@dataclass(frozen=True)
class Post:
    """Who somebody is and where they work. The language is that of their messages."""

    name: str
    facility_code: str
    role: Role = Role.AGENT
    language: str | None = None


@dataclass(frozen=True)
class Invitation:
    """A one-time code for a worker's phone; in clear it stands only here and in the SMS."""

    staff_id: int
    phone_id: int
    msisdn: str
    language: str | None
    facility_name: str
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class Account:
    """A worker as an operator sees them. `state` is active, locked, invited or new."""

    id: int
    name: str
    msisdn: str
    facility_code: str
    role: Role
    state: str


def invite(
    connection: Connection, msisdn: str, now: datetime, post: Post | None = None
) -> Invitation:
    """Give a worker a one-time code, with which a new PIN is chosen; the old PIN ends here.

    `post` is needed for a phone that is no worker's yet, and changes the post of one that is.
    Raises UnknownWorker and UnknownFacility.
    """
    if post is not None:
        _appoint(connection, msisdn, now, post)
    worker = connection.execute(_WORKERS.where(phone.c.msisdn == msisdn)).one_or_none()
    if worker is None:
        raise UnknownWorker("No worker has this phone: give a name and a facility.")
    code, expires_at = new_code(), now + INVITATION_LIFETIME
    connection.execute(
        update(staff)
        .where(staff.c.id == worker.id)
        .values(
            invite_hash=hash_secret(code),
            invite_expires_at=expires_at,
            pin_hash=None,
            pin_failures=0,
            locked_at=None,
        )
    )
    audit.record(connection, "staff.invited", now, subject=f"staff:{worker.id}")
    return Invitation(
        staff_id=worker.id,
        phone_id=worker.phone_id,
        msisdn=msisdn,
        language=worker.language,
        facility_name=worker.facility_name,
        code=code,
        expires_at=expires_at,
    )


def unlock(connection: Connection, msisdn: str, now: datetime) -> None:
    """Give a worker new tries with the same PIN. Raises UnknownWorker."""
    worker = connection.execute(_WORKERS.where(phone.c.msisdn == msisdn)).one_or_none()
    if worker is None:
        raise UnknownWorker("No worker has this phone.")
    connection.execute(
        update(staff).where(staff.c.id == worker.id).values(pin_failures=0, locked_at=None)
    )
    audit.record(connection, "staff.unlocked", now, subject=f"staff:{worker.id}")


def accounts(connection: Connection, now: datetime) -> list[Account]:
    """All workers, by facility and name."""
    rows = connection.execute(_WORKERS.order_by(facility.c.code, staff.c.name, staff.c.id))
    return [
        Account(row.id, row.name, row.msisdn, row.facility_code, Role(row.role), _state(row, now))
        for row in rows
    ]


_WORKERS = (
    select(
        staff,
        phone.c.msisdn,
        phone.c.language,
        facility.c.code.label("facility_code"),
        facility.c.name.label("facility_name"),
    )
    .join_from(staff, phone, phone.c.id == staff.c.phone_id)
    .join(facility, facility.c.id == staff.c.facility_id)
)


def _appoint(connection: Connection, msisdn: str, now: datetime, post: Post) -> None:
    facility_id = connection.execute(
        select(facility.c.id).where(facility.c.code == post.facility_code)
    ).scalar()
    if facility_id is None:
        raise UnknownFacility(f"There is no facility with the code {post.facility_code}.")
    phone_id = ensure_phone(connection, msisdn, now, post.language)
    values: dict[str, Any] = {"name": post.name, "facility_id": facility_id, "role": post.role}
    known = update(staff).where(staff.c.phone_id == phone_id).values(values)
    if connection.execute(known).rowcount == 0:
        connection.execute(insert(staff), values | {"phone_id": phone_id, "created_at": now})


def _state(row: Any, now: datetime) -> str:
    if row.locked_at is not None:
        return "locked"
    if row.pin_hash is not None:
        return "active"
    return "invited" if row.invite_hash is not None and row.invite_expires_at > now else "new"
