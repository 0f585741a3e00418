"""The ends of USSD sessions, as the gateway tells them: for figures, never for a dialogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from smsgateway.messaging.tables import ussd_event
from smsgateway.storage.upsert import insert_new


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How a session ended. What was typed and shown last is personal and not taken over."""

    session_id: str
    status: str | None
    hops: int | None
    duration_ms: int | None


def store(connection: Connection, aggregator: str, end: SessionEnd, now: datetime) -> None:
    """Keep the first event of a session; repeated ones change nothing."""
    connection.execute(
        insert_new(connection, ussd_event),
        {
            "aggregator": aggregator,
            "session_id": end.session_id[:100],
            "status": end.status[:20] if end.status else None,
            "hops": end.hops,
            "duration_ms": end.duration_ms,
            "received_at": now,
        },
    )
