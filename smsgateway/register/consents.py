"""What people agreed to: the wording with its version, the language it was read in, the moment.

Taking it back ends the reminders about that person on every line; where nobody wrote a consent
down the centre answers for it, and what was taken back is written down instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, exists, insert, select, update

from smsgateway.register.changes import mark
from smsgateway.register.tables import consent
from smsgateway.storage.upsert import insert_or_update

UNWRITTEN = "unwritten"
"""The wording of a consent that nobody wrote down, and that was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A yes. `wording` is the name of the text with its version, such as `health_reminders/1`;
    `channel` is ussd, sms, centre or command; `phone_id` is the line on which it was said, None
    where it was said to somebody; `given_on` is the local day of `given_at`."""

    phone_id: int | None
    wording: str
    language: str | None
    channel: str
    given_on: date
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """What was written down of a consent; `withdrawn_at` tells that it is in force no more."""

    wording: str
    language: str | None
    channel: str
    given_on: date
    withdrawn_at: datetime | None


def record(connection: Connection, person_id: int, agreement: Agreement) -> None:
    """Write down what was agreed to about a person. A second yes on the same day adds nothing, but
    that one which was taken back holds again."""
    row = {
        "person_id": person_id,
        "phone_id": agreement.phone_id,
        "wording": agreement.wording,
        "language": agreement.language,
        "channel": agreement.channel,
        "given_on": agreement.given_on,
        "given_at": agreement.given_at,
        "withdrawn_at": None,
    }
    if not _given_again(connection, person_id, agreement):
        same = ["person_id", "phone_id", "given_on", "wording"]
        connection.execute(insert_or_update(connection, consent, same, ["withdrawn_at"]), row)
    mark(connection, [person_id], agreement.given_at)


def _given_again(connection: Connection, person_id: int, agreement: Agreement) -> bool:
    """Put in force what was written down without a line on the same day; no unique key tells such
    rows, because NULL equals nothing."""
    same = (
        consent.c.person_id == person_id,
        consent.c.phone_id.is_(None),
        consent.c.given_on == agreement.given_on,
        consent.c.wording == agreement.wording,
    )
    if agreement.phone_id is not None:
        return False
    return connection.execute(update(consent).where(*same).values(withdrawn_at=None)).rowcount > 0


def withdraw(
    connection: Connection, person_id: int, today: date, now: datetime, channel: str
) -> None:
    """Take back all that was agreed to about a person. A second time changes nothing."""
    mine = consent.c.person_id == person_id
    if not connection.scalar(select(exists().where(mine))):
        row = {
            "person_id": person_id,
            "wording": UNWRITTEN,
            "channel": channel,
            "given_on": today,
            "withdrawn_at": now,
        }
        connection.execute(insert(consent), row)
    connection.execute(
        update(consent).where(mine, consent.c.withdrawn_at.is_(None)).values(withdrawn_at=now)
    )
    mark(connection, [person_id], now)


def is_withdrawn(connection: Connection, person_id: int) -> bool:
    """Whether all that was agreed to about a person was taken back."""
    states = [one.withdrawn_at is not None for one in of_person(connection, person_id)]
    return bool(states) and all(states)


def of_person(connection: Connection, person_id: int) -> list[Consent]:
    """Everything that was written down, the oldest first."""
    rows = connection.execute(
        select(
            consent.c.wording,
            consent.c.language,
            consent.c.channel,
            consent.c.given_on,
            consent.c.withdrawn_at,
        )
        .where(consent.c.person_id == person_id)
        .order_by(consent.c.given_on, consent.c.id)
    )
    return [Consent(*row) for row in rows]
