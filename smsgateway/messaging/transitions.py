"""Changing the state of messages: always a conditional update, always with its history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, literal, select, update
from sqlalchemy.sql import ColumnElement

from smsgateway.messaging.states import State, may_follow
from smsgateway.messaging.tables import message, message_history
from smsgateway.storage.listed import listed


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
    """Write history rows, in the transaction of the changes themselves: one statement for all that
    are alike, and those of one message in their order."""
    turns: Counter[int] = Counter()
    alike: dict[tuple[int, State | None, State, str | None], list[int]] = defaultdict(list)
    for change in changes:
        turn = turns[change.message_id]
        turns[change.message_id] += 1
        alike[turn, change.before, change.after, change.reason].append(change.message_id)
    for (_, before, after, reason), ids in sorted(alike.items(), key=lambda item: item[0][0]):
        record_moved(connection, ids, before, after, reason, at)


def record_moved(
    connection: Connection,
    ids: Sequence[int],
    before: State | None,
    after: State,
    reason: str | None,
    at: datetime,
) -> None:
    """`record` for messages that all went the same way, in one statement."""
    if not ids:
        return
    columns = message_history.c
    same = {"from_state": before, "to_state": after, "reason": reason, "at": at}
    moved = listed(ids).add_columns(
        *(literal(value, columns[name].type).label(name) for name, value in same.items())
    )
    connection.execute(insert(message_history).from_select(["message_id", *same], moved))


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
    if not ids:
        return []
    moved = connection.scalars(
        update(message)
        .where(message.c.id.in_(listed(ids)), message.c.state == before, *conditions)
        .values(change)
        .returning(message.c.id)
    ).all()
    record_moved(connection, moved, before, after, reason, now)
    return list(moved)


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
