"""The directory: places of care and of social services, found by where they are or by their code.

A country has thousands of them and a phone shows five lines, so a person narrows them down: by
region, district and commune where these tell places apart, else by stretches of the alphabet.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from smsgateway.register.facilities import weekdays
from smsgateway.register.numbers import normalised
from smsgateway.register.tables import facility
from smsgateway.text.placeholders import shorten


class Group(StrEnum):
    """What somebody is looking for."""

    HEALTH = "health"
    SOCIAL = "social"


KINDS = {
    Group.HEALTH: ("cscom", "csref"),
    Group.SOCIAL: ("social_service", "mairie", "other"),
}
"""The kinds of facilities in a group."""

FEW = 9
"""So many places are listed at once, however they lie: about two screens."""

MOST_AREAS = 40
"""Lines of a list of areas: Mali has 20 regions, and districts of up to about 30 communes."""

MOST_PLACES = 20
"""Lines of a list of places; more than that are offered in stretches of the alphabet. The list lies
in the session while it is shown, and a session is to stay small."""

_LEVELS = (facility.c.region, facility.c.district, facility.c.commune)

_EDGE = 9
"""Letters of the first and the last name of a stretch."""

Area = tuple[str, ...]
"""The way to an area: region, district and commune, empty where a level does not tell all places
apart, then the number of the first place of a stretch."""


@dataclass(frozen=True)
class Areas:
    """Areas to choose from, each with its label."""

    options: list[tuple[Area, str]]


@dataclass(frozen=True)
class Places:
    """Places to choose from: ids and names, by name."""

    options: list[tuple[int, str]]


@dataclass(frozen=True)
class Entry:
    """What the directory says of a place. No session days means every day."""

    id: int
    name: str
    kind: str
    phone: str | None
    hours: str | None
    session_days: frozenset[int]

    @property
    def is_health(self) -> bool:
        return self.kind in KINDS[Group.HEALTH]


def narrow(connection: Connection, group: Group, area: Area = ()) -> Areas | Places:
    """The next choice of somebody who is looking for a place of `group` within `area`."""
    within: list[ColumnElement[bool]] = [facility.c.kind.in_(KINDS[group])]
    within += [column == name for column, name in zip(_LEVELS, area, strict=False) if name]
    if _count(connection, within) > FEW:
        for column in _LEVELS[len(area) :]:
            query = select(column).where(*within).distinct().order_by(column)
            names = connection.scalars(query).all()
            if 1 < len(names) <= MOST_AREAS and all(names):
                return Areas([((*area, str(name)), str(name)) for name in names])
            area = (*area, "")
    return _listed(connection, within, area)


def around(connection: Connection, facility_id: int) -> list[tuple[int, str]]:
    """The other places in the commune of a place, of both groups, by name: ids and names.

    Where its commune is not known, those of its district; without that, of its region.
    """
    names = connection.execute(select(*_LEVELS).where(facility.c.id == facility_id)).one_or_none()
    if names is None:
        return []
    known = [(column, name) for column, name in zip(_LEVELS, names, strict=True) if name]
    rows = connection.execute(
        select(facility.c.id, facility.c.name)
        .where(facility.c.id != facility_id, *(column == name for column, name in known))
        .order_by(facility.c.name, facility.c.id)
        .limit(MOST_PLACES)
    )
    return [(row.id, row.name) for row in rows]


def by_code(connection: Connection, code: str) -> Entry | None:
    """The place with this code, however its letters and signs are typed; None when not just one."""
    plain: ColumnElement[Any] = func.upper(facility.c.code)
    for sign in "-./_ ":
        plain = func.replace(plain, sign, "")
    rows = connection.execute(_ENTRIES.where(plain == normalised(code)).limit(2)).all()
    return _entry(rows[0]) if len(rows) == 1 else None


def entry(connection: Connection, facility_id: int) -> Entry | None:
    """What the directory says of one place."""
    row = connection.execute(_ENTRIES.where(facility.c.id == facility_id)).one_or_none()
    return _entry(row) if row else None


_ENTRIES: Select[Any] = select(
    facility.c.id,
    facility.c.name,
    facility.c.kind,
    facility.c.phone,
    facility.c.hours,
    facility.c.session_days,
)


def _entry(row: Any) -> Entry:
    days = weekdays(row.session_days)
    return Entry(row.id, row.name, row.kind, row.phone, row.hours, days)


def _count(connection: Connection, within: list[ColumnElement[bool]]) -> int:
    return connection.execute(
        select(func.count()).select_from(facility).where(*within)
    ).scalar_one()


def _listed(
    connection: Connection, within: list[ColumnElement[bool]], area: Area
) -> Areas | Places:
    """The places of an area, or stretches of them where they are too many for one list."""
    query = select(facility.c.id, facility.c.name).where(*within)
    rows = connection.execute(query.order_by(facility.c.name, facility.c.id)).all()
    first = int(area[len(_LEVELS)]) if len(area) > len(_LEVELS) else None
    if first is not None:
        rows = rows[first : first + MOST_PLACES]
    if len(rows) <= MOST_PLACES:
        return Places([(row.id, row.name) for row in rows])
    return Areas(
        [
            ((*area, str(start)), _stretch([one.name for one in rows[start:][:MOST_PLACES]]))
            for start in range(0, len(rows), MOST_PLACES)
        ]
    )


def _stretch(names: list[str]) -> str:
    return f"{shorten(names[0], _EDGE)} - {shorten(names[-1], _EDGE)}"
