"""Bulk messages: who asked for what, to whom, and what became of it."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc

campaign = Table(
    "campaign",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reference", String(12), nullable=False, unique=True),
    Column("idempotency_key", String(120), nullable=False, unique=True),
    Column("facility_id", ForeignKey("facility.id"), nullable=False, index=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("audience", String(20), nullable=False),
    Column("template", String(60), nullable=False),
    Column("on_date", Date, nullable=False),
    Column("recipients", Integer, nullable=False),
    Column("segments", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
)
