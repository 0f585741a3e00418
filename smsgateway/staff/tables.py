"""Workers of health centres, their PINs, and what they did."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("phone_id", ForeignKey("phone.id"), nullable=False, unique=True),
    Column("facility_id", ForeignKey("facility.id"), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("pin_hash", String(200)),
    Column("pin_failures", Integer, nullable=False, server_default="0"),
    Column("locked_at", Utc),
    Column("invite_hash", String(200)),
    Column("invite_expires_at", Utc),
    Column("created_at", Utc, nullable=False),
)

pin_attempt = Table(
    "pin_attempt",
    metadata,
    Column("idempotency_key", String(120), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("right", Boolean, nullable=False),
    Column("left", Integer, nullable=False),
    Column("at", Utc, nullable=False, index=True),
    comment="Each try at a PIN or an invitation and what it was told, so that a callback that "
    "comes again is told the same and counts once.",
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Utc, nullable=False, index=True),
    Column("staff_id", ForeignKey("staff.id")),
    Column("action", String(40), nullable=False),
    Column("subject", String(80)),
    Column("details", JSON, nullable=False),
)
