"""What becomes of a person's visits and reminders: pure functions between reading and writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.reminders.calendars import Calendar, Seen
from smsgateway.reminders.diff import Diff, diff, wanted
from smsgateway.reminders.outlook import Outlook
from smsgateway.reminders.people import OpenVisit, Person, Told
from smsgateway.reminders.planning import Planning, made_with
from smsgateway.reminders.states import ReminderState, VisitState, Why


@dataclass(frozen=True, slots=True)
class Decision:
    """About one calendar of one person. `outlook` is the visit that is open afterwards; `closing`
    ends the one that was open; `seen` tells that somebody came, although something is missing."""

    person: Person
    calendar: CalendarKind
    outlook: Outlook | None
    closing: VisitState | None
    seen: bool = False
    ended: Why = Why.VISIT_OVER
    made_with: str = ""

    @property
    def visit(self) -> OpenVisit | None:
        """The visit that was open before."""
        return self.person.visits.get(self.calendar)

    @property
    def opens(self) -> bool:
        """Whether a visit of its own row begins."""
        return self.outlook is not None and (self.visit is None or self.closing is not None)

    @property
    def facility_id(self) -> int:
        assert self.person.facility is not None
        return self.person.facility.id

    def untrue_messages(self, today: date) -> set[int]:
        """Messages about the open visit that call for what is over, or tell a day on which nobody
        is expected any more."""
        if self.visit is None:
            return set()
        kept_day = self.outlook.day if self.outlook is not None and not self.opens else None
        return {
            kept.message_id
            for kept in self.visit.reminders
            if kept.message_id is not None
            and (
                kept_day is None
                or (self.seen and kept.visit_date < today)
                or (kept.visit_date >= today and kept.visit_date != kept_day)
            )
        }


def decide(person: Person, planning: Planning, today: date) -> list[Decision]:
    """Which visits should be open for a person, and how those that are open end if they do."""
    return [
        decision
        for calendar in planning.calendars
        if (decision := _decide(person, calendar, planning, today)) is not None
    ]


def _decide(person: Person, calendar: Calendar, planning: Planning, today: date) -> Decision | None:
    visit = person.visits.get(calendar.kind)
    seen = None if person.stop is not None else calendar.see(person, today)
    if visit is None and (seen is None or seen.coming is None):
        return None
    coming = seen.coming if seen else None
    closing = _closing(visit, seen) if visit else None
    return Decision(
        person,
        calendar.kind,
        coming,
        closing,
        seen=visit is not None and (visit.seen or _came(visit, seen)),
        ended=person.stop or (seen.ended if seen else Why.VISIT_OVER),
        made_with=made_with(calendar, planning.rules),
    )


def _closing(visit: OpenVisit, seen: Seen | None) -> VisitState | None:
    """How the open visit ends; None when the coming one is the same, perhaps on another day."""
    if seen is None or seen.anew:
        return VisitState.DROPPED
    coming = seen.coming
    if coming is not None and coming.follows:
        return VisitState.DONE if visit.seen else VisitState.MISSED
    if coming is not None and not set(coming.doses).isdisjoint(visit.doses):
        return None
    return VisitState.DONE if visit.seen or _came(visit, seen) else VisitState.DROPPED


def _came(visit: OpenVisit, seen: Seen | None) -> bool:
    """Whether something of the visit has been done."""
    return seen is not None and not seen.anew and not seen.done.isdisjoint(visit.doses)


def closing_diff(decision: Decision, visit: OpenVisit) -> Diff:
    """Everything that waits about a visit that ends is cancelled."""
    return diff((), visit.reminders, {}, decision.ended)


def open_diff(decision: Decision, day: date, planning: Planning) -> Diff:
    """What the reminders of the visit that is open afterwards lack."""
    person = decision.person
    hours = (person.facility.sending_hours if person.facility else None) or planning.hours
    kept = decision.visit.reminders if decision.visit is not None and not decision.opens else ()
    rules = planning.rules.of(decision.calendar)
    if decision.seen and not decision.opens:
        rules = tuple(rule for rule in rules if not rule.chases)
    closed = person.opening.closed
    asked = wanted(rules, day, person.contacts, hours, planning.zone, closed, kept)
    refused = {one.phone_id: Why.ANSWERED for one in kept if one.answer is not None}
    refused |= {one.phone_id: one.refusal for one in person.contacts if one.refusal is not None}
    told = person.told.get(decision.calendar, ())
    otherwise = Why.VISIT_OVER if decision.seen else Why.CONTACT_GONE
    return diff(asked, kept, refused, otherwise, [*told, *_told_now(decision)])


def _told_now(decision: Decision) -> Sequence[Told]:
    """What has been said about the visit that ends with this decision."""
    visit = decision.visit
    if visit is None or decision.closing is None:
        return []
    dropped = decision.closing is VisitState.DROPPED
    return [
        Told(kept.rule, kept.phone_id, kept.visit_date, dropped)
        for kept in visit.reminders
        if kept.state is ReminderState.RELEASED
    ]
