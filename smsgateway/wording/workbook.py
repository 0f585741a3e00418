"""The Bambara texts as a spreadsheet, for reviewers who have no git.

One row a text. A reviewer corrects the Bambara, sets the status to `approved` and writes a name;
the other columns are there to be read. The French text says which row it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from smsgateway.text.orthography import fold
from smsgateway.text.segments import measure
from smsgateway.wording.checks import Wordings
from smsgateway.wording.po import ELSEWHERE, CatalogueFile

APPROVED = "approved"
PENDING = "pending"

COLUMNS = {
    "context": 34,
    "French": 48,
    "Bambara official": 48,
    "as sent": 48,
    "septets": 9,
    "segments": 9,
    "status": 11,
    "reviewer": 20,
    "comment": 34,
}
"""The columns, with their widths in characters. Septets and segments are of the longest values."""

_TEXT = "@"
"""Excel's format for cells that are never taken for a number, a date or a formula."""


@dataclass(frozen=True)
class TextRow:
    """A text as a reviewer reads it."""

    context: str
    french: str
    bambara: str
    sent: str
    septets: int
    segments: int
    status: str
    reviewer: str
    comment: str


def rows(file: CatalogueFile, wordings: Wordings) -> Iterator[TextRow]:
    """Every Bambara text, in the order of its catalogue."""
    for msgid in file:
        text = file.text(msgid)
        review = file.review(msgid)
        cost = measure(fold(wordings.filled(text, msgid, "bm")))
        places = wordings.uses.get(msgid, ())
        yield TextRow(
            context="\n".join(map(str, places)) or ELSEWHERE,
            french=msgid,
            bambara=text,
            sent=fold(text),
            septets=cost.units,
            segments=cost.segments,
            status=APPROVED if review else PENDING,
            reviewer=review.name if review else "",
            comment=file.comment(msgid),
        )


def export(file: CatalogueFile, wordings: Wordings, path: Path) -> int:
    """Write the spreadsheet; gives its number of texts."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Bambara"
    sheet.append(list(COLUMNS))
    count = 0
    for count, row in enumerate(rows(file, wordings), start=1):
        _write(sheet, count + 1, vars(row))
    for index, width in enumerate(COLUMNS.values(), start=1):
        sheet.cell(1, index).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.freeze_panes = "C2"
    book.save(path)
    return count


def _write(sheet: Worksheet, line: int, values: Mapping[str, str | int]) -> None:
    for index, value in enumerate(values.values(), start=1):
        cell = sheet.cell(line, index, value)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if isinstance(value, str):
            cell.data_type = "s"
            cell.number_format = _TEXT
