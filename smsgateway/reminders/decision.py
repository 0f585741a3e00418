"""What becomes of a person's visit and reminders: pure functions between reading and writing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from smsgateway.calendars.hours import Hours
from smsgateway.calendars.model import Schedule
from smsgateway.reminders.diff import Diff, diff, wanted
from smsgateway.reminders.outlook import Outlook, child_forecast, outlook
from smsgateway.reminders.people import OpenVisit, Person, Told
from smsgateway.reminders.states import ReminderState, VisitState, Why


@dataclass(frozen=True, slots=True)
class Decision:
    """`outlook` is the visit that is open afterwards; `closing` ends the one that was open."""

    person: Person
    outlook: Outlook | None
    closing: VisitState | None

    @property
    def opens(self) -> bool:
        """Whether a visit of its own row begins."""
        return self.outlook is not None and (self.person.visit is None or self.closing is not None)

    def untrue_messages(self, today: date) -> set[int]:
        """Messages about the open visit that tell a day on which nobody is expected any more."""
        if self.person.visit is None:
            return set()
        kept_day = self.outlook.day if self.outlook is not None and not self.opens else None
        return {
            kept.message_id
            for kept in self.person.visit.reminders
            if kept.message_id is not None
            and kept.visit_date >= today
            and kept.visit_date != kept_day
        }


def decide(person: Person, schedule: Schedule, today: date) -> Decision:
    """Which visit should be open for a person, and how the one that is open ends if it does."""
    visit = person.visit
    if person.stop is not None or person.child is None:
        return Decision(person, None, VisitState.DROPPED if visit else None)
    seen = child_forecast(person.child, schedule, today)
    current = (visit.day, visit.doses) if visit else None
    coming = outlook(seen, person.child.facility.session_days, today, current)
    given = {dose.dose for dose in seen.doses if dose.valid and dose.dose is not None}
    return Decision(person, coming, _closing(visit, coming, given) if visit else None)


def _closing(visit: OpenVisit, coming: Outlook | None, given: Collection[str]) -> VisitState | None:
    """How the open visit ends; None when the coming one is the same, perhaps on another day."""
    if coming is not None and coming.follows:
        return VisitState.MISSED
    if coming is not None and not set(coming.doses).isdisjoint(visit.doses):
        return None
    return VisitState.DROPPED if set(visit.doses).isdisjoint(given) else VisitState.DONE


def closing_diff(decision: Decision, visit: OpenVisit) -> Diff:
    """Everything that waits about a visit that ends is cancelled."""
    return diff((), visit.reminders, {}, decision.person.stop or Why.VISIT_OVER)


def open_diff(decision: Decision, day: date, default_hours: Hours, zone: ZoneInfo) -> Diff:
    """What the reminders of the visit that is open afterwards lack."""
    person = decision.person
    hours = person.child.facility.sending_hours if person.child else None
    asked = wanted(day, person.contacts, hours or default_hours, zone)
    kept = person.visit.reminders if person.visit is not None and not decision.opens else ()
    refused = {one.phone_id: Why.OPTED_OUT for one in person.contacts if one.opted_out}
    return diff(asked, kept, refused, Why.CONTACT_GONE, [*person.told, *_told_now(decision)])


def _told_now(decision: Decision) -> list[Told]:
    """What has been said about the visit that ends with this decision."""
    visit = decision.person.visit
    if visit is None or decision.closing is None:
        return []
    dropped = decision.closing is VisitState.DROPPED
    return [
        Told(kept.rule, kept.phone_id, kept.visit_date, dropped)
        for kept in visit.reminders
        if kept.state is ReminderState.RELEASED
    ]
