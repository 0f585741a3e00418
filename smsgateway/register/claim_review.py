"""Doses that families have told of, as the staff of their centre confirm or refuse them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, select, update

from smsgateway.register import doses
from smsgateway.register.changes import mark
from smsgateway.register.claims import ClaimState
from smsgateway.register.tables import dose_claim, person


class NothingTold(LookupError):
    """There is no such claim at this facility, or it is settled."""


@dataclass(frozen=True, slots=True)
class Told:
    """Doses of one child and one day, as the family told of them; `place` in its words, None at the
    child's own centre. `first_name` is empty while a newborn has none."""

    person_id: int
    first_name: str
    last_name: str
    given_on: date
    vaccines: tuple[str, ...]
    place: str | None


_TOLD: Select[Any] = (
    select(
        dose_claim.c.person_id,
        dose_claim.c.given_on,
        dose_claim.c.vaccine,
        dose_claim.c.place,
        person.c.first_name,
        person.c.last_name,
    )
    .join_from(dose_claim, person, person.c.id == dose_claim.c.person_id)
    .where(dose_claim.c.state == ClaimState.TOLD, person.c.died_on.is_(None))
    .order_by(dose_claim.c.given_on, dose_claim.c.person_id, dose_claim.c.id)
)


def waiting(connection: Connection, facility_id: int) -> list[Told]:
    """What is to be settled by a facility, the oldest first."""
    return _grouped(connection, _TOLD.where(person.c.facility_id == facility_id))


def find(connection: Connection, person_id: int, given_on: date, facility_id: int) -> Told:
    """What was told of a child and a day. Raises NothingTold."""
    mine = _TOLD.where(
        dose_claim.c.person_id == person_id,
        dose_claim.c.given_on == given_on,
        person.c.facility_id == facility_id,
    )
    found = _grouped(connection, mine)
    if not found:
        raise NothingTold(person_id)
    return found[0]


def settle(
    connection: Connection,
    person_id: int,
    given_on: date,
    state: ClaimState,
    now: datetime,
    *,
    facility_id: int,
) -> None:
    """Confirm or refuse what was told of a child and a day. What is confirmed is recorded, and what
    is refused is called for again. Raises NothingTold, also when somebody has settled it."""
    here = exists().where(
        person.c.id == dose_claim.c.person_id, person.c.facility_id == facility_id
    )
    settled = connection.execute(
        update(dose_claim)
        .where(
            dose_claim.c.person_id == person_id,
            dose_claim.c.given_on == given_on,
            dose_claim.c.state == ClaimState.TOLD,
            here,
        )
        .values(state=state, settled_at=now)
        .returning(dose_claim.c.vaccine, dose_claim.c.place)
    ).all()
    if not settled:
        raise NothingTold(person_id)
    mark(connection, [person_id], now)
    if state is ClaimState.CONFIRMED:
        place = facility_id if settled[0].place is None else None
        vaccines = [row.vaccine for row in settled]
        doses.record(connection, person_id, vaccines, given_on, now, facility_id=place)


def _grouped(connection: Connection, query: Select[Any]) -> list[Told]:
    def day_of_child(row: Row[Any]) -> tuple[date, int]:
        return row.given_on, row.person_id

    return [_told(list(rows)) for _, rows in groupby(connection.execute(query), day_of_child)]


def _told(rows: list[Row[Any]]) -> Told:
    first = rows[0]
    return Told(
        person_id=first.person_id,
        first_name=first.first_name,
        last_name=first.last_name or "",
        given_on=first.given_on,
        vaccines=tuple(row.vaccine for row in rows),
        place=first.place,
    )
