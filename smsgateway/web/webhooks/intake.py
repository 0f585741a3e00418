"""Taking in a callback: what was read of it goes into SQL, else its raw body into the spool.

Receipts and inbound SMS are only kept here and worked on afterwards; an opt-out holds at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from smsgateway.aggregators.base import Aggregator, RawRequest, UnusableCallback
from smsgateway.messaging import inbound, optouts, receipts, ussd_events
from smsgateway.messaging.bell import Bell
from smsgateway.service import Service
from smsgateway.web.webhooks.spool import Spool, Spooled

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


Write = Callable[[Connection], object]
"""Puts what was read into SQL."""

Read = Callable[[Aggregator, Callback], Write]
"""Makes sense of a callback without touching SQL. Raises UnusableCallback."""


def read_delivery_report(aggregator: Aggregator, callback: Callback) -> Write:
    raw, at = callback.request, callback.received_at
    reports = aggregator.parse_delivery_report(raw)
    return lambda connection: receipts.store(
        connection, aggregator.name, callback.channel, reports, raw.form, at
    )


def read_sms(aggregator: Aggregator, callback: Callback) -> Write:
    raw, at = callback.request, callback.received_at
    messages = aggregator.parse_inbound(raw)
    return lambda connection: [
        inbound.store(connection, aggregator.name, callback.channel, sms, raw.form, at)
        for sms in messages
    ]


def read_opt_out(aggregator: Aggregator, callback: Callback) -> Write:
    """Nothing is left for later: a STOP holds from the moment it is answered."""
    refusals = aggregator.parse_opt_out(callback.request)

    def write(connection: Connection) -> None:
        for refusal in refusals:
            optouts.stop(connection, refusal.msisdn, callback.received_at)

    return write


def read_session_end(aggregator: Aggregator, callback: Callback) -> Write:
    """Only what is not personal is kept, so there is no raw payload."""
    end = aggregator.parse_session_end(callback.request)
    return lambda connection: ussd_events.store(
        connection, aggregator.name, end, callback.received_at
    )


READ: Mapping[Kind, Read] = {
    Kind.DELIVERY_REPORTS: read_delivery_report,
    Kind.SMS: read_sms,
    Kind.OPT_OUTS: read_opt_out,
    Kind.USSD_EVENTS: read_session_end,
}


class Intake:
    """Takes callbacks in for good: when `take` returns, the payload is on disk."""

    def __init__(self, service: Service, aggregators: Mapping[str, Aggregator]) -> None:
        """`aggregators` by channel."""
        self._service = service
        self._aggregators = aggregators
        self._bell = Bell(service.redis)
        self._spool = Spool(service.settings.var_dir / "spool")
        self._rings = {
            Kind.DELIVERY_REPORTS: self._bell.ring_receipts,
            Kind.SMS: self._bell.ring_inbound,
        }

    def take(self, callback: Callback) -> None:
        """Store a callback, or spool it while SQL is down or when it cannot be read.

        Raises UnusableCallback when there is nothing in it, and OSError when it can be kept
        nowhere.
        """
        try:
            self._store(self._read(callback))
        except UnusableCallback:
            raise
        except SQLAlchemyError as error:
            logger.error("a callback goes to the spool, SQL is down: %s", type(error).__name__)
            self._spool.append(_spooled(callback))
        except Exception:
            logger.exception("a callback goes to the spool, it could not be taken in")
            self._spool.append(_spooled(callback))
        else:
            self._ring(callback.kind)

    def replay(self) -> int:
        """Take in what was spooled while SQL was down; how many callbacks. The clock calls this.

        One that SQL refuses for what is in it is set aside; when SQL is still down, the rest
        stays where it is. Inbound SMS and ends of sessions that are replayed twice are kept once; a
        receipt may be kept twice, and settles once. An opt-out that is replayed after a later START
        holds again: a refusal too many costs less than a message that was refused.
        """
        return self._spool.replay(self._replay_one)

    def _replay_one(self, spooled: Spooled) -> bool:
        """Whether the callback is done with; False sets it aside. Raises SQLAlchemyError."""
        try:
            callback = Callback(
                Kind(spooled.kind),
                spooled.channel,
                RawRequest(spooled.content_type, spooled.body),
                spooled.received_at,
            )
            self._store(self._read(callback))
        except (DataError, IntegrityError) as error:
            logger.error("the database takes no such callback: %s", type(error).__name__)
            return False
        except SQLAlchemyError:
            raise
        except Exception:
            logger.exception("a spooled callback cannot be used")
            return False
        self._ring(callback.kind)
        return True

    def _read(self, callback: Callback) -> Write:
        return READ[callback.kind](self._aggregators[callback.channel], callback)

    def _store(self, write: Write) -> None:
        with self._service.database.begin() as connection:
            write(connection)

    def _ring(self, kind: Kind) -> None:
        if ring := self._rings.get(kind):
            ring()


def _spooled(callback: Callback) -> Spooled:
    return Spooled(
        kind=callback.kind,
        channel=callback.channel,
        content_type=callback.request.content_type,
        body=callback.request.body,
        received_at=callback.received_at,
    )
