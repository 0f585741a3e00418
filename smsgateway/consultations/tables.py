"""Children whom a health worker has summoned to a consultation, and visits to their homes."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, text

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc

summons = Table(
    "summons",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("facility_id", ForeignKey("facility.id"), nullable=False),
    Column("reason", String(12), nullable=False),
    Column("by_date", Date, nullable=False),
    Column("voucher", String(16), nullable=False, unique=True),
    Column("summoned_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Column("seen_on", Date),
    Index(
        "uq_summons_open",
        "person_id",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    comment="A doctor wants to see a child by a day. The class of the reason is for the centre and "
    "never in a message; the voucher (bon) is what the family shows.",
)

home_visit = Table(
    "home_visit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("summons_id", ForeignKey("summons.id"), nullable=False, index=True),
    Column("visited_on", Date, nullable=False),
    Column("found", String(8), nullable=False),
    Column("recorded_at", Utc, nullable=False),
    comment="Somebody went to see a family that did not come.",
)
