"""Families whose visits come due during the torment; the clock plans and writes their reminders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle

from sqlalchemy import insert

from smsgateway.register import changes
from smsgateway.register.phones import ensure_phones
from smsgateway.register.tables import caregiver, facility, immunization, person
from smsgateway.storage.engine import Database

CENTRE_CODE = "T-01"

FIRST_VISIT = timedelta(weeks=6)

ANNOUNCED, MISSED = range(1, 5), range(-8, -1)
"""The days from now on which a visit will be or was; a reminder of one that was missed asks for an
answer."""


def settle_in(
    database: Database, announced: Sequence[str], missed: Sequence[str], now: datetime
) -> None:
    """A health centre, and a child for each number, born so that a visit is near."""
    days = [*zip(announced, cycle(ANNOUNCED)), *zip(missed, cycle(MISSED))]
    with database.begin() as connection:
        centre = {
            "code": CENTRE_CODE,
            "name": "Asacobafa",
            "kind": "cscom",
            "region": "Bamako",
            "session_days": "mon,tue,wed,thu,fri,sat,sun",
        }
        centre_id = connection.execute(insert(facility).values(centre)).inserted_primary_key[0]
        phones = ensure_phones(connection, dict.fromkeys([*announced, *missed], "fr"), now)
        for number, day in days:
            born = (now + timedelta(days=day) - FIRST_VISIT).date()
            child = {
                "first_name": "Fanta",
                "sex": "F",
                "birth_date": born,
                "facility_id": centre_id,
                "created_at": now,
            }
            child_id = connection.execute(insert(person).values(child)).inserted_primary_key[0]
            carer = {"person_id": child_id, "phone_id": phones[number]}
            connection.execute(insert(caregiver).values(carer))
            given = {"person_id": child_id, "given_on": born, "recorded_at": now}
            doses = [given | {"vaccine": vaccine} for vaccine in ("BCG", "VPO0")]
            connection.execute(insert(immunization), doses)
            changes.mark(connection, [child_id], now)
