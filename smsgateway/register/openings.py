"""All that moves a facility's visits, for a batch of facilities in three statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Connection

from smsgateway.register.campaign_days import extra_sessions, held_at
from smsgateway.register.closures import closed_days_of
from smsgateway.register.stockouts import out_of_stock_of


@dataclass(frozen=True, slots=True)
class Opening:
    """What `calendars.visits.visits` asks for besides the weekdays of a facility's sessions, and
    the days of each campaign that is held there, also those of the last weeks."""

    closed: frozenset[date] = frozenset()
    extra: frozenset[date] = frozenset()
    out_of_stock: frozenset[str] = frozenset()
    campaigns: Mapping[str, frozenset[date]] = field(default_factory=dict)


ROUND = timedelta(days=60)
"""No round of a campaign lasts longer; its first day tells one round from another."""


def openings(
    connection: Connection, facility_ids: Sequence[int], start: date, end: date
) -> dict[int, Opening]:
    """Closed days and extra sessions from start to end, both included, and what is missing now."""
    closed = closed_days_of(connection, facility_ids, start, end)
    held = held_at(connection, facility_ids, start - ROUND, end)
    missing = out_of_stock_of(connection, facility_ids)
    return {
        one: Opening(closed[one], extra_sessions(held[one], start), missing[one], held[one])
        for one in facility_ids
    }
