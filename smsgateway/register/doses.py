"""Doses that a health worker gave, written down at the health centre."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Connection

from smsgateway.register.changes import mark
from smsgateway.register.claims import confirm_recorded
from smsgateway.register.tables import immunization
from smsgateway.storage.upsert import insert_new


def record(
    connection: Connection,
    person_id: int,
    vaccines: Iterable[str],
    given_on: date,
    now: datetime,
    *,
    facility_id: int | None = None,
) -> None:
    """Write down that these doses were given; the same dose on the same day is written once.

    What the family told of them is confirmed.
    """
    rows = [
        {
            "person_id": person_id,
            "vaccine": vaccine,
            "given_on": given_on,
            "facility_id": facility_id,
            "recorded_at": now,
        }
        for vaccine in vaccines
    ]
    if rows:
        connection.execute(insert_new(connection, immunization), rows)
        confirm_recorded(connection, [person_id], now)
        mark(connection, [person_id], now)
