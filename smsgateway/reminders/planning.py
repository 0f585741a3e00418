"""What plans are made with: calendars, rules, sending hours. Read anew for every batch, so that
rules which are activated while a clock runs hold from its next batch on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.calendars.hours import Hours
from smsgateway.calendars.model import Schedule
from smsgateway.reminders import rulebook
from smsgateway.reminders.calendars import Calendar, calendars_of
from smsgateway.reminders.rules import Rulebook
from smsgateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Planning:
    """`hours` are those of a facility that sets none."""

    calendars: tuple[Calendar, ...]
    rules: Rulebook
    hours: Hours
    zone: ZoneInfo

    @classmethod
    def of(
        cls,
        connection: Connection,
        schedule: Schedule,
        settings: Settings,
        rules: Rulebook | None = None,
    ) -> Planning:
        """With the rules in force, unless others are tried."""
        rules = rules or rulebook.active(connection)
        calendars = calendars_of(schedule, rules)
        return cls(calendars, rules, settings.sending_hours, settings.timezone)

    def today(self, now: datetime) -> date:
        """The day it is where people live."""
        return now.astimezone(self.zone).date()

    def made_with(self) -> Sequence[tuple[CalendarKind, str]]:
        """The version of each calendar and of the rules, as plans remember them."""
        return [(one.kind, made_with(one, self.rules)) for one in self.calendars]


def made_with(calendar: Calendar, rules: Rulebook) -> str:
    """The versions that a plan of this calendar is made with."""
    return f"{calendar.label} | {rules.label}"
