"""Storing a batch of rows so that storing it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, insert, select, update

from smsgateway.interchange.kind import Outcome

Key = Any
"""Whatever tells the rows of a batch apart: a code, a line, a pair."""


class Merged:
    """What became of the rows of a batch: their ids and outcomes by key."""

    def __init__(self) -> None:
        self.ids: dict[Key, int] = {}
        self.outcomes: dict[Key, Outcome] = {}

    def changed(self) -> list[int]:
        """Ids of the rows that are new or different."""
        return [
            self.ids[key]
            for key, outcome in self.outcomes.items()
            if outcome is not Outcome.UNCHANGED
        ]


def merge(
    connection: Connection,
    table: Table,
    wanted: Mapping[Key, Mapping[str, Any]],
    existing: Mapping[Key, Mapping[str, Any]],
    only_new: Mapping[str, Any] | None = None,
) -> Merged:
    """Insert the rows whose key is not among `existing`, update those that differ.

    A value of None leaves what is stored: an empty cell is not a wish to forget. `only_new` are
    values that a row gets when it is made and keeps.
    """
    merged = Merged()
    new = {key: values for key, values in wanted.items() if key not in existing}
    merged.ids.update(_insert(connection, table, new, only_new or {}))
    merged.outcomes.update(dict.fromkeys(new, Outcome.CREATED))
    changes = []
    for key, values in wanted.items():
        if key in new:
            continue
        row = existing[key]
        merged.ids[key] = row["id"]
        after = {name: row[name] if value is None else value for name, value in values.items()}
        different = any(row[name] != value for name, value in after.items())
        merged.outcomes[key] = Outcome.UPDATED if different else Outcome.UNCHANGED
        if different:
            changes.append(after | {"row_id": row["id"]})
    _update(connection, table, changes)
    return merged


def _insert(
    connection: Connection,
    table: Table,
    new: Mapping[Key, Mapping[str, Any]],
    only_new: Mapping[str, Any],
) -> dict[Key, int]:
    if not new:
        return {}
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    rows = [
        {name: _default(table.c[name], value) for name, value in {**values, **only_new}.items()}
        for values in new.values()
    ]
    return dict(zip(new, connection.execute(statement, rows).scalars(), strict=True))


def _default(column: Column[Any], value: Any) -> Any:
    """Rows of one statement name the same columns, so a text that must not be null is empty."""
    return "" if value is None and not column.nullable else value


def _update(connection: Connection, table: Table, changes: Sequence[dict[str, Any]]) -> None:
    if changes:
        names = [name for name in changes[0] if name != "row_id"]
        statement = (
            update(table)
            .where(table.c.id == bindparam("row_id"))
            .values({name: bindparam(name) for name in names})
        )
        connection.execute(statement, changes)


def rows_by(
    connection: Connection, column: Column[Any], values: Iterable[Any]
) -> dict[Any, Mapping[str, Any]]:
    """The rows of the column's table whose `column` is among `values`, by that value."""
    wanted = {value for value in values if value is not None}
    if not wanted:
        return {}
    query = select(column.table).where(column.in_(wanted))
    return {row[column.name]: dict(row) for row in connection.execute(query).mappings()}


def ids_by(connection: Connection, column: Column[Any], values: Iterable[Any]) -> dict[Any, int]:
    """Value of a unique column -> id of its row, for those that exist."""
    return {value: row["id"] for value, row in rows_by(connection, column, values).items()}
