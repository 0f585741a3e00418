"""The calendars that people are followed by, each of which says which visit should be open.

The planner knows nothing of vaccines or pregnancies: it asks each calendar in turn.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from smsgateway.calendars import antenatal, contact_file
from smsgateway.calendars.contacts import CalendarKind, DueContact
from smsgateway.calendars.model import Schedule
from smsgateway.register.pregnancies import Pregnancy
from smsgateway.reminders.campaign_outlook import campaign_outlook, rounds_of
from smsgateway.reminders.contact_outlook import contact_outlook
from smsgateway.reminders.outlook import Outlook, Sessions, child_forecast, outlook
from smsgateway.reminders.people import Person
from smsgateway.reminders.rules import Rulebook
from smsgateway.reminders.states import ReminderState, Why

CONTACTS_LABEL = contact_file.shipped().label
"""What plans of contact calendars were made with; a new version of their file plans anew."""

FREE_DAYS: frozenset[int] = frozenset()
"""Consultations are held on every weekday, whatever the days of vaccination are."""

PENTA_AGE = timedelta(weeks=6)

SUMMONS_LASTS = timedelta(days=30)
"""How long after its day a summons that nobody has followed is still pursued."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a calendar says of somebody today: the visit that should be open, the codes of what has
    been done, and why nothing waits any more when nothing does. `anew` tells that the calendar has
    begun again since the visit that is open: the coming one is another, even of the same code."""

    coming: Outlook | None
    done: frozenset[str] = frozenset()
    ended: Why = Why.VISIT_OVER
    anew: bool = False


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
        sessions = Sessions(child.facility.session_days, person.opening)
        coming = outlook(forecast, sessions, today, current, self.lead)
        given = (dose.dose for dose in forecast.doses if dose.valid and dose.dose is not None)
        return Seen(coming, frozenset(given))


@dataclass(frozen=True, slots=True)
class Antenatal:
    """The contacts of a pregnancy. Once it has ended nothing is said about it any more."""

    lead: timedelta
    kind: CalendarKind = CalendarKind.ANTENATAL
    label: str = CONTACTS_LABEL

    def see(self, person: Person, today: date) -> Seen | None:
        mother = person.motherhood
        if mother is None:
            return None
        pregnancy = mother.pregnancy
        if pregnancy is None or person.facility is None:
            return Seen(None, ended=Why.LOSS if mother.lost else Why.VISIT_OVER)
        visit = person.visits.get(self.kind)
        if visit is not None and visit.day < pregnancy.lmp_date:
            others = {kind: one for kind, one in person.visits.items() if kind is not self.kind}
            return replace(self._see(replace(person, visits=others), pregnancy, today), anew=True)
        return self._see(person, pregnancy, today)

    def _see(self, person: Person, pregnancy: Pregnancy, today: date) -> Seen:
        due = antenatal.contacts(pregnancy.lmp_date, pregnancy.registered_on, person.anc_model)
        return _see(person, self.kind, due, today, self.lead, FREE_DAYS)


@dataclass(frozen=True, slots=True)
class Postnatal:
    """The contacts after a birth. That of the 6th week falls together with the child's first
    pentavalent dose, whose reminder calls both: it has none of its own."""

    lead: timedelta
    kind: CalendarKind = CalendarKind.POSTNATAL
    label: str = CONTACTS_LABEL

    def see(self, person: Person, today: date) -> Seen | None:
        mother = person.motherhood
        if mother is None:
            return None
        delivered = mother.delivered_on
        if delivered is None:
            return Seen(None, ended=Why.LOSS if mother.lost else Why.VISIT_OVER)
        due = [
            contact
            for calendar in contact_file.shipped().active(self.kind)
            for contact in calendar.due(delivered, delivered)
            if contact.date < delivered + PENTA_AGE
        ]
        return _see(person, self.kind, due, today, self.lead, FREE_DAYS)


@dataclass(frozen=True, slots=True)
class Growth:
    """Weighing and measuring a child; off until a health district confirms its calendar."""

    lead: timedelta
    kind: CalendarKind = CalendarKind.GROWTH
    label: str = CONTACTS_LABEL

    def see(self, person: Person, today: date) -> Seen | None:
        child = person.child
        if child is None:
            return None
        due = [
            contact
            for calendar in contact_file.shipped().active(self.kind)
            for contact in calendar.due(child.birth_date, today)
        ]
        if not due:
            return Seen(None)
        return _see(person, self.kind, due, today, self.lead, child.facility.session_days)


@dataclass(frozen=True, slots=True)
class Consultation:
    """The consultation that a doctor has summoned somebody to, by a day."""

    lead: timedelta
    kind: CalendarKind = CalendarKind.CONSULTATION
    label: str = CONTACTS_LABEL

    def see(self, person: Person, today: date) -> Seen | None:
        summons = person.summons
        if summons is None:
            visit = person.visits.get(self.kind)
            return Seen(None, person.held.get(self.kind, frozenset())) if visit else None
        last = summons.by_date + SUMMONS_LASTS
        due = [DueContact(summons.code, summons.by_date, last, min(today, summons.by_date))]
        return _see(person, self.kind, due, today, self.lead, FREE_DAYS)


@dataclass(frozen=True, slots=True)
class Campaign:
    """The rounds of the ministry's campaigns at a child's health centre. Who came is counted by the
    campaign, not here: a round is announced, and nobody is chased for it."""

    schedule: Schedule
    kind: CalendarKind = CalendarKind.CAMPAIGN
    label: str = CONTACTS_LABEL

    def see(self, person: Person, today: date) -> Seen | None:
        child = person.child
        if child is None:
            return None
        visit = person.visits.get(self.kind)
        rounds = list(rounds_of(child, person.opening, self.schedule, today))
        current = (visit.day, visit.doses) if visit else None
        told = visit is not None and any(
            one.state is ReminderState.RELEASED for one in visit.reminders
        )
        return Seen(campaign_outlook(rounds, today, current, told))


def _see(
    person: Person,
    kind: CalendarKind,
    due: Sequence[DueContact],
    today: date,
    lead: timedelta,
    weekdays: Collection[int],
) -> Seen:
    """What a calendar of contacts says, with what has been held of it."""
    held = person.held.get(kind, frozenset())
    visit = person.visits.get(kind)
    current = (visit.day, visit.doses) if visit else None
    sessions = Sessions(weekdays, person.opening)
    return Seen(contact_outlook(due, held, sessions, today, current, lead), held)


def calendars_of(schedule: Schedule, rulebook: Rulebook) -> tuple[Calendar, ...]:
    """Every calendar that plans are made with."""
    return (
        Vaccination(schedule, rulebook.lead(CalendarKind.VACCINATION)),
        Antenatal(rulebook.lead(CalendarKind.ANTENATAL)),
        Postnatal(rulebook.lead(CalendarKind.POSTNATAL)),
        Growth(rulebook.lead(CalendarKind.GROWTH)),
        Consultation(rulebook.lead(CalendarKind.CONSULTATION)),
        Campaign(schedule),
    )
