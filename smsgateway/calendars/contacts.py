"""Contacts that are due on days counted from one event, and the shape all calendars share.

A calendar answers with `DueContact`s, whatever it is about: a dose of the vaccination schedule, an
antenatal contact counted from the last menstrual period, a postnatal one counted from delivery, a
notice before the end of a card. `visits.group` makes visits of them, and whoever plans reminders
needs no more. The calendars themselves are data: `schedules/mali_contacts.json`, which
`contact_file` reads.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smsgateway.calendars.dates import Interval, add
from smsgateway.calendars.model import Bound


class CalendarKind(StrEnum):
    """What a contact is about. A person has at most one open visit of each kind."""

    VACCINATION = "vaccination"
    ANTENATAL = "antenatal"
    POSTNATAL = "postnatal"
    GROWTH = "growth"
    POST_DOSE = "post_dose"
    COVERAGE = "coverage"
    CONSULTATION = "consultation"


class AnchorEvent(StrEnum):
    """The event whose date a calendar counts from.

    `lmp` is the first day of the last menstrual period; `delivery` and `birth` are one day seen
    from the mother and from the child; `dose` is an injection; `card_end` and `contributions_end`
    are the last day on which a person is covered.
    """

    LMP = "lmp"
    DELIVERY = "delivery"
    BIRTH = "birth"
    DOSE = "dose"
    CARD_END = "card_end"
    CONTRIBUTIONS_END = "contributions_end"


@dataclass(frozen=True, slots=True)
class DueContact:
    """A contact that is expected on `date`, and the days on which it makes sense at all.

    `window_start` is the first day on which it can be held (a visit on an earlier day takes it
    along from then on), `window_end` the last one: afterwards it is missed and nobody is called
    for it. Always window_start <= date <= window_end.
    """

    code: str
    date: datetime.date
    window_end: datetime.date
    window_start: datetime.date

    def is_open(self, day: datetime.date) -> bool:
        """Whether it can be held on that day."""
        return self.window_start <= day <= self.window_end


@dataclass(frozen=True, slots=True)
class Contact:
    """A row of a calendar, as offsets from its event: its day, and its window."""

    code: str
    at: Interval
    earliest: Interval
    until: Bound

    def from_anchor(self, anchor: datetime.date) -> DueContact:
        """This contact of somebody whose event was on that day."""
        return DueContact(
            self.code,
            add(anchor, self.at),
            self.until.last_day(anchor),
            add(anchor, self.earliest),
        )


@dataclass(frozen=True, slots=True)
class ContactCalendar:
    """Contacts counted from one event.

    `active` is false for what nobody has confirmed enough to call families for it. `notice` says
    what is still to be confirmed and is shown wherever the calendar is used. `on_session_days`
    tells that a facility holds them on its session days alone. With `late_start` a contact whose
    day went by before somebody was registered is not made up for. `vaccines` are the series after
    which a calendar of `dose` applies.
    """

    id: str
    kind: CalendarKind
    anchor: AnchorEvent
    contacts: tuple[Contact, ...]
    active: bool = True
    notice: str | None = None
    confidence: str | None = None
    on_session_days: bool = False
    late_start: bool = False
    vaccines: frozenset[str] = frozenset()

    def due(self, anchor: datetime.date, since: datetime.date) -> list[DueContact]:
        """The contacts of somebody known since that day, in the order of their dates.

        Those whose window was over before `since` are left out; with `late_start` also those whose
        day was. Raises OverflowError or ValueError beyond the years 1 to 9999.
        """
        every = (row.from_anchor(anchor) for row in self.contacts)
        return [
            contact
            for contact in every
            if (contact.date if self.late_start else contact.window_end) >= since
        ]


@dataclass(frozen=True)
class ContactCalendars:
    """The calendars of one file by their ids."""

    calendars: Mapping[str, ContactCalendar]

    def pick(self, calendar_id: str) -> ContactCalendar:
        """Raises KeyError."""
        return self.calendars[calendar_id]

    def active(self, kind: CalendarKind) -> list[ContactCalendar]:
        """Those of a kind that are switched on."""
        return [one for one in self.calendars.values() if one.kind is kind and one.active]
