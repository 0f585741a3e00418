"""Rows of a CSV or XLSX file, read one by one so that a million of them do not sit in memory.

Cells are data: a formula in a spreadsheet is its text, and nothing is ever evaluated.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from smsgateway.interchange.delimited import delimited_rows
from smsgateway.interchange.encodings import encoding_of
from smsgateway.interchange.rows import Cell, Row


class UnreadableFile(ValueError):
    """A file that cannot be imported at all; the message is one sentence saying what to do."""


@dataclass(frozen=True)
class Table:
    """The header and the rows below it.

    `done()` of `total` (bytes, or rows of a spreadsheet) tells how far the reading has come.
    """

    header: tuple[str, ...]
    rows: Iterator[Row]
    total: int | None
    done: Callable[[], int]


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """Open a CSV or XLSX file. Raises UnreadableFile, here or while rows are read."""
    if not path.is_file():
        raise UnreadableFile(f"There is no file {path}.")
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start.startswith(b"PK\x03\x04"):
            yield _xlsx(file, path)
        elif start == b"\xd0\xcf\x11\xe0":
            raise UnreadableFile(f"{path} is an old Excel file: save it as XLSX or CSV.")
        else:
            yield _csv(file, path)


def _csv(file: BinaryIO, path: Path) -> Table:
    start = file.read(2)
    file.seek(0)
    if start in {b"\xff\xfe", b"\xfe\xff"}:
        raise UnreadableFile(f"{path} is UTF-16: save it as CSV UTF-8.")
    encoding = encoding_of(file)
    if encoding is None:
        raise UnreadableFile(f"{path} is neither UTF-8 nor cp1252: save it as CSV UTF-8.")
    rows = delimited_rows(io.TextIOWrapper(file, encoding, errors="replace", newline=""))
    first = next((row for row in rows if row.fault or any(row.cells)), None)
    if first is None:
        raise UnreadableFile(f"{path} is empty.")
    if first.fault:
        raise UnreadableFile(f"The header of {path}, line {first.line}, is wrong: {first.fault}.")
    return Table(_header(first.cells), rows, path.stat().st_size, file.tell)


def _xlsx(file: BinaryIO, path: Path) -> Table:
    try:
        sheet = load_workbook(file, read_only=True, data_only=False).worksheets[0]
        sheet.reset_dimensions()
        rows = (
            Row(number, tuple(cells))  # type: ignore[arg-type]
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1)
        )
        first = next((row for row in rows if any(cell is not None for cell in row.cells)), None)
    except (
        BadZipFile,
        InvalidFileException,
        KeyError,
        IndexError,
        ParseError,
        ValueError,
    ) as error:
        raise UnreadableFile(f"{path} is not a spreadsheet: save it as XLSX or CSV.") from error
    if first is None:
        raise UnreadableFile(f"{path} is empty.")
    position = [first.line]
    return Table(_header(first.cells), _following(rows, position, path), None, lambda: position[0])


def _following(rows: Iterator[Row], position: list[int], path: Path) -> Iterator[Row]:
    try:
        for row in rows:
            position[0] = row.line
            yield row
    except (BadZipFile, ParseError, ValueError) as error:
        raise UnreadableFile(
            f"{path} cannot be read below row {position[0]}: save it as CSV UTF-8."
        ) from error


def _header(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)
