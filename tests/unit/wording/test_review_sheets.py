"""A review in a spreadsheet, from `texts export` to `texts import`, on catalogues of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from smsgateway.commands.texts import texts
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.paths import locales_dir
from smsgateway.text.catalogue import Catalogue
from smsgateway.wording.po import CatalogueFile
from smsgateway.wording.workbook import COLUMNS

REMINDER = TEMPLATES["rem_3d"].msgid
NO_CHILD = "Enfant introuvable. Regardez le carnet, ou demandez à votre centre de santé."


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    return Path(shutil.copytree(locales_dir(), tmp_path / "locales"))


@pytest.fixture
def sheet(locales: Path, tmp_path: Path) -> Path:
    path = tmp_path / "review.xlsx"
    result = run("export", path, locales)
    assert result.exit_code == 0, result.output
    return path


def run(command: str, path: Path, locales: Path, *options: str) -> Result:
    return CliRunner().invoke(texts, [command, str(path), "--locales", str(locales), *options])


def po(locales: Path) -> bytes:
    return CatalogueFile(locales, "bm").path.read_bytes()


def edit(path: Path, change: Callable[[Worksheet], None]) -> None:
    book = load_workbook(path)
    assert isinstance(book.active, Worksheet)
    change(book.active)
    book.save(path)


def line_of(sheet: Worksheet, msgid: str) -> int:
    return next(row for row in range(2, 999) if sheet.cell(row, 2).value == msgid)


def put(path: Path, msgid: str, **cells: str) -> int:
    """Write cells of the row of a text; gives the row's number."""
    titles = [title.split()[0].casefold() for title in COLUMNS]
    lines = []

    def change(sheet: Worksheet) -> None:
        lines.append(line_of(sheet, msgid))
        for title, value in cells.items():
            sheet.cell(lines[0], titles.index(title) + 1).value = value

    edit(path, change)
    return lines[0]


def test_the_sheet_shows_context_cost_and_status(sheet: Path) -> None:
    rows = list(load_workbook(sheet).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert rows[0] == tuple(COLUMNS)
    (reminder,) = [row for row in rows if row[1] == REMINDER]
    assert reminder[0] == "SMS reminder rem_3d (1 segment)"
    assert "bolocisèbèn" in str(reminder[3])
    assert 100 < int(str(reminder[4])) <= 160
    assert reminder[5:7] == (1, "pending")


def test_an_unchanged_sheet_changes_nothing(locales: Path, sheet: Path) -> None:
    before = po(locales)
    result = run("import", sheet, locales)
    assert result.exit_code == 0
    assert "0 corrected, 0 approved, 0 refused. The catalogue has not changed." in result.output
    assert po(locales) == before


def test_a_correction_and_an_approval_go_in_and_stay(locales: Path, sheet: Path) -> None:
    put(sheet, NO_CHILD, bambara="An ma nin den ye.", comment="plus court")
    put(sheet, REMINDER, status="approved", reviewer="Démo Relectrice")
    result = run("import", sheet, locales)
    assert "1 corrected, 1 approved, 0 refused. The catalogue has changed." in result.output
    file = CatalogueFile(locales, "bm")
    assert file.text(NO_CHILD) == Catalogue.load(locales).text(NO_CHILD, "bm")
    assert (file.text(NO_CHILD), file.review(NO_CHILD)) == ("An ma nin den ye.", None)
    assert file.comment(NO_CHILD) == "plus court"
    review = file.review(REMINDER)
    assert review is not None
    assert review.name == "Démo Relectrice"
    after = po(locales)
    assert "0 corrected, 0 approved" in run("import", sheet, locales).output
    run("export", sheet, locales)
    assert "The catalogue has not changed" in run("import", sheet, locales).output
    assert po(locales) == after


def test_a_corrected_text_loses_its_approval(locales: Path, sheet: Path) -> None:
    put(sheet, NO_CHILD, status="approved", reviewer="Démo Relectrice")
    run("import", sheet, locales)
    put(sheet, NO_CHILD, bambara="An ma nin den ye.", status="pending")
    run("import", sheet, locales)
    assert CatalogueFile(locales, "bm").review(NO_CHILD) is None


LONG = "{child} ka boloci don surunyara: {date}, {cscom}. " + "Na ni den ye. " * 12


@pytest.mark.parametrize(
    ("msgid", "cells", "column", "rule"),
    [
        pytest.param(REMINDER, {"bambara": ""}, "Bambara official", "empty", id="no words"),
        pytest.param(
            REMINDER, {"bambara": "{child}"}, "Bambara official", "same_placeholders", id="names"
        ),
        pytest.param(NO_CHILD, {"bambara": "Den {"}, "Bambara official", "well_formed", id="brace"),
        pytest.param(NO_CHILD, {"bambara": "Den ☂"}, "Bambara official", "sendable", id="letter"),
        pytest.param(NO_CHILD, {"bambara": "A ye fu ye."}, "Bambara official", "fu", id="trap"),
        pytest.param(REMINDER, {"bambara": LONG}, "Bambara official", "within_budget", id="SMS"),
        pytest.param(
            "Numéro mal écrit.",
            {"bambara": "Nimɔrɔ sɛbɛnni ma ɲɛ. " * 12},
            "Bambara official",
            "fits_the_screen",
            id="screen",
        ),
        pytest.param(NO_CHILD, {"status": "good"}, "status", "status", id="odd status"),
        pytest.param(NO_CHILD, {"status": "approved"}, "reviewer", "reviewer", id="nobody"),
        pytest.param(NO_CHILD, {"french": "Pas d'enfant."}, "French", "unknown_text", id="French"),
        pytest.param(REMINDER, {"french": NO_CHILD}, "French", "twice", id="twice"),
    ],
)
def test_a_bad_row_is_named_and_a_good_one_beside_it_goes_in(
    locales: Path, sheet: Path, msgid: str, cells: dict[str, str], column: str, rule: str
) -> None:
    put(sheet, "Non", status="approved", reviewer="Démo Relectrice")
    line = put(sheet, msgid, **cells)
    before = CatalogueFile(locales, "bm").text(msgid)
    result = run("import", sheet, locales)
    (problem,) = [one for one in result.output.splitlines() if one.startswith("row ")]
    assert problem.startswith(f"row {line}, {column}, ")
    assert f"({rule}): " in problem
    assert result.exit_code == 1
    assert CatalogueFile(locales, "bm").text(msgid) == before
    assert CatalogueFile(locales, "bm").review("Non") is not None


def test_a_cell_that_looks_like_a_formula_is_text(locales: Path, sheet: Path) -> None:
    put(sheet, NO_CHILD, bambara="=1+1", comment="=HYPERLINK(1)")
    assert run("import", sheet, locales).exit_code == 0
    assert CatalogueFile(locales, "bm").text(NO_CHILD) == "=1+1"
    run("export", sheet, locales)
    book = load_workbook(sheet)
    assert isinstance(book.active, Worksheet)
    cell = book.active.cell(line_of(book.active, NO_CHILD), 3)
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert "has not changed" in run("import", sheet, locales).output


def test_a_dry_run_says_what_it_would_do(locales: Path, sheet: Path) -> None:
    before = po(locales)
    put(sheet, NO_CHILD, bambara="An ma nin den ye.")
    assert "1 corrected" in run("import", sheet, locales, "--dry-run").output
    assert po(locales) == before


def test_a_file_without_the_columns_is_refused_in_a_sentence(locales: Path, sheet: Path) -> None:
    edit(sheet, lambda rows: rows.delete_cols(2))
    result = run("import", sheet, locales)
    assert "There is no column 'French'" in result.output
    assert result.exit_code == 1
