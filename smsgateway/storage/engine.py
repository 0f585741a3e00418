"""How the service reaches its database: short transactions, the same on SQLite and PostgreSQL.

Three doors, so that a reader sees at once what a piece of code may do:

* `Database.begin()` for writers: one transaction, BEGIN IMMEDIATE on SQLite (there a deferred
  read-then-write fails at once with "database is locked");
* `Database.read()` for look-ups: autocommit, so one round trip a query and no lock held;
* `Database.write_once()` for one statement that is a transaction by itself: one round trip, not
  three.

Behind them are two engines with a pool each, because switching one connection between the two modes
costs statements on every checkout.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from smsgateway.failpoints import reach_commit

BUSY_TIMEOUT_MS = 5_000
"""How long a writer on SQLite waits for another before it gives up."""


class Database:
    """The service's database. `url` is a SQLAlchemy address (sqlite or postgresql+psycopg).

    `patience_s`: how long a statement may take or wait for a lock; None where nobody is waiting.
    """

    def __init__(self, url: str, *, pool_size: int = 8, patience_s: float | None = None) -> None:
        self.url = make_url(url)
        self.is_postgresql = self.url.get_backend_name() == "postgresql"
        self._patience_ms = round(patience_s * 1000) if patience_s else None
        self.engine = self._create(pool_size)
        self._reader = self._create(pool_size, isolation_level="AUTOCOMMIT")
        if not self.is_postgresql:
            event.listen(self.engine, "begin", _begin_immediate)

    def _create(self, pool_size: int, **options: Any) -> Engine:
        options |= {"pool_size": pool_size, "max_overflow": pool_size, "pool_timeout": 3}
        options |= {"hide_parameters": True}  # an error that is logged must not show a number
        if self.is_postgresql:
            return create_engine(
                self.url,
                pool_recycle=1_800,
                connect_args=self._postgresql_arguments(),
                **options,
            )
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            self.url,
            connect_args={"check_same_thread": False},
            **options,
        )
        event.listen(engine, "do_connect", self._make_private)
        event.listen(engine, "connect", partial(_prepare_sqlite, self._patience_ms))
        return engine

    def _make_private(self, *_: Any) -> None:
        """Make the file, if it is new, for its owner alone; SQLite gives its mode to those beside.

        A file that exists is not opened: closing it again would drop the locks of this process.
        """
        path = self.url.database
        if path and path != ":memory:" and not path.startswith("file:"):
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _postgresql_arguments(self) -> dict[str, Any]:
        """With patience, also a server that has vanished from the network is given up in time: its
        own limits on statements say nothing then."""
        arguments: dict[str, Any] = {"connect_timeout": 3}
        options = "-c timezone=utc"
        if self._patience_ms:
            options += f" -c statement_timeout={self._patience_ms}"
            options += f" -c lock_timeout={self._patience_ms}"
            arguments["tcp_user_timeout"] = self._patience_ms
        return arguments | {"options": options}

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A writing transaction: committed at the end of the block, rolled back on an exception."""
        with self.engine.begin() as connection:
            yield connection
            reach_commit("committing")
        reach_commit("committed")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection on which each statement stands alone; for look-ups."""
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write_once(self) -> Iterator[Connection]:
        """A connection for one writing statement: it is committed when it has run."""
        with self._reader.connect() as connection:
            yield connection

    def dispose(self) -> None:
        """Close every connection of this process."""
        self.engine.dispose()
        self._reader.dispose()


def _prepare_sqlite(patience_ms: int | None, connection: Any, _record: Any) -> None:
    """`synchronous=FULL`: a claim that a power cut took back would be a message sent twice."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={patience_ms or BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
