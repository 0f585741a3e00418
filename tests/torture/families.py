"""Health centres, their workers, and families whose visits come due during the torment; the clock
plans and writes their reminders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import cycle

from sqlalchemy import Connection, Insert, insert

from smsgateway.register import changes
from smsgateway.register.phones import ensure_phones
from smsgateway.register.tables import caregiver, facility, immunization, person
from smsgateway.staff.accounts import Post, invite
from smsgateway.storage.engine import Database

FIRST_VISIT = timedelta(weeks=6)

ANNOUNCED, MISSED = range(1, 5), range(-8, -1)
"""The days from now on which a visit will be or was; a reminder of one that was missed asks for an
answer."""


def settle_in(
    database: Database,
    workers: Sequence[str],
    announced: Sequence[str],
    missed: Sequence[str],
    now: datetime,
) -> Mapping[str, str]:
    """A health centre for each worker, and a child for each other number, born so that a visit is
    near. Returns the one-time codes of the workers, by number."""
    days = [*zip(announced, cycle(ANNOUNCED)), *zip(missed, cycle(MISSED))]
    with database.begin() as connection:
        centres = [_centre(connection, place) for place in range(len(workers))]
        phones = ensure_phones(connection, dict.fromkeys([*announced, *missed], "fr"), now)
        for (number, day), centre_id in zip(days, cycle(centres)):
            _child(connection, centre_id, phones[number], now, day)
        return {
            number: invite(connection, number, now, Post("Oumou", _code(place), language="fr")).code
            for place, number in enumerate(workers)
        }


def _code(place: int) -> str:
    return f"T-{place:03}"


def _centre(connection: Connection, place: int) -> int:
    values = {
        "code": _code(place),
        "name": f"Centre {place}",
        "kind": "cscom",
        "region": "Bamako",
        "session_days": "mon,tue,wed,thu,fri,sat,sun",
    }
    return _insert(connection, insert(facility).values(values))


def _child(connection: Connection, centre_id: int, phone_id: int, now: datetime, day: int) -> None:
    born = (now + timedelta(days=day) - FIRST_VISIT).date()
    values = {
        "first_name": "Fanta",
        "sex": "F",
        "birth_date": born,
        "facility_id": centre_id,
        "created_at": now,
    }
    child_id = _insert(connection, insert(person).values(values))
    connection.execute(insert(caregiver).values(person_id=child_id, phone_id=phone_id))
    given = {"person_id": child_id, "given_on": born, "recorded_at": now}
    doses = [given | {"vaccine": vaccine} for vaccine in ("BCG", "VPO0")]
    connection.execute(insert(immunization), doses)
    changes.mark(connection, [child_id], now)


def _insert(connection: Connection, statement: Insert) -> int:
    key = connection.execute(statement).inserted_primary_key
    assert key is not None
    return int(key[0])
