"""What people have told the service; `facility_id` says whose workers may see it."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc

callback_request = Table(
    "callback_request",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("idempotency_key", String(160), nullable=False, unique=True),
    Column("phone_id", ForeignKey("phone.id"), nullable=False),
    Column("facility_id", ForeignKey("facility.id"), index=True),
    Column("reason", String(20), nullable=False),
    Column("requested_at", Utc, nullable=False),
    Column("settled_at", Utc),
    Column("outcome", String(20)),
    Column("staff_id", ForeignKey("staff.id")),
    Index(
        "ix_callback_request_open",
        "phone_id",
        "reason",
        unique=True,
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
    comment="Somebody waits for a call on this line; one open request for a line and a reason. "
    "facility_id null: no centre is to see it, or nobody knows yet which one should call.",
)

complaint = Table(
    "complaint",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ticket", String(9), nullable=False, unique=True),
    Column("idempotency_key", String(160), nullable=False, unique=True),
    Column("phone_id", ForeignKey("phone.id"), nullable=False, index=True),
    Column("facility_id", ForeignKey("facility.id"), index=True),
    Column("kind", String(20), nullable=False),
    Column("language", String(2), nullable=False),
    Column("status", String(12), nullable=False),
    Column("filed_at", Utc, nullable=False),
    Column("status_at", Utc, nullable=False),
    Column("answer", Text),
    Column("staff_id", ForeignKey("staff.id")),
    comment="facility_id is the place complained of, null when it was not told; staff_id who "
    "answered. The words of an answer are for the phone that complained alone.",
)

survey_answer = Table(
    "survey_answer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("phone_id", ForeignKey("phone.id"), nullable=False),
    Column("facility_id", ForeignKey("facility.id"), nullable=False),
    Column("week", Date, nullable=False),
    Column("welcome", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("recommends", Integer, nullable=False),
    Column("answered_at", Utc, nullable=False),
    UniqueConstraint("phone_id", "facility_id", "week"),
    Index(None, "facility_id", "week"),
    comment="How a visit went: 1 well, 2 so-so, 3 badly. A phone speaks once a week of a place; "
    "week is its Monday.",
)
