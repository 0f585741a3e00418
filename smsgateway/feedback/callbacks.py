"""People who wait for a call: asked for by keypad or SMS, taken off the list by a worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, or_, select, update

from smsgateway.feedback.tables import callback_request
from smsgateway.register.tables import facility, phone
from smsgateway.staff import audit
from smsgateway.storage.upsert import insert_new


class Reason(StrEnum):
    """Why somebody is to be called; it tells the worker how to begin."""

    STUCK = "stuck"
    """Did not get on alone with the keypad, or would rather talk."""
    PROBLEM = "problem"
    """Cannot come to a visit, as the answer to a reminder."""
    WRONG_NUMBER = "wrong_number"
    """The line is not that of the family that was written to."""
    LOSS = "loss"
    """Has lost a pregnancy or a child: call gently, and first."""
    COMPLAINT = "complaint"
    """Would rather tell a complaint than type it."""


class Settled(StrEnum):
    """How a request ended."""

    REACHED = "reached"
    GIVEN_UP = "given_up"
    """Nobody answered, however often the line was called."""


@dataclass(frozen=True)
class OpenRequest:
    """Somebody who waits for a call."""

    id: int
    msisdn: str
    language: str | None
    facility: str | None
    reason: Reason
    requested_at: datetime


def request(
    connection: Connection,
    *,
    phone_id: int,
    facility_id: int | None,
    reason: Reason,
    now: datetime,
    idempotency_key: str,
) -> int:
    """Put a line on the list of calls; the id of its request.

    The same key gives the same request for ever. Another key gives the open request of the line
    with the same reason where there is one: who asks twice is called once.
    """
    values = {
        "idempotency_key": idempotency_key,
        "phone_id": phone_id,
        "facility_id": facility_id,
        "reason": reason,
        "requested_at": now,
    }
    insert = insert_new(connection, callback_request).returning(callback_request.c.id)
    in_the_way = (
        select(callback_request.c.id)
        .where(
            or_(
                callback_request.c.idempotency_key == idempotency_key,
                (callback_request.c.phone_id == phone_id)
                & (callback_request.c.reason == reason)
                & callback_request.c.settled_at.is_(None),
            )
        )
        .order_by(callback_request.c.idempotency_key != idempotency_key)
        .limit(1)
    )
    while True:  # once more when the open request was settled between the two statements
        found = connection.scalar(insert, values) or connection.scalar(in_the_way)
        if found is not None:
            return int(found)


def open_requests(connection: Connection, facility_id: int | None = None) -> list[OpenRequest]:
    """Who waits for a call: of one facility, or everybody; the longest waiting first."""
    query = (
        select(
            callback_request.c.id,
            phone.c.msisdn,
            phone.c.language,
            facility.c.name,
            callback_request.c.reason,
            callback_request.c.requested_at,
        )
        .join_from(callback_request, phone, phone.c.id == callback_request.c.phone_id)
        .outerjoin(facility, facility.c.id == callback_request.c.facility_id)
        .where(callback_request.c.settled_at.is_(None))
        .order_by(callback_request.c.requested_at, callback_request.c.id)
    )
    if facility_id is not None:
        query = query.where(callback_request.c.facility_id == facility_id)
    return [
        OpenRequest(
            row.id, row.msisdn, row.language, row.name, Reason(row.reason), row.requested_at
        )
        for row in connection.execute(query)
    ]


def settle(
    connection: Connection,
    request_id: int,
    now: datetime,
    outcome: Settled,
    staff_id: int | None = None,
    facility_id: int | None = None,
) -> bool:
    """Take a request off the list; False when it is not on it (any more), or is not that of the
    facility where one is given.

    `staff_id` is who called; None: an operator at the command line.
    """
    here = [] if facility_id is None else [callback_request.c.facility_id == facility_id]
    settled = connection.execute(
        update(callback_request)
        .where(callback_request.c.id == request_id, callback_request.c.settled_at.is_(None), *here)
        .values(settled_at=now, outcome=outcome, staff_id=staff_id)
    )
    if settled.rowcount == 0:
        return False
    subject = f"callback_request:{request_id}"
    audit.record(
        connection,
        "callback.settled",
        now,
        staff_id=staff_id,
        subject=subject,
        details={"outcome": outcome},
    )
    return True
