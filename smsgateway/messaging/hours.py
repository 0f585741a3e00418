"""When messages may leave: the sending hours of each health centre, less the days on which it, or
the whole country, is closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from smsgateway.calendars.hours import Hours, closes_on, next_open
from smsgateway.register.closures import closed_days_of

AHEAD = timedelta(days=31)
"""How far closed days are read; a closing that lasts longer is met again on the day after."""


class Opening(NamedTuple):
    """Moments (UTC) from which and before which a message may leave."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class SendingHours:
    """`default` are the hours of a facility that sets none, and of messages of no facility."""

    default: Hours
    zone: ZoneInfo

    def openings(
        self, connection: Connection, facility_ids: Collection[int | None], now: datetime
    ) -> Openings:
        """With the closed days of these facilities (None: of the country alone) from today on."""
        today = now.astimezone(self.zone).date()
        closed = closed_days_of(connection, facility_ids, today, today + AHEAD)
        return Openings(self, closed)


@dataclass(frozen=True, slots=True)
class Openings:
    """What `SendingHours` and closed days come to, reckoned once for each facility."""

    hours: SendingHours
    closed: Mapping[int | None, frozenset[date]]
    _known: dict[tuple[datetime, int | None], Opening] = field(default_factory=dict)

    def next(self, moment: datetime, facility_id: int | None, own: Hours | None) -> Opening:
        """The opening at or after `moment` for a facility with hours of its `own`, or without."""
        key = (moment, facility_id)
        if key not in self._known:
            self._known[key] = self._next(moment, facility_id, own or self.hours.default)
        return self._known[key]

    def _next(self, moment: datetime, facility_id: int | None, hours: Hours) -> Opening:
        zone = self.hours.zone
        begins = next_open(moment, hours, zone, self.closed[facility_id])
        return Opening(begins, closes_on(begins.astimezone(zone).date(), hours, zone))
