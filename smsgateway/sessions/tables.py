"""What dialogue steps have done: one row for each step that has effects."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, String, Table, Text, UniqueConstraint

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc

dialogue_step = Table(
    "dialogue_step",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_key", String(100), nullable=False),
    Column("transcript", String(32), nullable=False),
    Column("state", JSON),
    Column("reply", Text, nullable=False),
    Column("final", Integer, nullable=False),
    Column("effects", JSON, nullable=False),
    Column("created_at", Utc, nullable=False, index=True),
    UniqueConstraint("session_key", "transcript"),
    comment="Written in the transaction of the effects and before the session in Redis; the "
    "insert decides a race, and the loser answers with this reply. `transcript` is the digest of "
    "all answers so far: a counter would begin again when Redis is lost.",
)
