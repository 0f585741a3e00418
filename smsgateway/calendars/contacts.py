"""Calendars that count their contacts from one event: a last menstrual period, a delivery, a birth,
an injection, the end of a card.

They are data: `schedules/mali_contacts.json`, which `contact_file` reads.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smsgateway.calendars.dates import Interval, add
from smsgateway.calendars.due_contact import DueContact
from smsgateway.calendars.mass_campaigns import MassCampaign
from smsgateway.calendars.model import Bound

__all__ = [
    "AnchorEvent",
    "CalendarKind",
    "Contact",
    "ContactCalendar",
    "ContactCalendars",
    "DueContact",
]


class CalendarKind(StrEnum):
    """What a contact is about. A person has at most one open visit of each kind."""

    VACCINATION = "vaccination"
    ANTENATAL = "antenatal"
    POSTNATAL = "postnatal"
    GROWTH = "growth"
    POST_DOSE = "post_dose"
    COVERAGE = "coverage"
    """The end of a card; like contributions, of a file and not of a person."""
    CONTRIBUTION = "contribution"
    CONSULTATION = "consultation"
    CAMPAIGN = "campaign"


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
    """The calendars of one file by their ids, and the campaigns by their codes."""

    version: str
    calendars: Mapping[str, ContactCalendar]
    campaigns: Mapping[str, MassCampaign]

    @property
    def label(self) -> str:
        """Identifies what a stored plan was made with."""
        return f"contacts {self.version}"

    def pick(self, calendar_id: str) -> ContactCalendar:
        """Raises KeyError."""
        return self.calendars[calendar_id]

    def active(self, kind: CalendarKind) -> list[ContactCalendar]:
        """Those of a kind that are switched on."""
        return [one for one in self.calendars.values() if one.kind is kind and one.active]
