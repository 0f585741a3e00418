"""Reading and checking a file of contact calendars. A wrong file is refused with row and rule.

The format is documented in `smsgateway/calendars/schedules/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import resources
from itertools import zip_longest
from typing import Any, NamedTuple

from smsgateway.calendars.contacts import (
    AnchorEvent,
    CalendarKind,
    Contact,
    ContactCalendar,
    ContactCalendars,
)
from smsgateway.calendars.dates import Interval
from smsgateway.calendars.mass_campaigns import MassCampaign
from smsgateway.calendars.model import Bound
from smsgateway.calendars.rows import Row, ScheduleError

__all__ = ["FORMAT", "ScheduleError", "read_contacts", "shipped"]

FORMAT = "smsgateway-contacts-1"

_MOST_CONTACTS = 200
"""No calendar has more; a repetition that gives more is a mistake in its interval."""

_CAMPAIGN = 10
"""The code of a round is that of its campaign and six digits, in a column of 16 letters."""

_VERSION = 31
"""A plan keeps the label of its calendars, which begins with `contacts`, in 40 letters."""


@cache
def shipped() -> ContactCalendars:
    """The contact calendars in the package."""
    file = resources.files("smsgateway.calendars") / "schedules" / "mali_contacts.json"
    return read_contacts(json.loads(file.read_text(encoding="utf-8")))


def read_contacts(data: Any) -> ContactCalendars:
    """Check `data` (the parsed JSON of a file) and build its calendars. Raises ScheduleError."""
    row = Row("file", data)
    if row.take("format", str) != FORMAT:
        raise row.fail("format", f"must be {FORMAT}")
    row.skip("about", "sources")
    version = row.need("version", str)
    if len(version) > _VERSION:
        raise row.fail("version", f"must have at most {_VERSION} letters")
    calendars: dict[str, ContactCalendar] = {}
    for each in row.rows("calendars"):
        calendar = _calendar(each)
        if calendar.id in calendars:
            raise row.fail("calendars", f"has {calendar.id} twice")
        calendars[calendar.id] = calendar
    campaigns: dict[str, MassCampaign] = {}
    for each in row.rows("campaigns"):
        campaign = _campaign(each)
        if campaign.code in campaigns:
            raise row.fail("campaigns", f"has {campaign.code} twice")
        campaigns[campaign.code] = campaign
    row.end()
    return ContactCalendars(version, calendars, campaigns)


def _campaign(row: Row) -> MassCampaign:
    row.skip("about", "sources", "confidence")
    campaign = MassCampaign(
        code=row.code("code"),
        name=row.need("name", str),
        ages=row.ages("ages"),
        vaccinates=row.need("vaccinates", bool),
        notice=row.take("notice", str),
        sex=row.take("sex", str),
        districts=frozenset(name.casefold() for name in row.texts("districts")) or None,
    )
    if campaign.sex not in {None, "F", "M"}:
        raise row.fail("sex", "must be F or M")
    if len(campaign.code) > _CAMPAIGN:
        raise row.fail("code", f"must have at most {_CAMPAIGN} letters")
    row.end()
    return campaign


def _calendar(row: Row) -> ContactCalendar:
    row.skip("about", "sources")
    calendar = ContactCalendar(
        id=row.need("id", str),
        kind=row.choice("kind", CalendarKind),
        anchor=row.choice("anchor", AnchorEvent),
        contacts=_contacts(row),
        active=row.take("active", bool, True) is True,
        notice=row.take("notice", str),
        confidence=row.take("confidence", str),
        on_session_days=row.take("on_session_days", bool, False) is True,
        late_start=row.take("late_start", bool, False) is True,
        vaccines=frozenset(name.upper() for name in row.texts("vaccines")),
    )
    if calendar.active and calendar.confidence == "low":
        raise row.fail("active", "must be false while confidence is low")
    row.end()
    return calendar


def _contacts(row: Row) -> tuple[Contact, ...]:
    """The rows with their windows closed: a contact without `until` lasts to the next one."""
    rows = [one for each in row.rows("contacts") for one in _expand(each)]
    if not rows:
        raise row.fail("contacts", "must have at least one row")
    if len({one.code for one in rows}) < len(rows):
        raise row.fail("contacts", "must have codes that differ")
    contacts = []
    for one, following in zip_longest(rows, rows[1:]):
        if one.until is not None:
            end = Bound(one.until, inclusive=True)
        elif following is not None:
            end = Bound(following.earliest, inclusive=False)
        else:
            raise row.fail(
                "contacts", f"must say until when {one.code} can be held: it is the last"
            )
        contacts.append(_checked(row, Contact(one.code, one.at, one.earliest, end)))
    return tuple(contacts)


class _Offsets(NamedTuple):
    """A contact as it is written; its window may still be open at the end."""

    code: str
    at: Interval
    earliest: Interval
    until: Interval | None


def _expand(row: Row) -> Iterator[_Offsets]:
    """One contact, or each one of a repetition."""
    row.skip("about")
    code, every = row.code("code"), row.interval("every")
    if every is None:
        at = row.interval("at", signed=True)
        if at is None:
            raise row.fail("at", "is missing")
        earliest, until = row.interval("from", signed=True), row.interval("until", signed=True)
        yield _Offsets(code, at, earliest or at, until)
    else:
        yield from _repeat(row, code, every)
    row.end()


def _repeat(row: Row, code: str, every: Interval) -> Iterator[_Offsets]:
    """A contact `every` so often, `from` the first one `until` the end of the last one's window.
    Its code gets the number of units, such as CPE9 for 9 months."""
    first, last = row.interval("from"), row.interval("until")
    if first is None or last is None or {first.unit, last.unit} != {every.unit}:
        raise row.fail("every", "needs from and until in the same unit")
    if every.value < 1 or (last.value - first.value) // every.value >= _MOST_CONTACTS:
        raise row.fail("every", f"must give at most {_MOST_CONTACTS} contacts")
    values = range(first.value, last.value + 1, every.value)
    for value in values:
        at = Interval(value, every.unit)
        yield _Offsets(f"{code}{value}", at, at, None if value < values[-1] else last)


_ANY_DAY = date(2024, 1, 1)
"""Offsets are put in order from here; their order is the same from any day."""


def _checked(row: Row, contact: Contact) -> Contact:
    due = contact.from_anchor(_ANY_DAY)
    if not due.window_start <= due.date <= due.window_end:
        raise row.fail("contacts", f"{contact.code} must have from, at and until in this order")
    return contact
