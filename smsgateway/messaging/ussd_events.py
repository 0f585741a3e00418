"""The ends of USSD sessions, as the gateway tells them: for figures, never for a dialogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


def row_of(aggregator: str, end: SessionEnd, now: datetime) -> dict[str, Any]:
    """The end of a session as `store` keeps it."""
    return {
        "aggregator": aggregator,
        "session_id": end.session_id[:100],
        "status": end.status[:20] if end.status else None,
        "hops": end.hops,
        "duration_ms": end.duration_ms,
        "received_at": now,
    }


def store(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the first event of each session; repeated ones change nothing."""
    if rows:
        in_order = sorted(rows, key=lambda row: (row["aggregator"], row["session_id"]))
        connection.execute(insert_new(connection, ussd_event), in_order)
