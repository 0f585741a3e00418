"""Doses that a family says were given, until staff have confirmed or refused them.

The calendar takes them at their word, or it would go on calling a child who has come; the national
record does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, and_, exists, or_, update

from smsgateway.register.changes import mark
from smsgateway.register.tables import dose_claim, immunization
from smsgateway.storage.upsert import insert_new


class ClaimState(StrEnum):
    """What staff think of a claim."""

    TOLD = "told"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


def tell(
    connection: Connection,
    person_id: int,
    vaccines: Iterable[str],
    given_on: date,
    *,
    phone_id: int,
    place: str | None,
    now: datetime,
) -> None:
    """Write down that these doses were given. The same dose on the same day is told once."""
    rows = [
        {
            "person_id": person_id,
            "vaccine": vaccine,
            "given_on": given_on,
            "place": place,
            "phone_id": phone_id,
            "told_at": now,
            "state": ClaimState.TOLD,
        }
        for vaccine in vaccines
    ]
    if rows:
        connection.execute(insert_new(connection, dose_claim), rows)
        mark(connection, [person_id], now)


def confirm_recorded(connection: Connection, person_ids: Iterable[int], now: datetime) -> None:
    """Confirm the claims of which a record has come: of the dose, or of its series on that day."""
    of_series = and_(
        dose_claim.c.vaccine.startswith(immunization.c.vaccine),
        immunization.c.given_on == dose_claim.c.given_on,
    )
    recorded = exists().where(
        immunization.c.person_id == dose_claim.c.person_id,
        or_(immunization.c.vaccine == dose_claim.c.vaccine, of_series),
    )
    connection.execute(
        update(dose_claim)
        .where(
            dose_claim.c.person_id.in_(set(person_ids)),
            dose_claim.c.state == ClaimState.TOLD,
            recorded,
        )
        .values(state=ClaimState.CONFIRMED, settled_at=now)
    )
