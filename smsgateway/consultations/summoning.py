"""A doctor summons a child: the family gets a voucher and a notice, a reminder, and a visit at home
when nobody comes.

The loop of a home follow-up: summoned, told, reminded, seen or not seen, visited. What is said is
the planner's affair, by the rules of the calendar `consultation`; here is what the centre knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from smsgateway.consultations.tables import home_visit, summons
from smsgateway.register.changes import mark
from smsgateway.register.tables import person
from smsgateway.storage.listed import listed
from smsgateway.storage.upsert import insert_new


class Reason(StrEnum):
    """Why, in classes that tell a stranger nothing; never in a message."""

    GROWTH = "growth"
    FEVER = "fever"
    FOLLOW_UP = "follow_up"
    OTHER = "other"


class Found(StrEnum):
    """What a visit at home came to."""

    SEEN = "seen"
    ABSENT = "absent"
    MOVED = "moved"


class NoSummons(LookupError):
    """Nobody is summoned under that voucher, or no longer."""


class AlreadySummoned(ValueError):
    """The child is summoned already; one at a time."""


@dataclass(frozen=True, slots=True)
class Summons:
    """An open one."""

    id: int
    person_id: int
    facility_id: int
    by_date: date
    voucher: str

    @property
    def code(self) -> str:
        """Under which the calendar of consultations knows it."""
        return f"BON{self.id}"


def summon(
    connection: Connection,
    person_id: int,
    reason: Reason,
    by_date: date,
    voucher: str,
    now: datetime,
) -> int:
    """Summon somebody to the centre where they are followed; its id. The same voucher summons once.

    Raises AlreadySummoned when another voucher is open.
    """
    known = connection.scalar(select(summons.c.id).where(summons.c.voucher == voucher))
    if known is not None:
        return int(known)
    place = connection.scalar(select(person.c.facility_id).where(person.c.id == person_id))
    row = {
        "person_id": person_id,
        "facility_id": place,
        "reason": reason,
        "by_date": by_date,
        "voucher": voucher,
        "summoned_at": now,
    }
    new = connection.scalar(insert_new(connection, summons).returning(summons.c.id), row)
    if new is None:
        raise AlreadySummoned(f"Person {person_id} is summoned under another voucher.")
    mark(connection, [person_id], now)
    return int(new)


def seen(connection: Connection, voucher: str, seen_on: date, now: datetime) -> None:
    """The family came, or was seen at home: nothing more is said. Raises NoSummons."""
    person_id = connection.scalar(
        update(summons)
        .where(summons.c.voucher == voucher, summons.c.closed_at.is_(None))
        .values(seen_on=seen_on, closed_at=now)
        .returning(summons.c.person_id)
    )
    if person_id is None:
        raise NoSummons(voucher)
    mark(connection, [person_id], now)


def followed(connection: Connection, person_id: int, seen_on: date, now: datetime) -> bool:
    """Somebody came: their open summons, whatever its voucher, is followed. False without one."""
    vouchers = select(summons.c.voucher).where(
        summons.c.person_id == person_id, summons.c.closed_at.is_(None)
    )
    voucher = connection.scalar(vouchers)
    if voucher is not None:
        seen(connection, voucher, seen_on, now)
    return voucher is not None


def visit_home(
    connection: Connection, voucher: str, found: Found, visited_on: date, now: datetime
) -> None:
    """Write down a visit at home; a child who was seen there is seen. Raises NoSummons."""
    open_one = select(summons.c.id).where(
        summons.c.voucher == voucher, summons.c.closed_at.is_(None)
    )
    summons_id = connection.scalar(open_one)
    if summons_id is None:
        raise NoSummons(voucher)
    row = {"summons_id": summons_id, "visited_on": visited_on, "found": found, "recorded_at": now}
    connection.execute(insert(home_visit).values(row))
    if found is Found.SEEN:
        seen(connection, voucher, visited_on, now)


def open_of_people(connection: Connection, person_ids: Sequence[int]) -> dict[int, Summons]:
    """Person id -> the open summons, of those who have one."""
    rows = connection.execute(
        select(summons).where(
            summons.c.person_id.in_(listed(person_ids)), summons.c.closed_at.is_(None)
        )
    )
    return {
        row.person_id: Summons(row.id, row.person_id, row.facility_id, row.by_date, row.voucher)
        for row in rows
    }


def seen_codes(connection: Connection, person_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Person id -> the codes of what they were seen for."""
    rows = connection.execute(
        select(summons.c.person_id, summons.c.id).where(
            summons.c.person_id.in_(listed(person_ids)), summons.c.seen_on.is_not(None)
        )
    )
    found: dict[int, frozenset[str]] = {}
    for row in rows:
        found[row.person_id] = found.get(row.person_id, frozenset()) | {f"BON{row.id}"}
    return found
