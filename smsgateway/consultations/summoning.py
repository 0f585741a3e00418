"""A doctor summons a child: the family gets a voucher and a notice, a reminder, and a visit at home
when nobody comes.

The loop of a home follow-up: summoned, told, reminded, seen or not seen, visited. What is said is
the planner's affair, by the rules of the calendar `consultation`; here is what the centre knows.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, insert, select, update

from smsgateway.consultations.tables import home_visit, summons
from smsgateway.register.changes import mark
from smsgateway.register.tables import person
from smsgateway.staff import audit
from smsgateway.storage.listed import listed
from smsgateway.storage.upsert import insert_new

VOUCHER_DIGITS = 6
"""Of a number that we draw."""

VOUCHER = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,15}")
"""What may be written on a paper as its number: it is stored, listed and read aloud."""


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


class VoucherTaken(ValueError):
    """The voucher is that of somebody else, or has served already."""


class BadVoucher(ValueError):
    """What was given is no number of a voucher."""


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
    voucher: str | None,
    now: datetime,
    *,
    staff_id: int | None = None,
) -> int:
    """Summon somebody to the centre where they are followed; its id. The same voucher summons once;
    without one a number is drawn.

    Raises AlreadySummoned when another voucher is open, VoucherTaken and BadVoucher.
    """
    if voucher is not None and VOUCHER.fullmatch(voucher) is None:
        raise BadVoucher(f"{voucher!r} is no voucher: 1 to 16 letters, digits, dots and dashes.")
    voucher = voucher or _free_voucher(connection)
    known = connection.execute(select(summons).where(summons.c.voucher == voucher)).one_or_none()
    if known is not None:
        if known.person_id != person_id:
            raise VoucherTaken(f"The voucher {voucher} is that of somebody else.")
        if known.closed_at is not None:
            raise VoucherTaken(f"The voucher {voucher} has served already.")
        return int(known.id)
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
    _note(connection, "summons.made", int(new), now, staff_id)
    return int(new)


def seen(
    connection: Connection,
    voucher: str,
    seen_on: date,
    now: datetime,
    *,
    facility_id: int | None = None,
    staff_id: int | None = None,
) -> None:
    """The family came, or was seen at home: nothing more is said. Raises NoSummons, also for a
    voucher of another facility where one is given."""
    _close(connection, voucher, now, facility_id, staff_id, seen_on=seen_on)


def followed(
    connection: Connection,
    person_id: int,
    seen_on: date,
    now: datetime,
    *,
    staff_id: int | None = None,
) -> bool:
    """Somebody came: their open summons, whatever its voucher, is followed. False without one."""
    vouchers = select(summons.c.voucher).where(
        summons.c.person_id == person_id, summons.c.closed_at.is_(None)
    )
    voucher = connection.scalar(vouchers)
    if voucher is not None:
        _close(connection, voucher, now, None, staff_id, seen_on=seen_on)
    return voucher is not None


def visit_home(
    connection: Connection,
    voucher: str,
    found: Found,
    visited_on: date,
    now: datetime,
    *,
    facility_id: int | None = None,
    staff_id: int | None = None,
) -> None:
    """Write down a visit at home. A child who was seen there is seen; after one whose family has
    moved away nobody goes on calling. Raises NoSummons, as `seen` does."""
    open_one = _open(voucher, facility_id)
    row = connection.execute(
        select(summons.c.id, summons.c.person_id).where(*open_one).with_for_update()
    ).one_or_none()
    if row is None:
        raise NoSummons(voucher)
    visit = {"summons_id": row.id, "visited_on": visited_on, "found": found, "recorded_at": now}
    connection.execute(insert(home_visit).values(visit))
    match found:
        case Found.SEEN:
            _close(connection, voucher, now, facility_id, staff_id, seen_on=visited_on)
        case Found.MOVED:
            gone = update(person).where(person.c.id == row.person_id, person.c.moved_on.is_(None))
            connection.execute(gone.values(moved_on=visited_on))
            _close(connection, voucher, now, facility_id, staff_id)
        case Found.ABSENT:
            _note(connection, "home.visited", row.id, now, staff_id)


def _close(
    connection: Connection,
    voucher: str,
    now: datetime,
    facility_id: int | None,
    staff_id: int | None,
    *,
    seen_on: date | None = None,
) -> None:
    row = connection.execute(
        update(summons)
        .where(*_open(voucher, facility_id))
        .values(seen_on=seen_on, closed_at=now)
        .returning(summons.c.id, summons.c.person_id)
    ).one_or_none()
    if row is None:
        raise NoSummons(voucher)
    mark(connection, [row.person_id], now)
    _note(connection, "summons.closed", row.id, now, staff_id)


def _open(voucher: str, facility_id: int | None) -> list[ColumnElement[bool]]:
    """What tells the open summons of a voucher, of one facility or of any."""
    here = [] if facility_id is None else [summons.c.facility_id == facility_id]
    return [summons.c.voucher == voucher, summons.c.closed_at.is_(None), *here]


def _free_voucher(connection: Connection) -> str:
    """A number that no voucher has; short enough to be copied onto a paper."""
    while True:
        number = f"{secrets.randbelow(10**VOUCHER_DIGITS):0{VOUCHER_DIGITS}}"
        taken = select(summons.c.id).where(summons.c.voucher == number)
        if connection.scalar(taken) is None:
            return number


def _note(
    connection: Connection, action: str, summons_id: int, now: datetime, staff_id: int | None
) -> None:
    audit.record(connection, action, now, staff_id=staff_id, subject=f"summons:{summons_id}")


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
