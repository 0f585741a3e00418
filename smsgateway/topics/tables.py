"""Who wants the tips of which topic."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, text

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc

topic_subscription = Table(
    "topic_subscription",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("phone_id", ForeignKey("phone.id"), nullable=False),
    Column("topic", String(20), nullable=False),
    Column("wording", String(20), nullable=False),
    Column("language", String(2), nullable=False),
    Column("subscribed_at", Utc, nullable=False),
    Column("told", Integer, nullable=False, server_default="0"),
    Column("due_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("why_ended", String(12)),
    Index(
        "ix_topic_subscription_open",
        "phone_id",
        "topic",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index(
        "ix_topic_subscription_due",
        "due_at",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    comment="The consent to a topic's tips: to which wording, in which language, from when until "
    "when. `told` counts the tips written so far; the next one is due at `due_at`.",
)
