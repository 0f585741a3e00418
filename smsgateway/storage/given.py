"""Many rows of values as one parameter, for `UPDATE ... FROM`: one statement where an executemany
has one for each row, and in the same words on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import JSON, ColumnElement, Integer, Text, cast, column, func, literal
from sqlalchemy.sql.selectable import TableValuedAlias


class Given:
    """A table of texts by the ids that they belong to: an object of JSON, from id to list."""

    def __init__(self, values: Mapping[int, Sequence[str | None]]) -> None:
        each = func.json_each(literal(values, JSON))
        self._table: TableValuedAlias = each.table_valued(
            column("key", Text), column("value", JSON), name="given"
        )

    @property
    def id(self) -> ColumnElement[int]:
        return cast(self._table.c.key, Integer)

    def text(self, place: int) -> ColumnElement[str]:
        """What stands at this place of an id's list; it may be null."""
        element: ColumnElement[str] = self._table.c.value[place].as_string()
        return element
