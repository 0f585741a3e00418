"""Taking in a callback: what was read of it goes into SQL, else its raw body into the spool.

Receipts and inbound SMS are only kept here and worked on afterwards; an opt-out or a STOP holds at
once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection

from smsgateway.aggregators.base import Aggregator, RawRequest
from smsgateway.failpoints import reach
from smsgateway.messaging.bell import Bell, Seldom
from smsgateway.service import Service
from smsgateway.web.webhooks.groups import GroupWriter, NotWritten
from smsgateway.web.webhooks.limits import RateLimits
from smsgateway.web.webhooks.readings import Callback, Kind, Reading, Store, read, unreadable
from smsgateway.web.webhooks.spool import Spool, Spooled

logger = logging.getLogger(__name__)

MOST_A_MINUTE: Mapping[str, int] = {Kind.DELIVERY_REPORTS: 120, Kind.USSD_EVENTS: 120}
"""About one number or session, each kind by itself; a receipt or two come for each message. What a
person sends, an SMS or a STOP, is never put off."""

RECEIPTS_RING_EVERY_S = 0.2
"""Nobody waits for a receipt to be settled: in a storm of them one ring in so many seconds does,
and the clock, which looks every five, finds what came after the last."""

SQL_AWAY = (OperationalError, InterfaceError, NoConnection)
"""Errors that say nothing against what was to be stored."""


class TooMany(Exception):
    """Callbacks about one number come too often to be taken in."""


class Intake:
    """Takes callbacks in for good: when `take` returns, the payload is on disk."""

    def __init__(self, service: Service, aggregators: Mapping[str, Aggregator]) -> None:
        """`aggregators` by channel."""
        self._service = service
        self._aggregators = aggregators
        self._spool = Spool(service.settings.var_dir / "spool")
        self._limits = RateLimits(service.redis, MOST_A_MINUTE, service.settings.secret_key)
        self._writer = GroupWriter[Reading](self._write)
        bell = Bell(service.redis)
        self._rings: Mapping[Kind, Callable[[], None]] = {
            Kind.DELIVERY_REPORTS: Seldom(bell.ring_receipts, RECEIPTS_RING_EVERY_S),
            Kind.SMS: bell.ring_inbound,
        }

    def take(self, callback: Callback) -> bool:
        """Store a callback, or spool it while SQL does not take it; False when nothing in it could
        be used.

        Raises TooMany, and OSError when it can be kept nowhere.
        """
        reading = self._read(callback)
        try:
            if reading.alone:
                self._store([reading])
            else:
                self._writer.put(reading)
        except TooMany:
            raise
        except (SQLAlchemyError, NotWritten) as error:
            logger.error("a callback goes to the spool: %s", type(error).__name__)
            self._spool.append(_spooled(callback))
        except Exception:
            logger.exception("a callback goes to the spool, it could not be taken in")
            self._spool.append(_spooled(callback))
        return reading.usable

    def replay(self) -> int:
        """Take in what was spooled while SQL was down; how many callbacks. The clock calls this.

        One that SQL refuses for what is in it is kept unread; when SQL is still down, the rest
        stays where it is. Inbound SMS and ends of sessions that are replayed twice are kept once; a
        receipt may be kept twice, and settles once. An opt-out counts from when it came in: after a
        later START it changes nothing.
        """
        return self._spool.replay(self._replay_one)

    def _replay_one(self, spooled: Spooled) -> bool:
        """Whether the callback is done with; False sets it aside. Raises what `SQL_AWAY` names."""
        try:
            callback = Callback(
                Kind(spooled.kind),
                spooled.channel,
                RawRequest(spooled.content_type, spooled.body, spooled.query),
                spooled.received_at,
            )
            reading = self._read(callback)
        except (ValueError, KeyError) as error:
            logger.error("no channel takes a spooled callback now: %s", type(error).__name__)
            return False
        try:
            self._store([reading])
        except SQL_AWAY:
            raise
        except Exception as error:
            logger.error("the database takes no such callback: %s", type(error).__name__)
            self._store([unreadable(callback, type(error).__name__)])
        reach("intake.replayed")
        return True

    def _read(self, callback: Callback) -> Reading:
        aggregator = self._aggregators[callback.channel]
        return read(aggregator, callback, self._service.settings.sms_numbers)

    def _write(self, readings: Sequence[Reading]) -> list[Exception | None]:
        """Store what was read of several callbacks: all within the limits in one transaction, and
        each by itself when one of them is what SQL does not take."""
        errors: list[Exception | None] = [None] * len(readings)
        allowed = self._limits.allow([(reading.kind, reading.about) for reading in readings])
        for at, within in enumerate(allowed):
            if not within:
                errors[at] = TooMany()
        taken = [at for at, within in enumerate(allowed) if within]
        try:
            self._store([readings[at] for at in taken])
        except SQL_AWAY as error:
            errors = [one or error for one in errors]
        except Exception:
            for at in taken:
                errors[at] = self._error_of(readings[at])
        return errors

    def _error_of(self, reading: Reading) -> Exception | None:
        try:
            self._store([reading])
        except Exception as error:
            return error
        return None

    def _store(self, readings: Sequence[Reading]) -> None:
        """Put readings into SQL in one transaction, and wake who works on them."""
        by_store: dict[Store, list[Mapping[str, object]]] = {}
        for reading in readings:
            by_store.setdefault(reading.store, []).extend(reading.rows)
        if not by_store:
            return
        with self._service.database.begin() as connection:
            for store, rows in by_store.items():
                store(connection, rows)
        reach("intake.stored")
        for kind in {reading.kind for reading in readings}:
            if ring := self._rings.get(kind):
                ring()
        reach("intake.rung")


def _spooled(callback: Callback) -> Spooled:
    return Spooled(
        kind=callback.kind,
        channel=callback.channel,
        content_type=callback.request.content_type,
        body=callback.request.body,
        received_at=callback.received_at,
        query=callback.request.query,
    )
