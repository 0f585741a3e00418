"""Whether the family of somebody who was summoned is still told by SMS, so that nobody is promised
a message that never leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, select

from smsgateway.calendars.hours import closes_on
from smsgateway.consultations.summoning import Summons
from smsgateway.messaging.hours import SendingHours
from smsgateway.register import consents, facilities
from smsgateway.register.tables import caregiver, phone

ON_ITS_WAY = timedelta(minutes=5)
"""From the summons until its notice leaves: a plan, a release, the queue."""


def leaves_in_time(
    connection: Connection, one: Summons, hours: SendingHours, now: datetime
) -> bool:
    """Whether sending is open at the centre before the last day is over, and a line of the family
    takes messages."""
    if consents.is_withdrawn(connection, one.person_id) or not _reached(connection, one.person_id):
        return False
    place = facilities.by_ids(connection, [one.facility_id])[one.facility_id]
    own = place.sending_hours
    openings = hours.openings(connection, [place.id], now)
    begins = openings.next(now + ON_ITS_WAY, place.id, own).begins
    return begins < closes_on(one.by_date, own or hours.default, hours.zone)


def _reached(connection: Connection, person_id: int) -> bool:
    lines = (
        exists()
        .where(caregiver.c.person_id == person_id, caregiver.c.suspended_at.is_(None))
        .where(phone.c.id == caregiver.c.phone_id, phone.c.opted_out_at.is_(None))
    )
    return bool(connection.scalar(select(lines)))
