"""The engine of imports: rows become records, records become batches, a batch is a transaction.

A bad row is named and left out; the others go in. Importing the same file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DataError, IntegrityError

from smsgateway.interchange.encodings import UNDECODED
from smsgateway.interchange.kind import (
    Column,
    Context,
    Kind,
    Outcome,
    Problem,
    Record,
    Result,
    shortened,
)
from smsgateway.interchange.parsers import BadCell, as_text, folded
from smsgateway.interchange.rows import Cell, Row
from smsgateway.interchange.tabular import Table, UnreadableFile
from smsgateway.storage.engine import Database

BATCH_ROWS = 1_000
"""Rows stored in one transaction: long enough to be quick, short enough to let others write."""


@dataclass
class Report:
    """What an import did, in rows."""

    unknown_columns: list[str] = field(default_factory=list)
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    bad: int = 0

    @property
    def rows(self) -> int:
        return sum(self.outcomes.values()) + self.bad


class Importer:
    """Imports of one kind into one database.

    `defaults` are cells for columns that a file leaves empty or does not have. A dry run does all
    the work and takes it back. `on_problem` hears of each bad row as it is found.
    """

    def __init__(
        self,
        database: Database,
        kind: Kind,
        context: Context,
        *,
        defaults: Mapping[str, str] | None = None,
        dry_run: bool = False,
        on_problem: Callable[[Problem], None] = lambda problem: None,
    ) -> None:
        self._database = database
        self._kind = kind
        self._context = context
        self._defaults = defaults or {}
        self._dry_run = dry_run
        self._on_problem = on_problem

    def run(self, table: Table, on_batch: Callable[[Report], None] = lambda report: None) -> Report:
        """Import every row. Raises UnreadableFile when a column that is needed is missing."""
        columns, unknown = self._match(table.header)
        report = Report(unknown_columns=unknown)
        for batch in self._batches(table.rows, columns, report):
            self._count(report, self._store(batch))
            on_batch(report)
        return report

    def store(self, values: Sequence[Mapping[str, Any]]) -> Report:
        """Store records that were never in a file; all of them have to be good."""
        report = Report()
        records = [Record(number, row) for number, row in enumerate(values, start=1)]
        for start in range(0, len(records), BATCH_ROWS):
            self._count(report, self._store(records[start : start + BATCH_ROWS]))
        return report

    def _match(self, header: Sequence[str]) -> tuple[list[Column | None], list[str]]:
        """The column under each header, and the headers that name none."""
        by_header = {name: column for column in self._kind.columns for name in column.headers}
        columns = [by_header.get(folded(name)) for name in header]
        found = [column.name for column in columns if column]
        for name in set(found):
            if found.count(name) > 1:
                raise UnreadableFile(f"Two columns of the file are {name}: keep one.")
        given = {*found, *self._defaults}
        missing = [c.name for c in self._kind.columns if c.required and c.name not in given]
        if self._kind.one_of and not given.intersection(self._kind.one_of):
            missing.append(" or ".join(self._kind.one_of))
        if missing:
            raise UnreadableFile(f"The file has no column {', '.join(missing)}.")
        unknown = [name for name, column in zip(header, columns, strict=True) if not column]
        return columns, list(map(shortened, unknown))

    def _batches(
        self, rows: Iterator[Row], columns: Sequence[Column | None], report: Report
    ) -> Iterator[list[Record]]:
        """Good records; a batch ends early before a second row about the same thing, so that the
        later row of a file wins as if the rows came one by one."""
        batch: list[Record] = []
        seen: set[Hashable] = set()
        for row in rows:
            if not row.fault and not any(as_text(cell) for cell in row.cells):
                continue
            record = self._record(row, columns)
            if isinstance(record, list):
                report.bad += 1
                for problem in record:
                    self._on_problem(problem)
                continue
            identity = self._kind.identity(record)
            if identity in seen or len(batch) == BATCH_ROWS:
                yield batch
                batch, seen = [], set()
            batch.append(record)
            seen.add(identity)
        yield batch

    def _record(self, row: Row, columns: Sequence[Column | None]) -> Record | list[Problem]:
        if problem := _broken(row, columns):
            return [problem]
        cells: dict[str, Any] = dict(self._defaults)
        for column, cell in zip(columns, row.cells, strict=False):
            if column and as_text(cell):
                cells[column.name] = cell
        values: dict[str, Any] = {}
        problems = []
        for column in self._kind.columns:
            if column.name not in cells:
                if column.required:
                    problems.append(Problem(row.line, column.name, "", "it must not be empty"))
                continue
            try:
                values[column.name] = _value(column, cells[column.name])
            except BadCell as rule:
                value = as_text(cells[column.name])
                problems.append(Problem(row.line, column.name, value, str(rule)))
        return problems or self._checked(Record(row.line, values))

    def _checked(self, record: Record) -> Record | list[Problem]:
        one_of = self._kind.one_of
        if one_of and not any(record.get(name) for name in one_of):
            rule = f"one of {' and '.join(one_of)} must not be empty"
            return [Problem(record.line, one_of[0], "", rule)]
        found = (check(record, self._context) for check in self._kind.checks)
        return [problem for problem in found if problem] or record

    def _store(self, batch: Sequence[Record]) -> list[Result]:
        """One transaction; when the database refuses it, its halves, down to the row at fault."""
        if not batch:
            return []
        try:
            with self._database.begin() as connection:
                results = self._kind.store(connection, batch, self._context)
                if self._dry_run:
                    connection.rollback()
                return results
        except (DataError, IntegrityError) as error:
            if len(batch) == 1:
                reason = str(error.orig).splitlines()[0]
                return [Problem(batch[0].line, "", "", f"the database refuses it: {reason}")]
        middle = len(batch) // 2
        return self._store(batch[:middle]) + self._store(batch[middle:])

    def _count(self, report: Report, results: Sequence[Result]) -> None:
        for result in results:
            if isinstance(result, Problem):
                report.bad += 1
                self._on_problem(result)
            else:
                report.outcomes[result] += 1


def _broken(row: Row, columns: Sequence[Column | None]) -> Problem | None:
    """Why the cells of a row cannot be told apart."""
    if row.fault:
        column = columns[len(row.cells) - 1] if len(row.cells) <= len(columns) else None
        return Problem(row.line, column.name if column else "", as_text(row.cells[-1]), row.fault)
    extra = next(filter(None, map(as_text, row.cells[len(columns) :])), None)
    if extra:
        return Problem(row.line, "", extra, "the row has more cells than the header")
    return None


def _value(column: Column, cell: Cell) -> Any:
    """What a column makes of a cell. Raises BadCell."""
    if isinstance(cell, str) and UNDECODED in cell:
        raise BadCell("a letter in it is not UTF-8: type it again and save as CSV UTF-8")
    return column.parse(cell)
