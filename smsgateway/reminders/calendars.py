"""The calendars that people are followed by, each of which says which visit should be open.

The planner knows nothing of vaccines or pregnancies: it asks each calendar in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.calendars.model import Schedule
from smsgateway.reminders.outlook import Outlook, child_forecast, outlook
from smsgateway.reminders.people import Person
from smsgateway.reminders.rules import Rulebook
from smsgateway.reminders.states import Why


@dataclass(frozen=True, slots=True)
class Seen:
    """What a calendar says of somebody today: the visit that should be open, the codes of what has
    been done, and why nothing waits any more when nothing does."""

    coming: Outlook | None
    done: frozenset[str] = frozenset()
    ended: Why = Why.VISIT_OVER


class Calendar(Protocol):
    """`label` identifies the version of what it reckons with, at most 40 characters."""

    @property
    def kind(self) -> CalendarKind: ...
    @property
    def label(self) -> str: ...
    def see(self, person: Person, today: date) -> Seen | None:
        """None when somebody is not followed by this calendar."""
        ...


@dataclass(frozen=True, slots=True)
class Vaccination:
    """The doses of a child."""

    schedule: Schedule
    lead: timedelta
    kind: CalendarKind = CalendarKind.VACCINATION

    @property
    def label(self) -> str:
        return self.schedule.label

    def see(self, person: Person, today: date) -> Seen | None:
        child = person.child
        if child is None:
            return None
        forecast = child_forecast(child, self.schedule, today)
        visit = person.visits.get(self.kind)
        current = (visit.day, visit.doses) if visit else None
        coming = outlook(forecast, child.facility.session_days, today, current, self.lead)
        given = (dose.dose for dose in forecast.doses if dose.valid and dose.dose is not None)
        return Seen(coming, frozenset(given))


def calendars_of(schedule: Schedule, rulebook: Rulebook) -> tuple[Calendar, ...]:
    """Every calendar that plans are made with."""
    return (Vaccination(schedule, rulebook.lead(CalendarKind.VACCINATION)),)
