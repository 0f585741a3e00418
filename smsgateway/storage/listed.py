"""Many ids as one parameter: `column.in_(listed(ids))`.

An ordinary IN has a parameter for each id: for a claim of five hundred messages, writing and
reading such a statement takes as long as running it, and databases limit their number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, Integer, Select, Text, bindparam, column, select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Ids(TypeDecorator[list[int]]):
    """Whole numbers as one value: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = ARRAY(Integer) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else json.dumps(value)


class _Each(FunctionElement[int]):
    """A table of the numbers in one value."""

    type = Integer()
    inherit_cache = True


@compiles(_Each, "postgresql")
def _unnest(element: _Each, compiler: Any, **options: Any) -> str:
    return f"unnest({compiler.process(element.clauses, **options)})"


@compiles(_Each, "sqlite")
def _json_each(element: _Each, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


def listed(ids: Iterable[int] | str) -> Select[tuple[int]]:
    """These ids as a query; or those of the parameter of this name, given when it is executed.

    Its table goes by the name of its column, because PostgreSQL calls the column as the table and
    SQLite calls it `value`.
    """
    if isinstance(ids, str):
        parameter = bindparam(ids, type_=_Ids())
    else:
        parameter = bindparam(None, list(ids), _Ids())
    numbers = _Each(parameter)
    return select(numbers.table_valued(column("value", Integer()), name="value").c.value)
