"""All that moves a facility's visits, for a batch of facilities in three statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from smsgateway.register.campaign_days import extra_sessions_of
from smsgateway.register.closures import closed_days_of
from smsgateway.register.stockouts import out_of_stock_of


@dataclass(frozen=True, slots=True)
class Opening:
    """What `calendars.visits.visits` asks for besides the weekdays of a facility's sessions."""

    closed: frozenset[date] = frozenset()
    extra: frozenset[date] = frozenset()
    out_of_stock: frozenset[str] = frozenset()


def openings(
    connection: Connection, facility_ids: Sequence[int], start: date, end: date
) -> dict[int, Opening]:
    """Closed days and extra sessions from start to end, both included, and what is missing now."""
    closed = closed_days_of(connection, facility_ids, start, end)
    extra = extra_sessions_of(connection, facility_ids, start, end)
    missing = out_of_stock_of(connection, facility_ids)
    return {one: Opening(closed[one], extra[one], missing[one]) for one in facility_ids}
