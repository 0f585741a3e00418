"""Bringing a database to the schema this version of the service needs (Alembic underneath)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.sql.elements import False_

from smsgateway.storage.engine import Database
from smsgateway.storage.types import Utc

MIGRATIONS = Path(__file__).parent / "migrations"

_UPGRADE_LOCK = 7_355_608
"""Key of the PostgreSQL advisory lock that lets one process migrate while others wait."""


class SchemaOutOfDate(RuntimeError):
    """The database is not at the schema of this version; the message says what to do."""


def upgrade(database: Database) -> str:
    """Run the migrations that are missing, in one transaction. Returns the revision reached.

    Safe to call from several processes at once: the others wait, then find nothing to do.
    """
    with _migrating(database) as connection:
        command.upgrade(_config(connection), "head")
        return _revision(connection) or ""


def check(database: Database) -> None:
    """Make sure that every migration of this version has run. Raises SchemaOutOfDate."""
    with database.read() as connection:
        found = _revision(connection)
    wanted = head()
    if found == wanted:
        return
    if found is None:
        raise SchemaOutOfDate("The database has no tables yet: run `smsgateway db upgrade`.")
    if found not in {script.revision for script in _scripts().walk_revisions()}:
        raise SchemaOutOfDate(
            f"The database is at revision {found}, which this version does not know: "
            "install the version that made it, or a newer one."
        )
    raise SchemaOutOfDate(
        f"The database is at revision {found} and {wanted} is needed: run `smsgateway db upgrade`."
    )


def differences(database: Database, metadata: MetaData) -> list[str]:
    """What the migrations would still have to change for the database to match `metadata`."""
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts=CONTEXT_OPTIONS)
        return [str(change) for change in compare_metadata(context, metadata)]


def new_revision(database: Database, metadata: MetaData, message: str) -> Path:
    """Write the migration that takes `database` to `metadata`. Returns the path of the new file.

    Revisions are numbered 0001, 0002, ... so that their order is plain in the folder.
    """
    number = len(list(_scripts().walk_revisions())) + 1
    with _migrating(database) as connection:
        config = _config(connection)
        config.attributes["metadata"] = metadata
        script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
    if script is None or isinstance(script, list):
        raise RuntimeError("Alembic wrote no migration, or more than one.")
    return Path(script.path)


def head() -> str:
    """The newest revision that this version knows."""
    return _scripts().get_current_head() or ""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    """A transaction that no other migration shares.

    SQLite changes a table by making a new one and dropping the old, which its foreign keys would
    not survive: they rest outside the transaction, where the pragma works, and all are checked
    before the commit.
    """
    with database.engine.connect() as connection:
        if database.is_postgresql:
            with connection.begin():
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK}
                )
                yield connection
            return
        sqlite = connection.connection.cursor()
        sqlite.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.execute(text("PRAGMA foreign_key_check")).all()
                if broken:
                    raise RuntimeError(f"The migration would break references: {broken[:5]}")
        finally:
            sqlite.execute("PRAGMA foreign_keys=ON")
            sqlite.close()


def _render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """How a migration spells what Alembic would spell for one database or one class of ours.

    A migration is frozen and runs on both databases: it names SQL types and `false()`.
    """
    if kind == "type" and isinstance(item, Utc):
        return "sa.DateTime(timezone=True)"
    if kind == "server_default" and isinstance(getattr(item, "arg", None), False_):
        return "sa.false()"
    return False


CONTEXT_OPTIONS: dict[str, Any] = {
    "render_as_batch": True,
    "render_item": _render_item,
    "compare_type": True,
    "transactional_ddl": True,
}
