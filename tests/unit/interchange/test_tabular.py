"""Files as spreadsheets and people write them."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from smsgateway.interchange.tabular import UnreadableFile, open_table


def read(path: Path) -> tuple[tuple[str, ...], list[tuple[int, tuple[object, ...]]]]:
    with open_table(path) as table:
        return table.header, [(row.line, row.cells) for row in table.rows]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("nom;né le\nAïssata;1\n".encode(), id="UTF-8, semicolons"),
        pytest.param("nom,né le\r\nAïssata,1\r\n".encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param("nom;né le\rAïssata;1\r".encode("cp1252"), id="cp1252, old line ends"),
        pytest.param(
            "nom\tné le\nAïssata\t1".encode("cp1252"), id="cp1252, tabs, no last line end"
        ),
        pytest.param('sep=;\n"nom";"né le"\n"Aïssata";1\n'.encode(), id="a separator announced"),
    ],
)
def test_a_csv_file_is_read_whatever_wrote_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    header, rows = read(path)
    assert header == ("nom", "né le")
    assert [cells for _, cells in rows] == [("Aïssata", "1")]


def test_lines_are_those_of_a_text_editor(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text('a,b\n1,"two\nlines"\n\n2,x\n', encoding="utf-8")
    assert [line for line, cells in read(path)[1] if any(cells)] == [2, 5]


def test_a_spreadsheet_is_read_and_its_formulas_are_text(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["nom", "date", "n"])
    sheet.append(["=1+1", datetime(2026, 5, 12), 7])  # noqa: DTZ001
    sheet.append([])
    sheet.append(["x", None, 0.5])
    path = tmp_path / "f.xlsx"
    book.save(path)
    header, rows = read(path)
    assert header == ("nom", "date", "n")
    assert rows[0] == (2, ("=1+1", datetime(2026, 5, 12), 7))  # noqa: DTZ001
    assert rows[-1] == (4, ("x", None, 0.5))


def old_excel() -> bytes:
    return b"\xd0\xcf\x11\xe0" + b"\0" * 100


def broken_spreadsheet() -> bytes:
    buffer = io.BytesIO()
    Workbook().save(buffer)
    return buffer.getvalue()[:200]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\n;;\n", "is empty", id="nothing but separators"),
        pytest.param("a;b".encode("utf-16"), "UTF-16: save it as CSV UTF-8", id="UTF-16"),
        pytest.param(b"a;b\n\x81\x8d\n", "neither UTF-8 nor cp1252", id="unknown encoding"),
        pytest.param(old_excel(), "old Excel file", id="old Excel"),
        pytest.param(broken_spreadsheet(), "not a spreadsheet", id="a broken spreadsheet"),
        pytest.param(b'a,b\n"' + b"x" * 200_000, "quote not closed", id="a quote left open"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=message):
        read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="There is no file"):
        read(tmp_path / "none.csv")
