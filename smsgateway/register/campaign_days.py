"""Days of the ministry's campaigns and of extra sessions, which no age rule can give."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from smsgateway.calendars.contact_file import shipped
from smsgateway.register import changes
from smsgateway.register.session_days import days_of, held_by
from smsgateway.register.session_tables import campaign_day
from smsgateway.register.tables import facility
from smsgateway.storage.upsert import insert_new


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """A day as lists show it; no facility means the whole country."""

    date: datetime.date
    campaign: str
    facility_code: str | None


def add(
    connection: Connection,
    campaign: str,
    days: Sequence[datetime.date],
    now: datetime.datetime,
    *,
    facility_id: int | None = None,
) -> None:
    """Hold a campaign on these days. Raises KeyError for one that nobody knows."""
    code = shipped().campaigns[campaign.upper()].code
    rows = [{"facility_id": facility_id, "campaign": code, "day": day} for day in days]
    connection.execute(insert_new(connection, campaign_day), rows)
    changes.mark_place(connection, facility_id, now)


def remove(
    connection: Connection,
    campaign: str,
    day: datetime.date,
    now: datetime.datetime,
    *,
    facility_id: int | None = None,
) -> bool:
    """Take a day back. False when the campaign was not held then."""
    this = (
        held_by(campaign_day, facility_id),
        campaign_day.c.campaign == campaign.upper(),
        campaign_day.c.day == day,
    )
    gone = connection.execute(delete(campaign_day).where(*this)).rowcount > 0
    if gone:
        changes.mark_place(connection, facility_id, now)
    return gone


def extra_sessions_of(
    connection: Connection,
    facility_ids: Sequence[int],
    start: datetime.date,
    end: datetime.date,
) -> dict[int, frozenset[datetime.date]]:
    """The days from start to end, both included, on which facilities vaccinate although it may not
    be one of their session days."""
    codes = [one.code for one in shipped().campaigns.values() if one.vaccinates]
    vaccinating = campaign_day.c.campaign.in_(codes)
    return days_of(connection, campaign_day, facility_ids, start, end, vaccinating)


def days_of_campaign(
    connection: Connection,
    campaign: str,
    facility_ids: Sequence[int],
    start: datetime.date,
    end: datetime.date,
) -> dict[int, frozenset[datetime.date]]:
    """The days from start to end, both included, of one campaign at each facility."""
    this = campaign_day.c.campaign == campaign.upper()
    return days_of(connection, campaign_day, facility_ids, start, end, this)


def listed(connection: Connection, start: datetime.date, end: datetime.date) -> list[CampaignDay]:
    """All campaign days between two dates, both included, in order."""
    rows = connection.execute(
        select(campaign_day, facility.c.code)
        .outerjoin(facility, facility.c.id == campaign_day.c.facility_id)
        .where(campaign_day.c.day.between(start, end))
        .order_by(campaign_day.c.day, campaign_day.c.campaign, facility.c.code)
    )
    return [CampaignDay(row.day, row.campaign, row.code) for row in rows]
