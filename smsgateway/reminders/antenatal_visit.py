"""The answer to "when is my next visit?" of a woman who expects a child."""

from __future__ import annotations

from datetime import date

from smsgateway.calendars.antenatal import calendar_of
from smsgateway.calendars.visits import next_session
from smsgateway.register.facilities import FacilityRow


def next_antenatal(
    lmp_date: date, registered_on: date, facility: FacilityRow, today: date
) -> date | None:
    """The first contact from today on, moved to a session day where the calendar wants one; None
    after the last."""
    calendar = calendar_of(facility.anc_model)
    session_days = facility.session_days if calendar.on_session_days else frozenset()
    days = (next_session(one.date, session_days) for one in calendar.due(lmp_date, registered_on))
    return next((day for day in days if day >= today), None)
