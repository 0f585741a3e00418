"""Callbacks that nobody could make sense of: kept as they came, for a person to look at.

What cannot be read today may be readable after a correction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from smsgateway.messaging.tables import unread_callback


@dataclass(frozen=True, slots=True)
class Unread:
    """A callback as it came over HTTP. `error` is why it could not be read, in words of ours that
    say nothing of its content."""

    kind: str
    channel: str
    content_type: str
    query: str
    body: bytes
    error: str
    received_at: datetime


def row_of(one: Unread) -> dict[str, Any]:
    """A callback as `store` keeps it."""
    return {
        "kind": one.kind,
        "channel": one.channel,
        "content_type": one.content_type.replace("\0", "")[:100],
        "query": one.query,
        "body": one.body,
        "error": one.error[:80],
        "received_at": one.received_at,
    }


def store(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep callbacks that could not be read."""
    if rows:
        connection.execute(insert(unread_callback), rows)


def counted(connection: Connection) -> dict[str, int]:
    """How many there are, by kind."""
    kind = unread_callback.c.kind
    rows = connection.execute(select(kind, func.count()).group_by(kind)).all()
    return {row[0]: row[1] for row in rows}


def take(connection: Connection, after: int, limit: int) -> list[tuple[int, Unread]]:
    """Up to `limit` callbacks with ids above `after`, oldest first, with their ids."""
    later = unread_callback.c.id > after
    query = select(unread_callback).where(later).order_by(unread_callback.c.id).limit(limit)
    return [(row.id, _unread(row)) for row in connection.execute(query)]


def newest(connection: Connection, limit: int) -> list[Unread]:
    """The last `limit` that came in, the newest first."""
    query = select(unread_callback).order_by(unread_callback.c.id.desc()).limit(limit)
    return [_unread(row) for row in connection.execute(query)]


def forget(connection: Connection, unread_id: int) -> bool:
    """Drop one that has been read after all; False when another process has."""
    dropped = connection.execute(delete(unread_callback).where(unread_callback.c.id == unread_id))
    return bool(dropped.rowcount)


def _unread(row: Row[Any]) -> Unread:
    return Unread(
        row.kind,
        row.channel,
        row.content_type,
        row.query,
        row.body,
        row.error,
        row.received_at,
    )
