"""What people agreed to: the wording with its version, the language it was read in, the moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from smsgateway.register.tables import consent
from smsgateway.storage.upsert import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A yes. `wording` is the name of the text with its version, such as `health_reminders/1`;
    `channel` is ussd or sms; `given_on` is the local day of `given_at`."""

    phone_id: int
    wording: str
    language: str
    channel: str
    given_on: date
    given_at: datetime


def record(connection: Connection, person_id: int, agreement: Agreement) -> None:
    """Write down what was agreed to about a person. A second yes on the same day adds nothing."""
    connection.execute(
        insert_new(connection, consent),
        {
            "person_id": person_id,
            "phone_id": agreement.phone_id,
            "wording": agreement.wording,
            "language": agreement.language,
            "channel": agreement.channel,
            "given_on": agreement.given_on,
            "given_at": agreement.given_at,
        },
    )
