"""Days of the ministry's campaigns and of extra sessions, which no age rule can give."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select

from smsgateway.calendars.contact_file import shipped
from smsgateway.register import changes
from smsgateway.register.session_days import held_by
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


def held_at(
    connection: Connection,
    facility_ids: Sequence[int],
    start: datetime.date,
    end: datetime.date,
) -> dict[int, dict[str, frozenset[datetime.date]]]:
    """Facility -> campaign -> its days from start to end, both included, those of the whole country
    among them."""
    rows = connection.execute(
        select(campaign_day.c.facility_id, campaign_day.c.campaign, campaign_day.c.day).where(
            campaign_day.c.day.between(start, end),
            or_(campaign_day.c.facility_id.is_(None), campaign_day.c.facility_id.in_(facility_ids)),
        )
    )
    days: dict[tuple[int | None, str], set[datetime.date]] = defaultdict(set)
    for row in rows:
        days[row.facility_id, row.campaign].add(row.day)
    codes = {campaign for _, campaign in days}
    return {
        one: {code: frozenset(days[one, code] | days[None, code]) for code in sorted(codes)}
        for one in facility_ids
    }


def extra_sessions(
    held: Mapping[str, frozenset[datetime.date]], start: datetime.date
) -> frozenset[datetime.date]:
    """The days from `start` on, among those of campaigns, on which a facility vaccinates although
    it may not be one of its session days."""
    vaccinating = [one.code for one in shipped().campaigns.values() if one.vaccinates]
    days = frozenset[datetime.date]().union(*(held.get(code, ()) for code in vaccinating))
    return frozenset(day for day in days if day >= start)


def listed(connection: Connection, start: datetime.date, end: datetime.date) -> list[CampaignDay]:
    """All campaign days between two dates, both included, in order."""
    rows = connection.execute(
        select(campaign_day, facility.c.code)
        .outerjoin(facility, facility.c.id == campaign_day.c.facility_id)
        .where(campaign_day.c.day.between(start, end))
        .order_by(campaign_day.c.day, campaign_day.c.campaign, facility.c.code)
    )
    return [CampaignDay(row.day, row.campaign, row.code) for row in rows]
