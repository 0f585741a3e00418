"""What is due, and whose turn it is.

The first of each lane is found by skipping through the index from lane to lane, so that a hundred
thousand messages that wait for the morning, or for their turn, cost a claim nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    literal_column,
    select,
)

from smsgateway.messaging.classes import LANES
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.register.tables import facility, phone
from smsgateway.storage.listed import listed


class Lane(NamedTuple):
    """Messages that go one after the other, and when the first of them is due."""

    number: int
    due_at: datetime

    @property
    def priority(self) -> int:
        return self.number // LANES


def lanes(connection: Connection, channel: str, now: datetime) -> list[Lane]:
    """The lanes in which something is due: by priority, within one those that wait longest."""
    rows = connection.execute(_LANES, {"channel": channel})
    due = [Lane(row.lane, row.due_at) for row in rows if row.due_at <= now]
    return sorted(due, key=lambda lane: (lane.priority, lane.due_at, lane.number))


def channels_with_work(connection: Connection, now: datetime) -> list[str]:
    """The channels through which something is to be sent now."""
    names = connection.scalars(_CHANNELS).all()
    return [name for name in names if lanes(connection, name, now)]


def due_rows(
    connection: Connection, channel: str, now: datetime, limit: int, ids: Collection[int] | None
) -> list[Row[Any]]:
    """Up to `limit` due messages, locked until the commit: of `ids`, else fair between lanes."""
    if ids is not None:
        named = _DUE.where(message.c.id.in_(listed(ids))).order_by(message.c.lane, message.c.due_at)
        return _fetch(connection, named, channel, now, limit)
    rows: list[Row[Any]] = []
    for lane, share_of in _turns(lanes(connection, channel, now)):
        if len(rows) >= limit:
            break
        share = -(-(limit - len(rows)) // share_of)
        of_lane = _DUE.where(message.c.lane == lane.number).order_by(message.c.due_at)
        rows += _fetch(connection, of_lane, channel, now, share)
    return rows


def _turns(due: Sequence[Lane]) -> Iterator[tuple[Lane, int]]:
    """Each lane with the number of lanes that what is left has to be shared by, itself included:
    the higher priority takes what it needs, the lanes of one priority equal parts."""
    for _, of_priority in groupby(due, key=lambda lane: lane.priority):
        equals = list(of_priority)
        for place, lane in enumerate(equals):
            yield lane, len(equals) - place


def _fetch(
    connection: Connection, query: Select[Any], channel: str, now: datetime, limit: int
) -> list[Row[Any]]:
    query = query.order_by(message.c.id).limit(limit)
    query = query.with_for_update(of=message, skip_locked=True)
    return list(connection.execute(query, {"channel": channel, "now": now}))


_QUEUED: ColumnElement[str] = literal_column(f"'{State.QUEUED}'")
"""Spelled out, not bound: the index holds queued messages alone, and is used only where the
planner can see that they are asked for."""


def _lanes() -> Select[Any]:
    """Every lane in use with its earliest message: one step through the index for each lane."""
    mine = (message.c.channel == bindparam("channel"), message.c.state == _QUEUED)
    lane = select(func.min(message.c.lane).label("lane")).where(*mine).cte("lane", recursive=True)
    further = select(func.min(message.c.lane)).where(*mine, message.c.lane > lane.c.lane)
    lane = lane.union_all(select(further.scalar_subquery()).where(lane.c.lane.is_not(None)))
    first = select(func.min(message.c.due_at)).where(*mine, message.c.lane == lane.c.lane)
    return select(lane.c.lane, first.scalar_subquery().label("due_at")).where(
        lane.c.lane.is_not(None)
    )


_LANES = _lanes()


def _channels() -> Select[Any]:
    """Every channel in use, one step through the index for each."""
    queued = message.c.state == _QUEUED
    first = select(func.min(message.c.channel).label("name")).where(queued)
    used = first.cte("used", recursive=True)
    further = select(func.min(message.c.channel)).where(queued, message.c.channel > used.c.name)
    used = used.union_all(select(further.scalar_subquery()).where(used.c.name.is_not(None)))
    return select(used.c.name).where(used.c.name.is_not(None))


_CHANNELS = _channels()

_DUE: Select[Any] = (
    select(
        message.c.id,
        message.c.message_class,
        message.c.msisdn,
        message.c.body,
        message.c.segments,
        message.c.attempts,
        message.c.expires_at,
        message.c.facility_id,
        phone.c.opted_out_at,
        facility.c.sending_hours,
    )
    .join(phone, phone.c.id == message.c.phone_id)
    .outerjoin(facility, facility.c.id == message.c.facility_id)
    .where(
        message.c.channel == bindparam("channel"),
        message.c.state == _QUEUED,
        message.c.due_at <= bindparam("now", type_=message.c.due_at.type),
    )
)
