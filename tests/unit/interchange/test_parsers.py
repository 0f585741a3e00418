"""From the cells that people and spreadsheets write to values."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from smsgateway.interchange import parsers
from smsgateway.interchange.parsers import BadCell, Parser
from smsgateway.interchange.rows import Cell


@pytest.mark.parametrize(
    "cell",
    [
        "2026-05-12",
        "12/05/2026",
        "12-05-26",
        "12.5.2026",
        "2026/5/12",
        "2026-05-12 00:00:00",
        " 12/05/26 ",
        "46154",
        46154,
        46154.0,
        datetime(2026, 5, 12, 0, 0),  # noqa: DTZ001
        date(2026, 5, 12),
    ],
)
def test_a_date_is_read_in_each_form(cell: Cell) -> None:
    assert parsers.day(cell) == date(2026, 5, 12)


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("31/02/2026", "no such day"),
        ("05/13/2026", "no such day"),
        ("12 mai", "like 2026-05-12"),
        ("12052026", "like 2026-05-12"),
        ("=TODAY()", "like 2026-05-12"),
        ("20260512", "like 2026-05-12"),
        (7, "like 2026-05-12"),
        pytest.param(
            "9" * 5_000, "like 2026-05-12", id="more digits than Python reads as a number"
        ),
    ],
)
def test_what_is_no_date_is_refused(cell: Cell, rule: str) -> None:
    with pytest.raises(BadCell, match=rule):
        parsers.day(cell)


@pytest.mark.parametrize(("cell", "year"), [("31/12/68", 2068), ("01/01/69", 1969)])
def test_a_year_of_two_digits_turns_at_69(cell: str, year: int) -> None:
    assert parsers.day(cell).year == year


@pytest.mark.parametrize(
    "cell", ["76 12 34 56", "+223 76-12-34-56", "0022376123456", 76123456, 76123456.0]
)
def test_a_phone_number_becomes_e164(cell: Cell) -> None:
    assert parsers.phone(cell) == "+22376123456"


@pytest.mark.parametrize("cell", ["12", "76 12 34 56 / 66 12 34 56", "inconnu", "=76123456", True])
def test_what_is_not_one_phone_number_is_refused(cell: Cell) -> None:
    with pytest.raises(BadCell, match="one phone number"):
        parsers.phone(cell)


@pytest.mark.parametrize(
    ("parser", "cell", "value"),
    [
        pytest.param(parsers.SEX, "Fille", "F", id="girl in French"),
        pytest.param(parsers.SEX, " masculin ", "M", id="male in French"),
        pytest.param(parsers.LANGUAGE, "Français", "fr", id="accents do not count"),
        pytest.param(parsers.LANGUAGE, "Bamanankan", "bm", id="Bambara by its own name"),
        pytest.param(parsers.session_days, "jeudi et mardi", "tue,thu", id="days in French"),
        pytest.param(parsers.session_days, "Thu,tue,THU", "tue,thu", id="days in English"),
        pytest.param(parsers.year, 1984.0, 1984, id="a year as a spreadsheet holds it"),
        pytest.param(parsers.sending_hours, "08:30 - 24:00", "08:30-24:00", id="hours with spaces"),
        pytest.param(parsers.degrees(90), "12,5831", 12.5831, id="a comma in a number"),
        pytest.param(parsers.text(9), "  a   b ", "a b", id="spaces are put in order"),
        pytest.param(parsers.text(9), 12.0, "12", id="a whole number of a spreadsheet"),
        pytest.param(parsers.text(9), "=1+1", "=1+1", id="a formula is its text"),
        pytest.param(parsers.text(9), "Ai\u0308ssata", "Aïssata", id="accents are composed"),
    ],
)
def test_a_cell_becomes_a_value(parser: Parser, cell: Cell, value: object) -> None:
    assert parser(cell) == value


@pytest.mark.parametrize(
    ("parser", "cell", "rule"),
    [
        pytest.param(parsers.SEX, "x", "one of F, M", id="no such sex"),
        pytest.param(parsers.session_days, "mardi ou quand on peut", "days of the week", id="days"),
        pytest.param(parsers.year, "84", "four digits", id="a short year"),
        pytest.param(parsers.year, "1" * 5_000, "four digits", id="a year of 5,000 digits"),
        pytest.param(parsers.phone, "7" * 5_000, "one phone number", id="5,000 digits to call"),
        pytest.param(parsers.degrees(90), "9" * 5_000, "between -90", id="5,000 digits north"),
        pytest.param(parsers.sending_hours, "8h-18h", "like 08:00-18:00", id="hours in words"),
        pytest.param(parsers.sending_hours, "18:00-08:00", "opening first", id="hours by night"),
        pytest.param(parsers.sending_hours, "9" * 5_000, "like 08:00", id="5,000 digits of hours"),
        pytest.param(parsers.degrees(90), "91", "between -90 and 90", id="beyond the pole"),
        pytest.param(parsers.degrees(90), "nan", "between -90 and 90", id="not a number"),
        pytest.param(parsers.text(3), "abcd", "at most 3", id="too long"),
        pytest.param(parsers.text(9), "a\x00b", "control characters", id="a null character"),
        pytest.param(parsers.identifier(9, str.strip), " ", "letters or digits", id="empty"),
    ],
)
def test_a_bad_cell_names_its_rule(parser: Parser, cell: Cell, rule: str) -> None:
    with pytest.raises(BadCell, match=rule):
        parser(cell)


def test_headers_are_compared_without_accents_case_and_punctuation() -> None:
    assert parsers.folded(" N° de Dossier (ANAM) ") == "n_de_dossier_anam"
    assert parsers.folded("Prénom") == parsers.folded("PRENOM")
