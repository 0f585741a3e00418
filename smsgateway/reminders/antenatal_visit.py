"""The answer to "when is my next visit?" of a woman who expects a child."""

from __future__ import annotations

from datetime import date

from smsgateway.calendars.antenatal import contacts
from smsgateway.register.facilities import FacilityRow
from smsgateway.register.openings import Opening
from smsgateway.reminders.calendars import FREE_DAYS
from smsgateway.reminders.outlook import Sessions


def next_antenatal(
    lmp_date: date, registered_on: date, facility: FacilityRow, opening: Opening, today: date
) -> date | None:
    """The first contact from today on, kept off the days on which the facility is closed, as her
    reminders will have it; None after the last."""
    sessions = Sessions(FREE_DAYS, opening)
    due = contacts(lmp_date, registered_on, facility.anc_model)
    return next((day for day in (sessions.next(one.date) for one in due) if day >= today), None)
