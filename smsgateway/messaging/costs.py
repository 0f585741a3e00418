"""What messages have cost, as the gateways said, and what those that wait will cost.

A gateway that names no price leaves a gap: its segments are counted apart, and what the setting
`SMS_PRICES` says of them stands beside what was charged, never in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.text.prices import MOST_PREFIX, Amounts, Forecast, Prices, forecast

WAITING = (State.PLANNED, State.QUEUED)


@dataclass(frozen=True)
class Spent:
    """Accepted messages under one heading: `charged` by the gateway, and `guessed` from
    `SMS_PRICES` for those whose price it did not tell."""

    heading: Any
    messages: int
    segments: int
    charged: Amounts
    guessed: Forecast


@dataclass(frozen=True)
class Waiting:
    """Messages that wait under one heading, and what they will cost."""

    heading: Any
    messages: int
    cost: Forecast


def by_month(connection: Connection, bounds: Sequence[datetime], prices: Prices) -> list[Spent]:
    """Between each two of `bounds` what was accepted; the heading is the place in `bounds`.

    A span in which nothing was accepted is left out.
    """
    place = case(*((message.c.accepted_at < end, n) for n, end in enumerate(bounds[1:])))
    return _spent(connection, place, prices, _within(bounds[0], bounds[-1]))


def by_class(connection: Connection, start: datetime, end: datetime, prices: Prices) -> list[Spent]:
    """What was accepted from `start` to before `end`, by class of message."""
    return _spent(connection, message.c.message_class, prices, _within(start, end))


def by_campaign(
    connection: Connection, start: datetime, end: datetime, prices: Prices
) -> list[Spent]:
    """What was accepted from `start` to before `end`, by id of campaign, the dearest first."""
    within = (*_within(start, end), message.c.campaign_id.is_not(None))
    return _spent(connection, message.c.campaign_id, prices, within)


def of_campaign(connection: Connection, campaign_id: int, prices: Prices) -> Spent | None:
    """What a campaign has cost; None when nothing of it was accepted yet."""
    mine = (message.c.campaign_id == campaign_id, message.c.accepted_at.is_not(None))
    return next(iter(_spent(connection, message.c.campaign_id, prices, mine)), None)


def waiting(
    connection: Connection, prices: Prices, campaign_id: int | None = None
) -> list[Waiting]:
    """What messages that are not handed over yet will cost, by class; of one campaign or of all."""
    which: list[ColumnElement[bool]] = [message.c.state.in_(WAITING)]
    if campaign_id is not None:
        which.append(message.c.campaign_id == campaign_id)
    rows = _grouped(connection, message.c.message_class, which)
    return [
        Waiting(heading, sum(row.messages for row in group), _forecast(group, prices, _all_of))
        for heading, group in _by_heading(rows)
    ]


def _within(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return (message.c.accepted_at >= start, message.c.accepted_at < end)


def _spent(
    connection: Connection,
    heading: ColumnElement[Any],
    prices: Prices,
    which: Iterable[ColumnElement[bool]],
) -> list[Spent]:
    rows = _grouped(connection, heading, which)
    return [
        Spent(
            heading=name,
            messages=sum(row.messages for row in group),
            segments=sum(row.segments for row in group),
            charged=_charged(group),
            guessed=_forecast(group, prices, _untold),
        )
        for name, group in _by_heading(rows)
    ]


def _grouped(
    connection: Connection, heading: ColumnElement[Any], which: Iterable[ColumnElement[bool]]
) -> Sequence[Row[Any]]:
    """Counts and sums by heading, beginning of the number and currency: a few rows, however many
    the messages are."""
    untold = case((message.c.cost.is_(None), message.c.segments), else_=0)
    return connection.execute(
        select(
            heading.label("heading"),
            func.substr(message.c.msisdn, 1, MOST_PREFIX).label("beginning"),
            message.c.currency,
            func.count().label("messages"),
            func.sum(message.c.segments).label("segments"),
            func.sum(untold).label("untold"),
            func.sum(message.c.cost).label("cost"),
        )
        .where(*which)
        .group_by("heading", "beginning", message.c.currency)
        .order_by("heading")
    ).all()


def _by_heading(rows: Sequence[Row[Any]]) -> list[tuple[Any, list[Row[Any]]]]:
    groups: dict[Any, list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault(row.heading, []).append(row)
    return list(groups.items())


def _charged(rows: Iterable[Row[Any]]) -> Amounts:
    amounts: dict[str | None, Decimal] = {}
    for row in rows:
        if row.cost is not None:
            amounts[row.currency] = amounts.get(row.currency, Decimal(0)) + row.cost
    return amounts


def _all_of(row: Row[Any]) -> int:
    return int(row.segments)


def _untold(row: Row[Any]) -> int:
    return int(row.untold)


def _forecast(
    rows: Iterable[Row[Any]], prices: Prices, segments: Callable[[Row[Any]], int]
) -> Forecast:
    return forecast(((row.beginning, segments(row)) for row in rows), prices)
