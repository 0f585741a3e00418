"""One clock among many does the work; the others wait for it to fall silent.

This saves work and nothing else: every tick claims its rows, so that two leaders, which a lost
connection or a slow machine may make for a moment, do no harm.
"""

from __future__ import annotations

import logging
import uuid
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, delete, or_, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from smsgateway.failpoints import reach
from smsgateway.reminders.tables import clock_lease
from smsgateway.storage.engine import Database
from smsgateway.storage.upsert import insert_new

logger = logging.getLogger(__name__)

NAME = "clock"

LOCK_KEY = 7_276_310_501
"""Of the advisory lock in PostgreSQL; any number that nothing else in the database uses."""

LEASE = timedelta(seconds=15)
"""After so long without a sign of the leader another clock takes over."""

RENEW = LEASE / 3


class Leadership(Protocol):
    """Whether this process is the one that ticks."""

    def holds(self, now: datetime) -> bool:
        """Take or keep the lead if nobody else has it. Raises nothing: without the database there
        is no leader."""
        ...

    def give_up(self) -> None:
        """Let another one lead at once."""
        ...


def leadership(database: Database) -> Leadership:
    """The way to lead that a database has."""
    return AdvisoryLock(database) if database.is_postgresql else Lease(database)


class AdvisoryLock:
    """A lock of a PostgreSQL session: it ends with the connection, however the process dies."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session = ExitStack()
        self._connection: Connection | None = None

    def holds(self, now: datetime) -> bool:
        try:
            if self._connection is None:
                return self._try()
            self._connection.execute(text("SELECT 1"))
            return True
        except SQLAlchemyError as error:
            logger.warning("this clock does not lead: %s", type(error).__name__)
            self.give_up()
            return False

    def _try(self) -> bool:
        connection = self._session.enter_context(self._database.read())
        taken = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK_KEY})
        if taken:
            reach("leadership.taken")
            self._connection = connection
        else:
            self._session.close()
        return bool(taken)

    def give_up(self) -> None:
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
        except SQLAlchemyError as error:
            logger.info("the lock went with its connection: %s", type(error).__name__)
        finally:
            self._session.close()


class Lease:
    """A row with a time: whoever holds it renews it, and loses it by being silent."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._me = uuid.uuid4().hex
        self._sure_until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        if self._sure_until is not None and self._sure_until - LEASE <= now < self._sure_until:
            return True
        try:
            with self._database.begin() as connection:
                held = self._take(connection, now)
        except SQLAlchemyError as error:
            logger.warning("this clock does not lead: %s", type(error).__name__)
            held = False
        self._sure_until = now + RENEW if held else None
        return held

    def _take(self, connection: Connection, now: datetime) -> bool:
        """A lease that reaches further than any can was written before the clock was set back."""
        mine = {"name": NAME, "holder": self._me, "until": now + LEASE}
        connection.execute(insert_new(connection, clock_lease), mine)
        connection.execute(
            update(clock_lease)
            .where(
                clock_lease.c.name == NAME,
                or_(
                    clock_lease.c.holder == self._me,
                    clock_lease.c.until <= now,
                    clock_lease.c.until > now + LEASE,
                ),
            )
            .values(holder=self._me, until=now + LEASE)
        )
        holder = select(clock_lease.c.holder).where(clock_lease.c.name == NAME)
        return connection.scalar(holder) == self._me

    def give_up(self) -> None:
        self._sure_until = None
        try:
            with self._database.begin() as connection:
                connection.execute(delete(clock_lease).where(clock_lease.c.holder == self._me))
        except SQLAlchemyError as error:
            logger.info("the lease runs out by itself: %s", type(error).__name__)
