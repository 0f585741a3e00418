"""Schemes of social protection and the files people have with them."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
)

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc

scheme = Table(
    "scheme",
    metadata,
    Column("code", String(12), primary_key=True),
    Column("label_fr", String(80), nullable=False),
    Column("renewable", Boolean),
    Column("validity_years", Integer),
    Column("successor", String(12)),
    comment="RAMED, RAMED+, AMV, AMV+, AMO ... are rows, so that a reform is data. "
    "Null: not established.",
)

enrolment = Table(
    "enrolment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scheme", ForeignKey("scheme.code"), nullable=False),
    Column("file_number", String(32), nullable=False),
    Column("holder_name", String(120), nullable=False),
    Column("holder_birth_year", Integer, nullable=False),
    Column("status", String(24), nullable=False),
    Column("status_date", Date, nullable=False),
    Column("household_id", ForeignKey("household.id"), index=True),
    Column("phone_id", ForeignKey("phone.id"), index=True),
    Column("card_number", String(32)),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("pickup_place", String(60)),
    Column("missing_papers", String(200)),
    Column("beneficiaries", String(400)),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("scheme", "file_number"),
    Index(None, "file_number"),
)

enrolment_history = Table(
    "enrolment_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("enrolment_id", ForeignKey("enrolment.id"), nullable=False, index=True),
    Column("status", String(24), nullable=False),
    Column("status_date", Date, nullable=False),
    Column("recorded_at", Utc, nullable=False),
)

enrolment_watch = Table(
    "enrolment_watch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("enrolment_id", ForeignKey("enrolment.id"), nullable=False),
    Column("phone_id", ForeignKey("phone.id"), nullable=False, index=True),
    Column("language", String(2), nullable=False),
    Column("seen_history_id", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("enrolment_id", "phone_id"),
    comment="Tell this phone when the status of this file changes; seen_history_id is the last row "
    "of enrolment_history that it knows of, 0 before the first.",
)
