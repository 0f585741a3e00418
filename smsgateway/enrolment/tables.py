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
    text,
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
    Column("paid_until", Date),
    Column("pickup_place", String(60)),
    Column("missing_papers", String(200)),
    Column("beneficiaries", String(400)),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    Column("notice_on", Date),
    UniqueConstraint("scheme", "file_number"),
    Index(None, "file_number"),
    Index(
        "ix_enrolment_notice",
        "notice_on",
        "id",
        sqlite_where=text("notice_on IS NOT NULL"),
        postgresql_where=text("notice_on IS NOT NULL"),
    ),
    comment="paid_until is the last day that contributions were paid for. On notice_on it is "
    "looked at whether the end of the card or of the contributions has to be told.",
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

cover_notice = Table(
    "cover_notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("enrolment_id", ForeignKey("enrolment.id"), nullable=False),
    Column("calendar", String(12), nullable=False),
    Column("contact", String(20), nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("phone_id", ForeignKey("phone.id"), nullable=False),
    Column("noted_on", Date, nullable=False),
    Column("message_id", ForeignKey("message.id"), index=True),
    Column("reason", String(12)),
    Column("attempt", Integer, nullable=False, server_default="1"),
    UniqueConstraint(
        "enrolment_id",
        "calendar",
        "contact",
        "ends_on",
        "phone_id",
        name="uq_cover_notice_once",
    ),
    Index("ix_cover_notice_phone", "phone_id", "noted_on"),
    comment="That a card or contributions end on a day was told to a line, once for each contact "
    "of the calendar; without a message it was not, and reason says why.",
)
