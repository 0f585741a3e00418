"""Inserting many rows at once, as fast as each database can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Connection, CursorResult, Insert, Table, bindparam, func, select


def insert_rows(
    connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]
) -> CursorResult[Any]:
    """Execute an INSERT for one row or more, all of which name the same columns.

    PostgreSQL gets one array a column instead of a message a row, which takes half the time.
    """
    if connection.dialect.name != "postgresql":
        return connection.execute(statement, rows)
    table = statement.table
    assert isinstance(table, Table)
    names = list(rows[0])
    arrays = (
        func.unnest(bindparam(None, [row[name] for row in rows], ARRAY(table.c[name].type)))
        for name in names
    )
    return connection.execute(statement.from_select(names, select(*arrays)))
