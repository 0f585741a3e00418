"""When a facility holds sessions and what it can give: closed days, campaign days, stock-outs."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, text

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc


def _once_a_day(table: str, *columns: str) -> list[Index]:
    """A day has one row for each facility, and one for all of them, where NULL equals NULL."""
    all_of_them, one = text("facility_id IS NULL"), text("facility_id IS NOT NULL")
    return [
        Index(
            f"uq_{table}_everywhere",
            *columns,
            unique=True,
            sqlite_where=all_of_them,
            postgresql_where=all_of_them,
        ),
        Index(
            f"uq_{table}_facility",
            "facility_id",
            *columns,
            unique=True,
            sqlite_where=one,
            postgresql_where=one,
        ),
    ]


closure = Table(
    "closure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("facility_id", ForeignKey("facility.id")),
    Column("day", Date, nullable=False),
    Column("reason", String(80), nullable=False),
    Column("confirmed", Boolean, nullable=False),
    *_once_a_day("closure", "day"),
    comment="A day without sessions; facility null for the whole country. Not `confirmed`: an "
    "estimate, such as a feast that follows the moon.",
)

campaign_day = Table(
    "campaign_day",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("facility_id", ForeignKey("facility.id")),
    Column("campaign", String(20), nullable=False),
    Column("day", Date, nullable=False),
    *_once_a_day("campaign_day", "day", "campaign"),
    comment="A day on which a campaign of the ministry, or an extra session, is held; facility "
    "null for the whole country.",
)

stock_out = Table(
    "stock_out",
    metadata,
    Column("facility_id", ForeignKey("facility.id"), primary_key=True),
    Column("dose", String(20), primary_key=True),
    Column("since", Utc, nullable=False),
    comment="A dose (PENTA2) or series (PENTA) that a facility cannot give for now.",
)

facility_mark = Table(
    "facility_mark",
    metadata,
    Column("facility_id", ForeignKey("facility.id"), primary_key=True, autoincrement=False),
    Column("marked_at", Utc, nullable=False, index=True),
    Column("after_id", Integer, nullable=False),
    comment="Facilities whose people all need a new plan: one row whatever their number. Those up "
    "to person `after_id` have their mark already.",
)
