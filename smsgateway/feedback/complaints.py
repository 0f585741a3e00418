"""Complaints: filed under a ticket, followed up from the same phone, answered by SMS."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from smsgateway.feedback.tables import complaint
from smsgateway.messaging import outbox
from smsgateway.messaging.templates import ANSWER_LENGTH, TEMPLATES
from smsgateway.register.tables import facility, phone
from smsgateway.staff import audit
from smsgateway.storage.upsert import insert_new
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.orthography import fold
from smsgateway.text.routes import Routes
from smsgateway.text.segments import units
from smsgateway.text.templates import render

TICKET_DIGITS = 7
"""Digits alone, for they are typed on a keypad. A ticket opens nothing without its phone."""

MOST_A_DAY = 5
"""Complaints of one phone in 24 hours; each costs an SMS."""


class Kind(StrEnum):
    """What a complaint is about."""

    WELCOME = "welcome"
    MONEY = "money"
    """Money was asked for that should not have been."""
    CARE = "care"
    MEDICINE = "medicine"
    """A medicine or a vaccine was not there."""
    FILE = "file"
    """A file or a card of a scheme."""
    OTHER = "other"


class Status(StrEnum):
    """Where a complaint stands; it only moves on."""

    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"


class TooMany(Exception):
    """This phone has complained MOST_A_DAY times within a day."""


class UnknownTicket(LookupError):
    """No complaint has this ticket."""


class AlreadyAnswered(ValueError):
    """A complaint is answered once: the answer has gone out."""


class Unsayable(ValueError):
    """An answer is empty, or longer than its SMS."""


@dataclass(frozen=True)
class Filed:
    """A complaint that was filed; `reply_ids` is the SMS with its ticket while it is new."""

    ticket: str
    reply_ids: list[int]


@dataclass(frozen=True)
class Complaint:
    """A complaint as it is shown: to its own phone, or to workers, without the number."""

    ticket: str
    kind: Kind
    status: Status
    filed_at: datetime
    status_at: datetime
    facility: str | None
    answer: str | None


def file(
    connection: Connection,
    catalogue: Catalogue,
    routes: Routes,
    *,
    phone_id: int,
    facility_id: int | None,
    kind: Kind,
    language: str,
    now: datetime,
    idempotency_key: str,
) -> Filed:
    """Write a complaint and the SMS with its ticket; the caller commits, then rings the bell.

    The same key gives the same ticket and writes nothing new. Raises TooMany.
    """
    known = select(complaint.c.ticket).where(complaint.c.idempotency_key == idempotency_key)
    if ticket := connection.scalar(known):
        return Filed(ticket, [])
    if _lately(connection, phone_id, now) >= MOST_A_DAY:
        raise TooMany
    values = {
        "idempotency_key": idempotency_key,
        "phone_id": phone_id,
        "facility_id": facility_id,
        "kind": kind,
        "language": language,
        "status": Status.RECEIVED,
        "filed_at": now,
        "status_at": now,
    }
    insert = insert_new(connection, complaint).returning(complaint.c.id)
    while True:  # until a ticket is free
        ticket = _new_ticket()
        if (new_id := connection.scalar(insert, values | {"ticket": ticket})) is not None:
            return Filed(
                ticket, _write(connection, catalogue, routes, new_id, "complaint_filed", now)
            )
        if ticket := connection.scalar(known):
            return Filed(ticket, [])


def follow_up(connection: Connection, msisdn: str, ticket: str) -> Complaint | None:
    """The complaint with this ticket, for the phone that made it and for no other."""
    row = connection.execute(
        _COMPLAINTS.where(complaint.c.ticket == ticket, phone.c.msisdn == msisdn)
    ).one_or_none()
    return _shown(row) if row else None


def unanswered(connection: Connection, facility_id: int | None = None) -> list[Complaint]:
    """Complaints that wait for an answer: about one facility, or all; the oldest first."""
    query = _COMPLAINTS.where(complaint.c.status != Status.ANSWERED)
    if facility_id is not None:
        query = query.where(complaint.c.facility_id == facility_id)
    rows = connection.execute(query.order_by(complaint.c.filed_at, complaint.c.id))
    return [_shown(row) for row in rows]


def take_up(
    connection: Connection, ticket: str, now: datetime, staff_id: int | None = None
) -> None:
    """Say that somebody is looking into a complaint. Raises UnknownTicket, AlreadyAnswered."""
    row = _locked(connection, ticket)
    if row.status == Status.RECEIVED:
        _move(connection, row, Status.IN_PROGRESS, now, staff_id)


def answer(
    connection: Connection,
    catalogue: Catalogue,
    routes: Routes,
    ticket: str,
    text: str,
    now: datetime,
    staff_id: int | None = None,
) -> list[int]:
    """Answer a complaint by SMS and close it; the id of the message, to ring for.

    `staff_id` is who answers; None: an operator at the command line. Raises UnknownTicket,
    AlreadyAnswered, and Unsayable for a text that is empty or does not fit.
    """
    text = " ".join(text.split())
    length = units(fold(text))
    if not 0 < length <= ANSWER_LENGTH:
        raise Unsayable(f"An answer has 1 to {ANSWER_LENGTH} characters; this one has {length}.")
    row = _locked(connection, ticket)
    _move(connection, row, Status.ANSWERED, now, staff_id, answer=text, staff_id=staff_id)
    return _write(connection, catalogue, routes, row.id, "complaint_answered", now)


_COMPLAINTS = (
    select(complaint, phone.c.msisdn, phone.c.encoding, facility.c.name.label("facility_name"))
    .join_from(complaint, phone, phone.c.id == complaint.c.phone_id)
    .outerjoin(facility, facility.c.id == complaint.c.facility_id)
)


def _shown(row: Row[Any]) -> Complaint:
    return Complaint(
        row.ticket,
        Kind(row.kind),
        Status(row.status),
        row.filed_at,
        row.status_at,
        row.facility_name,
        row.answer,
    )


def _new_ticket() -> str:
    first = 10 ** (TICKET_DIGITS - 1)
    return str(first + secrets.randbelow(9 * first))


def _lately(connection: Connection, phone_id: int, now: datetime) -> int:
    query = select(func.count()).where(
        complaint.c.phone_id == phone_id, complaint.c.filed_at > now - timedelta(days=1)
    )
    return connection.execute(query).scalar_one()


def _locked(connection: Connection, ticket: str) -> Row[Any]:
    """The complaint, held until the transaction ends, so that it is answered once."""
    query = select(complaint).where(complaint.c.ticket == ticket).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownTicket("No complaint has this ticket.")
    if row.status == Status.ANSWERED:
        raise AlreadyAnswered("This complaint has been answered.")
    return row


def _move(
    connection: Connection,
    row: Row[Any],
    status: Status,
    now: datetime,
    by: int | None,
    **values: object,
) -> None:
    connection.execute(
        update(complaint)
        .where(complaint.c.id == row.id)
        .values(status=status, status_at=now, **values)
    )
    audit.record(connection, f"complaint.{status}", now, staff_id=by, subject=f"complaint:{row.id}")


def _write(
    connection: Connection,
    catalogue: Catalogue,
    routes: Routes,
    complaint_id: int,
    template: str,
    now: datetime,
) -> list[int]:
    """The SMS that tells the phone of a complaint where it stands."""
    row = connection.execute(_COMPLAINTS.where(complaint.c.id == complaint_id)).one()
    values = {"ref": row.ticket, "answer": row.answer}
    policy = routes.policy_for(row.msisdn, row.encoding)
    rendered = render(TEMPLATES[template], catalogue, row.language, values, policy)
    message = outbox.reply(
        rendered,
        dedupe_key=f"{template}:{complaint_id}",
        phone_id=row.phone_id,
        msisdn=row.msisdn,
        language=row.language,
        template=template,
        now=now,
    )
    return outbox.add(connection, [message], now)
