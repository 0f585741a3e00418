"""Taking in a callback: what was read of it goes into SQL, else its raw body into the spool.

Receipts and inbound SMS are only kept here and worked on afterwards; an opt-out or a STOP holds at
once.
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
from smsgateway.failpoints import reach
from smsgateway.messaging import inbound, optouts, receipts, ussd_events
from smsgateway.messaging.bell import Bell
from smsgateway.service import Service
from smsgateway.web.webhooks.limits import RateLimit
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


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a callback: the number it is about, and how to put it into SQL."""

    about: str
    write: Callable[[Connection], object]


Read = Callable[[Aggregator, Callback, frozenset[str]], Reading]
"""Makes sense of a callback without touching SQL, given the numbers that people write to us at (any
when there are none). Raises UnusableCallback."""


def read_delivery_report(aggregator: Aggregator, callback: Callback, _: frozenset[str]) -> Reading:
    raw, at = callback.request, callback.received_at
    reports = aggregator.parse_delivery_report(raw)
    return Reading(
        next((report.msisdn for report in reports if report.msisdn), ""),
        lambda connection: receipts.store(
            connection, aggregator.name, callback.channel, reports, raw.payload, at
        ),
    )


def read_sms(aggregator: Aggregator, callback: Callback, ours: frozenset[str]) -> Reading:
    raw, at = callback.request, callback.received_at
    messages = aggregator.parse_inbound(raw)
    return Reading(
        next((sms.sender for sms in messages), ""),
        lambda connection: [
            inbound.store(
                connection, aggregator.name, callback.channel, sms, raw.payload, at, ours=ours
            )
            for sms in messages
        ],
    )


def read_opt_out(aggregator: Aggregator, callback: Callback, _: frozenset[str]) -> Reading:
    """Nothing is left for later: a STOP holds from the moment it is answered."""
    refusals = aggregator.parse_opt_out(callback.request)

    def write(connection: Connection) -> None:
        for refusal in refusals:
            optouts.stop(connection, refusal.msisdn, callback.received_at)

    return Reading(next((refusal.msisdn for refusal in refusals), ""), write)


def read_session_end(aggregator: Aggregator, callback: Callback, _: frozenset[str]) -> Reading:
    """Only what is not personal is kept, so there is no raw payload."""
    end = aggregator.parse_session_end(callback.request)
    return Reading(
        end.session_id,
        lambda connection: ussd_events.store(
            connection, aggregator.name, end, callback.received_at
        ),
    )


READ: Mapping[Kind, Read] = {
    Kind.DELIVERY_REPORTS: read_delivery_report,
    Kind.SMS: read_sms,
    Kind.OPT_OUTS: read_opt_out,
    Kind.USSD_EVENTS: read_session_end,
}

MOST_A_MINUTE: Mapping[Kind, int] = {Kind.DELIVERY_REPORTS: 120, Kind.USSD_EVENTS: 120}
"""About one number or session, each kind by itself; a receipt or two come for each message. What a
person sends, an SMS or a STOP, is never put off."""


class TooMany(Exception):
    """Callbacks about one number come too often to be taken in."""


class Intake:
    """Takes callbacks in for good: when `take` returns, the payload is on disk."""

    def __init__(self, service: Service, aggregators: Mapping[str, Aggregator]) -> None:
        """`aggregators` by channel."""
        self._service = service
        self._aggregators = aggregators
        self._bell = Bell(service.redis)
        self._spool = Spool(service.settings.var_dir / "spool")
        self._limits = {
            kind: RateLimit(service.redis, kind, most, service.settings.secret_key)
            for kind, most in MOST_A_MINUTE.items()
        }
        self._rings = {
            Kind.DELIVERY_REPORTS: self._bell.ring_receipts,
            Kind.SMS: self._bell.ring_inbound,
        }

    def take(self, callback: Callback) -> None:
        """Store a callback, or spool it while SQL is down or when it cannot be read.

        Raises UnusableCallback when there is nothing in it, TooMany, and OSError when it can be
        kept nowhere.
        """
        try:
            reading = self._read(callback)
            self._check_limit(callback.kind, reading.about)
            self._store(reading)
        except (UnusableCallback, TooMany):
            raise
        except SQLAlchemyError as error:
            logger.error("a callback goes to the spool, SQL is down: %s", type(error).__name__)
            self._spool.append(_spooled(callback))
        except Exception:
            logger.exception("a callback goes to the spool, it could not be taken in")
            self._spool.append(_spooled(callback))
        else:
            reach("intake.stored")
            self._ring(callback.kind)
            reach("intake.rung")

    def replay(self) -> int:
        """Take in what was spooled while SQL was down; how many callbacks. The clock calls this.

        One that SQL refuses for what is in it is set aside; when SQL is still down, the rest
        stays where it is. Inbound SMS and ends of sessions that are replayed twice are kept once; a
        receipt may be kept twice, and settles once. An opt-out counts from when it came in: after a
        later START it changes nothing.
        """
        return self._spool.replay(self._replay_one)

    def _replay_one(self, spooled: Spooled) -> bool:
        """Whether the callback is done with; False sets it aside. Raises SQLAlchemyError."""
        try:
            callback = Callback(
                Kind(spooled.kind),
                spooled.channel,
                RawRequest(spooled.content_type, spooled.body, spooled.query),
                spooled.received_at,
            )
            self._store(self._read(callback))
            reach("intake.replayed")
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

    def _read(self, callback: Callback) -> Reading:
        aggregator = self._aggregators[callback.channel]
        return READ[callback.kind](aggregator, callback, self._service.settings.sms_numbers)

    def _check_limit(self, kind: Kind, about: str) -> None:
        limit = self._limits.get(kind)
        if limit and not limit.allows(about):
            raise TooMany

    def _store(self, reading: Reading) -> None:
        with self._service.database.begin() as connection:
            reading.write(connection)

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
        query=callback.request.query,
    )
