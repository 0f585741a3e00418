"""Making sense of a callback: pure and quick, so it is done before anything is stored.

Nothing that arrives is dropped: of what cannot be read, the raw request is what goes into SQL.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from smsgateway.aggregators.base import Aggregator, RawRequest, UnusableCallback
from smsgateway.messaging import incoming, optouts, receipts, unread, ussd_events
from smsgateway.messaging.unread import Unread

logger = logging.getLogger(__name__)


class Kind(StrEnum):
    """The callbacks, by the last part of their path."""

    DELIVERY_REPORTS = "delivery-reports"
    SMS = "sms"
    OPT_OUTS = "opt-outs"
    USSD_EVENTS = "ussd-events"


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback with where it came in and when."""

    kind: Kind
    channel: str
    request: RawRequest
    received_at: datetime


Rows = Sequence[Mapping[str, Any]]
Store = Callable[[Connection, Rows], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a callback: the number it is about, and what `store` puts into SQL.

    One that waits for rows which others hold, as a STOP does, is stored `alone`: nobody else's
    callback must wait with it.
    """

    kind: Kind
    about: str
    store: Store
    rows: Rows
    alone: bool = False
    usable: bool = True


Read = Callable[[Aggregator, Callback, frozenset[str]], Reading]
"""Makes sense of a callback without touching SQL, given the numbers that people write to us at (any
when there are none). Raises UnusableCallback."""


def read_delivery_report(aggregator: Aggregator, callback: Callback, _: frozenset[str]) -> Reading:
    raw, at = callback.request, callback.received_at
    reports = aggregator.parse_delivery_report(raw)
    return Reading(
        callback.kind,
        next((report.msisdn for report in reports if report.msisdn), ""),
        receipts.store,
        receipts.rows_of(aggregator.name, callback.channel, reports, raw.payload, at),
    )


def read_sms(aggregator: Aggregator, callback: Callback, ours: frozenset[str]) -> Reading:
    raw, at = callback.request, callback.received_at
    messages = aggregator.parse_inbound(raw)
    rows = [
        incoming.row_of(aggregator.name, callback.channel, sms, raw.payload, at, ours=ours)
        for sms in messages
    ]
    about = next((sms.sender for sms in messages), "")
    alone = any(incoming.is_stop(row) for row in rows)
    return Reading(callback.kind, about, incoming.store, rows, alone)


def read_opt_out(aggregator: Aggregator, callback: Callback, _: frozenset[str]) -> Reading:
    """Nothing is left for later: a STOP holds from the moment it is answered."""
    refusals = aggregator.parse_opt_out(callback.request)
    return Reading(
        callback.kind,
        next((refusal.msisdn for refusal in refusals), ""),
        _stop,
        [{"msisdn": one.msisdn, "at": callback.received_at} for one in refusals],
        alone=True,
    )


def _stop(connection: Connection, rows: Rows) -> None:
    for row in rows:
        optouts.stop(connection, row["msisdn"], row["at"])


def read_session_end(aggregator: Aggregator, callback: Callback, _: frozenset[str]) -> Reading:
    """Only what is not personal is kept, so there is no raw payload."""
    end = aggregator.parse_session_end(callback.request)
    row = ussd_events.row_of(aggregator.name, end, callback.received_at)
    return Reading(callback.kind, end.session_id, ussd_events.store, [row])


READ: Mapping[Kind, Read] = {
    Kind.DELIVERY_REPORTS: read_delivery_report,
    Kind.SMS: read_sms,
    Kind.OPT_OUTS: read_opt_out,
    Kind.USSD_EVENTS: read_session_end,
}


def read(aggregator: Aggregator, callback: Callback, ours: frozenset[str]) -> Reading:
    """What a callback says; of one that says nothing to us, itself. Never raises."""
    try:
        return READ[callback.kind](aggregator, callback, ours)
    except UnusableCallback as error:
        logger.warning("a callback of %s is kept unread: %s", callback.channel, error)
        return unreadable(callback, str(error), usable=False)
    except Exception as error:
        logger.exception("a callback of %s broke its reader and is kept unread", callback.channel)
        return unreadable(callback, type(error).__name__)


def unreadable(callback: Callback, error: str, *, usable: bool = True) -> Reading:
    """The raw request, with why nothing was made of it: for want of anything `usable` in it, or by
    a fault of ours."""
    request = callback.request
    one = Unread(
        callback.kind,
        callback.channel,
        request.content_type,
        request.query,
        request.body,
        error,
        callback.received_at,
    )
    return Reading(callback.kind, "", unread.store, [unread.row_of(one)], usable=usable)
