"""What every kind of file is read into: rows of cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

Cell = str | int | float | bool | date | datetime | time | None


@dataclass(frozen=True)
class Row:
    """The cells of one row; `line` counts as a text editor or a spreadsheet does, from 1.

    `fault` is the rule that the last cell read breaks, when the row could not be read to its end.
    """

    line: int
    cells: tuple[Cell, ...]
    fault: str = ""
