"""Rows of a delimited text, read line by line: a line that is wrong spoils no other.

A quoted cell may go on over several lines, as spreadsheets write it. A quote that somebody forgot
to close begins the same way and would take in the rows below it, so a cell goes on only over lines
that do not look like rows.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from smsgateway.interchange.rows import Row

DELIMITERS = ",;\t"
LONGEST_LINE = 1 << 20
"""Characters of a line that are read; no row of data comes near."""

QUOTE_RULE = "a quote is not closed: close it, and write the cell on one line"
LENGTH_RULE = f"the line must have at most {LONGEST_LINE} characters"

_MOST_LINES = 50
"""Lines over which one cell may go on."""


def delimited_rows(text: TextIO) -> Iterator[Row]:
    """Rows with the line at which each begins. `text` was opened with newline="", at its start."""
    # The csv module's own limit for a cell would end the reading; here a long cell is a bad cell.
    csv.field_size_limit(2 * LONGEST_LINE)
    skipped, delimiter = _delimiter(text)
    lines = _Lines(text, skipped)
    while lines.peek(0):
        number = lines.taken + 1
        yield _row(lines, number, delimiter)


class _Lines:
    """Lines with a look at those ahead; `taken` counts those that are done with."""

    def __init__(self, text: TextIO, taken: int) -> None:
        self._text = text
        self._ahead: deque[str] = deque()
        self.taken = taken

    def peek(self, index: int) -> str:
        """The line `index` lines ahead, cut to LONGEST_LINE; empty after the last one."""
        while len(self._ahead) <= index:
            self._ahead.append(self._read())
        return self._ahead[index]

    def take(self, count: int) -> None:
        """Be done with the next `count` lines, which were peeked at."""
        for _ in range(count):
            self._ahead.popleft()
        self.taken += count

    def _read(self) -> str:
        line = part = self._text.readline(LONGEST_LINE)
        while len(part) == LONGEST_LINE and not part.endswith(("\n", "\r")):
            part = self._text.readline(LONGEST_LINE)
        return line


def _row(lines: _Lines, number: int, delimiter: str) -> Row:
    line = lines.peek(0)
    cells = _cells(line, delimiter)
    if len(line) == LONGEST_LINE:
        lines.take(1)
        return Row(number, cells, LENGTH_RULE)
    if not _is_open(cells):
        lines.take(1)
        return Row(number, cells)
    whole, count = _whole(lines, delimiter)
    lines.take(count)
    return Row(number, whole) if whole else Row(number, cells, QUOTE_RULE)


def _whole(lines: _Lines, delimiter: str) -> tuple[tuple[str, ...], int]:
    """The cells of a row that goes on over several lines, and over how many; without cells when
    a line that it would take in looks like a row."""
    joined = lines.peek(0)
    for ahead in range(1, _MOST_LINES):
        line = lines.peek(ahead)
        inside, quote, after = line.replace('""', "").partition('"')
        looks_like_row = delimiter in inside or after[:1] not in {"", delimiter, "\r", "\n"}
        if not line or looks_like_row or len(joined) + len(line) > LONGEST_LINE:
            break
        joined += line
        if quote and not _is_open(cells := _cells(joined, delimiter)):
            return cells, ahead + 1
    return (), 1


def _cells(text: str, delimiter: str) -> tuple[str, ...]:
    """The cells of one row; a last cell whose quote is open ends with the line end."""
    return tuple(next(csv.reader((text.rstrip("\r\n") + "\n",), delimiter=delimiter)))


def _is_open(cells: tuple[str, ...]) -> bool:
    return bool(cells) and cells[-1].endswith("\n")


def _delimiter(text: TextIO) -> tuple[int, str]:
    """How many lines come before the header, and what separates its cells.

    Excel announces a separator with a line `sep=;`.
    """
    start = text.readline(LONGEST_LINE)
    if start.lower().startswith("sep=") and start[4:5] in DELIMITERS:
        return 1, start[4]
    while start and not start.strip():
        start = text.readline(LONGEST_LINE)
    text.seek(0)
    return 0, max(DELIMITERS, key=start.count)
