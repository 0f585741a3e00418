"""Files as spreadsheets and people write them."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from smsgateway.interchange.delimited import LONGEST_LINE
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


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param("two\nlines", id="two lines"),
        pytest.param("three\r\n\r\nlines", id="an empty line within"),
        pytest.param('a ""word""\nin ""quotes""', id="quotes within"),
        pytest.param("a, comma\nand an end", id="a comma on the first line"),
    ],
)
@pytest.mark.parametrize("row", ['"{}",x,y', 'x,"{}",y', 'x,y,"{}"'], ids=["first", "mid", "last"])
def test_a_quoted_cell_may_go_on_over_lines(tmp_path: Path, cell: str, row: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f"a,b,c\n{row.format(cell)}\n1,2,3\n", encoding="utf-8", newline="")
    with open_table(path) as table:
        first, second = table.rows
    assert (first.fault, cell.replace('""', '"') in first.cells, len(first.cells)) == ("", True, 3)
    assert second.cells == ("1", "2", "3")


@pytest.mark.parametrize(
    ("lines", "following"),
    [
        pytest.param(['E1,"Awa,F', "E2,Adama,M", "E3,Bintou,F"], 2, id="no other quote"),
        pytest.param(['E1,"Awa,F', "E2,Adama,M", 'E3,"Bintou",F'], 2, id="a quote further down"),
        pytest.param(['E1,"Awa,F', 'E2,Adama",M'], 1, id="a stray quote on the next row"),
        pytest.param(['"E1","Awa', '"E2","Adama"'], 1, id="every cell quoted"),
        pytest.param(['"E1","Awa', '"","Adama"'], 1, id="an empty cell comes next"),
        pytest.param(['E1,F,"'], 0, id="nothing behind it"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_a_quote_left_open_spoils_its_own_line_alone(
    tmp_path: Path, lines: list[str], following: int, end: str
) -> None:
    path = tmp_path / "f.csv"
    path.write_text(end.join(["id,name,sex", "E0,Ali,M", *lines]), encoding="utf-8", newline="")
    with open_table(path) as table:
        rows = list(table.rows)
    assert [row.line for row in rows] == list(range(2, 4 + following))
    assert "a quote is not closed" in rows[1].fault
    assert [row.fault for row in rows if row.line != 3] == [""] * (1 + following)


@pytest.mark.parametrize("size", [200_000, LONGEST_LINE, 3 * LONGEST_LINE + 7])
def test_a_line_of_any_length_leaves_the_next_ones_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f"a,b\n1,{'x' * size}\n2,y\n", encoding="utf-8")
    with open_table(path) as table:
        long, after = table.rows
    assert (after.line, after.cells, after.fault) == (3, ("2", "y"), "")
    assert bool(long.fault) is (size >= LONGEST_LINE)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        pytest.param(
            "nom\nKénié\nSégou ".encode() + b"\xe9\nGao\n",
            ["Kénié", "Ségou \N{REPLACEMENT CHARACTER}", "Gao"],
            id="one bad byte in UTF-8",
        ),
        pytest.param(
            b"\xef\xbb\xbfnom\nA\xe9\nB\xe8\n",
            ["A\N{REPLACEMENT CHARACTER}", "B\N{REPLACEMENT CHARACTER}"],
            id="a byte order mark says UTF-8",
        ),
        pytest.param(
            "nom\nA\xe9\nB\xe8\nK".encode("cp1252") + "é".encode(),
            ["Aé", "Bè", "KÃ©"],
            id="cp1252 with two letters that happen to be UTF-8",
        ),
    ],
)
def test_the_encoding_is_that_of_most_letters(
    tmp_path: Path, content: bytes, names: list[str]
) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    assert [cells[0] for _, cells in read(path)[1]] == names


def test_letters_are_counted_beyond_the_first_megabyte(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"nom\n\xff" + b"x" * ((1 << 20) - 6) + "\n\nKénié\n".encode())
    assert read(path)[1][-1][1] == ("Kénié",)


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


def test_a_spreadsheet_that_breaks_off_says_below_which_row(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["n"], [1], [12345]):
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    path = tmp_path / "f.xlsx"
    with ZipFile(buffer) as whole, ZipFile(path, "w") as broken:
        for name in whole.namelist():
            broken.writestr(name, whole.read(name).replace(b">12345<", b">" + b"9" * 5_000 + b"<"))
    with pytest.raises(UnreadableFile, match="cannot be read below row 2"):
        read(path)


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
        pytest.param(b'a,"b\n1,2\n', "line 1, is wrong: a quote is not closed", id="open header"),
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
