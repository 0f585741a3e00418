"""Changing the state of messages: always a conditional update, always with its history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.sql import ColumnElement

from smsgateway.messaging.states import State, may_follow
from smsgateway.messaging.tables import message, message_history

CHUNK = 1_000
"""Ids in one statement; far below the limits on parameters of both databases."""


class ForbiddenTransition(ValueError):
    """The table of states does not allow this change; a fault in the code that asked for it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a message's history; `before` is None for a new message."""

    message_id: int
    before: State | None
    after: State
    reason: str | None = None


def record(connection: Connection, changes: Iterable[Change], at: datetime) -> None:
    """Write history rows, in the transaction of the changes themselves."""
    rows = [
        {
            "message_id": change.message_id,
            "from_state": change.before,
            "to_state": change.after,
            "reason": change.reason,
            "at": at,
        }
        for change in changes
    ]
    if rows:
        connection.execute(insert(message_history), rows)


def record_moved(
    connection: Connection,
    ids: Sequence[int],
    before: State,
    after: State,
    reason: str | None,
    at: datetime,
) -> None:
    """`record` for messages that all went the same way: one statement for up to CHUNK of them."""
    for start in range(0, len(ids), CHUNK):
        connection.execute(
            _MOVED,
            {"ids": ids[start : start + CHUNK], "a": before, "z": after, "r": reason, "at": at},
        )


_MOVED = insert(message_history).from_select(
    ["message_id", "from_state", "to_state", "reason", "at"],
    select(
        message.c.id,
        bindparam("a", type_=message_history.c.from_state.type),
        bindparam("z", type_=message_history.c.to_state.type),
        bindparam("r", type_=message_history.c.reason.type),
        bindparam("at", type_=message_history.c.at.type),
    )
    .where(message.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(message.c.id),
)


def move(
    connection: Connection,
    ids: Sequence[int],
    before: State,
    after: State,
    now: datetime,
    *conditions: ColumnElement[bool],
    reason: str | None = None,
    values: dict[str, Any] | None = None,
) -> list[int]:
    """Take those of `ids` that are in `before` and meet `conditions` to `after`.

    Returns the ids that were really moved: what another process changed meanwhile stays as it is.
    Raises ForbiddenTransition.
    """
    if not may_follow(before, after):
        raise ForbiddenTransition(f"A message cannot go from {before} to {after}.")
    change = {"state": after, "reason": reason} | (values or {})
    moved: list[int] = []
    for start in range(0, len(ids), CHUNK):
        moved += connection.scalars(
            update(message)
            .where(message.c.id.in_(ids[start : start + CHUNK]))
            .where(message.c.state == before, *conditions)
            .values(change)
            .returning(message.c.id)
        )
    record_moved(connection, moved, before, after, reason, now)
    return moved


def move_where(
    connection: Connection,
    before: State,
    after: State,
    now: datetime,
    *conditions: ColumnElement[bool],
    limit: int,
    reason: str | None = None,
    values: dict[str, Any] | None = None,
) -> list[int]:
    """Take up to `limit` messages that meet `conditions` from `before` to `after`.

    Rows that another process holds are left for it. Returns the ids.
    """
    ids = connection.scalars(
        select(message.c.id)
        .where(message.c.state == before, *conditions)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return move(connection, ids, before, after, now, *conditions, reason=reason, values=values)
