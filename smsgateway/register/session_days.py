"""Days that a table keeps for one facility or, with no facility, for the whole country."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Table, or_, select

Place = TypeVar("Place", bound=int | None)
"""The id of a facility; None is the whole country."""


def held_by(table: Table, facility_id: int | None) -> ColumnElement[bool]:
    """The rows of one facility; with None, those of the whole country."""
    column = table.c.facility_id
    return column.is_(None) if facility_id is None else column == facility_id


def days_of(
    connection: Connection,
    table: Table,
    facility_ids: Collection[Place],
    start: date,
    end: date,
    *where: ColumnElement[bool],
) -> dict[Place, frozenset[date]]:
    """The days from start to end, both included, that hold for each facility, its own and those of
    the whole country; for None, the latter alone."""
    own = [one for one in facility_ids if one is not None]
    rows = connection.execute(
        select(table.c.facility_id, table.c.day).where(
            table.c.day.between(start, end),
            or_(table.c.facility_id.is_(None), table.c.facility_id.in_(own)),
            *where,
        )
    )
    days: dict[int | None, set[date]] = defaultdict(set)
    for row in rows:
        days[row.facility_id].add(row.day)
    return {one: frozenset(days[one] | days[None]) for one in facility_ids}
