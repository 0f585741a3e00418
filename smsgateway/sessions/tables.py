"""What dialogue steps have done, and how many people came to each screen."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

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

dialogue_count = Table(
    "dialogue_count",
    metadata,
    Column("day", Date, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("node", String(80), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("medium", String(8), primary_key=True),
    Column("event", String(16), primary_key=True),
    Column("outcome", String(40), primary_key=True, comment="of a look-up, else empty"),
    Column("amount", BigInteger, nullable=False),
    comment="Figures of the dialogues, see smsgateway/sessions/counts.py; nothing about persons.",
)

dialogue_count_batch = Table(
    "dialogue_count_batch",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("counted_at", Utc, nullable=False),
    comment="Batches of counts that were added; a batch that is met again is not added again.",
)

conversation = Table(
    "conversation",
    metadata,
    Column("phone_id", ForeignKey("phone.id"), primary_key=True),
    Column("step", Integer, nullable=False),
    Column("state", JSON, nullable=False),
    Column("said_at", Utc, nullable=False, comment="when its last reply was written"),
    Column("expires_at", Utc, nullable=False, index=True),
    comment="A dialogue by SMS, one a phone. It moves on in the transaction that marks the inbound "
    "message as handled and writes the reply.",
)
