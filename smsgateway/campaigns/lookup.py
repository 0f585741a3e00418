"""Finding campaigns: by the reference that people read out, and their names by id."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from smsgateway.campaigns.tables import campaign
from smsgateway.register.tables import facility


def id_of(connection: Connection, reference: str) -> int | None:
    """The campaign of a reference, whatever the case it is written in."""
    query = select(campaign.c.id).where(campaign.c.reference == reference.strip().upper())
    return connection.scalar(query)


def names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """Reference, notice and facility of each campaign, in one line."""
    query = (
        select(campaign.c.id, campaign.c.reference, campaign.c.template, facility.c.name)
        .join_from(campaign, facility, facility.c.id == campaign.c.facility_id)
        .where(campaign.c.id.in_(ids))
    )
    return {
        row.id: f"{row.reference} {row.template}, {row.name}" for row in connection.execute(query)
    }
