"""The outbox and what comes back: messages, their history, receipts, inbound messages, channels."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc

message = Table(
    "message",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dedupe_key", String(120), nullable=False, unique=True),
    Column("class", String(10), nullable=False, key="message_class"),
    Column("lane", BigInteger, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("phone_id", ForeignKey("phone.id"), nullable=False, index=True),
    Column("msisdn", String(16), nullable=False),
    Column("language", String(2), nullable=False),
    Column("template", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("encoding", String(5), nullable=False),
    Column("segments", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(40)),
    Column("due_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease", String(40)),
    Column("lease_until", Utc),
    Column("call_began_at", Utc),
    Column("accepted_at", Utc),
    Column("aggregator_message_id", String(80), index=True),
    Column("cost", Numeric(12, 4)),
    Column("currency", String(3)),
    Column("campaign_id", Integer, ForeignKey("campaign.id"), index=True),
    Column("facility_id", ForeignKey("facility.id")),
    Column("created_at", Utc, nullable=False),
    Index(
        "ix_message_due",
        "channel",
        "lane",
        "due_at",
        "id",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    Index(
        "ix_message_template",
        "template",
        "created_at",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    Index(
        "ix_message_planned",
        "due_at",
        sqlite_where=text("state = 'planned'"),
        postgresql_where=text("state = 'planned'"),
    ),
    Index(
        "ix_message_waiting",
        "expires_at",
        sqlite_where=text("state IN ('planned', 'queued')"),
        postgresql_where=text("state IN ('planned', 'queued')"),
    ),
    Index(
        "ix_message_open",
        "state",
        "lease_until",
        sqlite_where=text("state IN ('submitting', 'unknown')"),
        postgresql_where=text("state IN ('submitting', 'unknown')"),
    ),
    Index("ix_message_msisdn_accepted", "msisdn", "accepted_at"),
    comment="One SMS to one phone. `body` is what goes on the wire, already folded. `lane` is the "
    "priority and the campaign in one number: lanes of a priority take turns. `lease_until` "
    "ends a worker's hold on a submitting message, and the wait for a receipt of an unknown one.",
)

message_history = Table(
    "message_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", ForeignKey("message.id"), nullable=False, index=True),
    Column("from_state", String(12)),
    Column("to_state", String(12), nullable=False),
    Column("reason", String(40)),
    Column("at", Utc, nullable=False),
)

delivery_report = Table(
    "delivery_report",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("aggregator", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("aggregator_message_id", String(80), index=True),
    Column("reference", Integer),
    Column("msisdn", String(16)),
    Column("status", String(40)),
    Column("state", String(12)),
    Column("reason", String(60)),
    Column("raw", JSON, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("retry_at", Utc, nullable=False),
    Column("settled_at", Utc),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("message_id", ForeignKey("message.id")),
    Index(
        "ix_delivery_report_unsettled",
        "retry_at",
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
    comment="A receipt as it came: `reference` is our own id of the message where the aggregator "
    "gives it back, `status` is the aggregator's word, `state` what it means to us, "
    "null for a word that we do not know. Settled once it has found its message or was given up.",
)

inbound_message = Table(
    "inbound_message",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("aggregator", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("aggregator_message_id", String(80), nullable=False),
    Column("msisdn", String(16), nullable=False),
    Column("recipient", String(16)),
    Column("body", Text, nullable=False),
    Column("raw", JSON, nullable=False),
    Column("sent_at", Utc),
    Column("received_at", Utc, nullable=False),
    Column("handled_at", Utc),
    Column("outcome", String(20)),
    UniqueConstraint("aggregator", "aggregator_message_id"),
    Index(
        "ix_inbound_message_unhandled",
        "received_at",
        sqlite_where=text("handled_at IS NULL"),
        postgresql_where=text("handled_at IS NULL"),
    ),
)

ussd_event = Table(
    "ussd_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("aggregator", String(20), nullable=False),
    Column("session_id", String(100), nullable=False),
    Column("status", String(20)),
    Column("hops", Integer),
    Column("duration_ms", Integer),
    Column("received_at", Utc, nullable=False),
    UniqueConstraint("aggregator", "session_id"),
    comment="The end of a USSD session; its input and last screen are personal and not kept.",
)

unread_callback = Table(
    "unread_callback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("content_type", String(100), nullable=False),
    Column("query", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("error", String(80), nullable=False),
    Column("received_at", Utc, nullable=False),
    comment="A callback of which nothing could be made, as it came over HTTP; `error` says why, "
    "and nothing of what it holds.",
)

channel = Table(
    "channel",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("paused_at", Utc),
    Column("paused_reason", String(40)),
    Column("resumes_at", Utc),
    Column("failures", Integer, nullable=False, server_default="0"),
    comment="A way out that has been paused: `resumes_at` null waits for a person. `failures` "
    "counts the calls in a row that the gateway did not take, for the back-off.",
)
