"""Inserting many rows at once, as fast as each database can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Connection, CursorResult, Insert, Table, bindparam, func, select
from sqlalchemy.types import NullType


def insert_rows(
    connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]
) -> CursorResult[Any]:
    """Execute an INSERT for one row or more, all of which name the same columns.

    PostgreSQL gets one array a column instead of a message a row, which takes half the time; not
    where a column refers to a table that the process has not loaded and so has no type yet.
    """
    table = statement.table
    assert isinstance(table, Table)
    types = {name: table.c[name].type for name in rows[0]}
    untyped = any(isinstance(one, NullType) for one in types.values())
    if connection.dialect.name != "postgresql" or untyped:
        return connection.execute(statement, rows)
    arrays = (
        func.unnest(bindparam(None, [row[name] for row in rows], ARRAY(one)))
        for name, one in types.items()
    )
    return connection.execute(statement.from_select(list(types), select(*arrays)))
