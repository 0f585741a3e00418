"""Taking in a callback: raw payload into SQL first, else into the spool, and work afterwards."""

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


Keep = Callable[[Connection, Aggregator, Callback], None]


def keep_delivery_report(
    connection: Connection, aggregator: Aggregator, callback: Callback
) -> None:
    request = callback.request
    reports = aggregator.parse_delivery_report(request)
    receipts.store(
        connection, aggregator.name, callback.channel, reports, request.form, callback.received_at
    )


def keep_sms(connection: Connection, aggregator: Aggregator, callback: Callback) -> None:
    request = callback.request
    for sms in aggregator.parse_inbound(request):
        inbound.store(
            connection, aggregator.name, callback.channel, sms, request.form, callback.received_at
        )


def keep_opt_out(connection: Connection, aggregator: Aggregator, callback: Callback) -> None:
    """Nothing is left for later: a STOP holds from the moment it is answered."""
    for refusal in aggregator.parse_opt_out(callback.request):
        optouts.stop(connection, refusal.msisdn, callback.received_at)


def keep_session_end(connection: Connection, aggregator: Aggregator, callback: Callback) -> None:
    """Only what is not personal is kept, so there is no raw payload."""
    end = aggregator.parse_session_end(callback.request)
    ussd_events.store(connection, aggregator.name, end, callback.received_at)


KEEP: Mapping[Kind, Keep] = {
    Kind.DELIVERY_REPORTS: keep_delivery_report,
    Kind.SMS: keep_sms,
    Kind.OPT_OUTS: keep_opt_out,
    Kind.USSD_EVENTS: keep_session_end,
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
        """Store a callback, or spool it while SQL is down.

        Raises UnusableCallback when there is nothing in it, and OSError when it can be kept
        nowhere.
        """
        try:
            self._keep(callback)
        except UnusableCallback:
            raise
        except SQLAlchemyError as error:
            logger.error("a callback goes to the spool, SQL is down: %s", type(error).__name__)
            self._spool.append(_spooled(callback))
        except Exception:
            logger.exception("a callback goes to the spool, it could not be stored")
            self._spool.append(_spooled(callback))
        else:
            self._ring(callback.kind)

    def replay(self) -> int:
        """Take in what was spooled while SQL was down; how many callbacks. The clock calls this.

        One that SQL refuses for what is in it is set aside; when SQL is still down, the rest
        stays where it is. A callback may be replayed twice, which changes nothing.
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
            self._keep(callback)
        except (DataError, IntegrityError):
            logger.exception("the database does not take a spooled callback")
            return False
        except SQLAlchemyError:
            raise
        except Exception:
            logger.exception("a spooled callback cannot be used")
            return False
        self._ring(callback.kind)
        return True

    def _keep(self, callback: Callback) -> None:
        aggregator = self._aggregators[callback.channel]
        with self._service.database.begin() as connection:
            KEEP[callback.kind](connection, aggregator, callback)

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
