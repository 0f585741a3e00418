"""Workers of health centres, their PINs, and what they did."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table

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
