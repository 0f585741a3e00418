"""What people have told the service; `facility_id` says whose workers may see it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, text

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
    "facility_id null: nobody knows yet which centre should call.",
)
