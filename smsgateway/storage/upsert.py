"""Inserts that meet an existing row, spelled the same for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_Insert = postgresql.Insert | sqlite.Insert


def insert_new(connection: Connection, table: Table) -> _Insert:
    """An INSERT that leaves a row alone when any unique key of it exists already."""
    return _insert(connection, table).on_conflict_do_nothing()


def insert_or_update(
    connection: Connection, table: Table, key: Sequence[str], update: Sequence[str]
) -> _Insert:
    """An INSERT that sets the columns `update` of the row that has the same `key`."""
    statement = _insert(connection, table)
    new: Any = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=list(key), set_={name: new[name] for name in update}
    )


def insert_or_add(connection: Connection, table: Table, key: Sequence[str], amount: str) -> _Insert:
    """An INSERT that adds to the column `amount` of the row that has the same `key`."""
    statement = _insert(connection, table)
    new: Any = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=list(key), set_={amount: table.c[amount] + new[amount]}
    )


def _insert(connection: Connection, table: Table) -> _Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
