"""Numbers copied from paper, as people type them."""

from __future__ import annotations

import pytest

from smsgateway.register.facilities import weekdays
from smsgateway.register.numbers import anam_file_number, normalised


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        pytest.param("ml-00 12/a", "ML0012A", id="dashes, spaces and small letters go"),
        pytest.param("  000123 ", "000123", id="leading zeros stay"),
        pytest.param("１２３", "123", id="full-width digits are digits"),
        pytest.param("-- /", "", id="nothing left"),
    ],
)
def test_a_number_is_its_letters_and_digits(typed: str, number: str) -> None:
    assert normalised(typed) == number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        pytest.param("0001-22112026", "000122112026", id="as ANAM writes it"),
        pytest.param("0001 2211 2026", "000122112026", id="in groups"),
        pytest.param("122112026", "000122112026", id="a spreadsheet dropped the zeros"),
        pytest.param("133112026", "133112026", id="not a date, so left alone"),
        pytest.param("1229022023", "1229022023", id="29 February of a common year"),
        pytest.param("22112026", "000022112026", id="the file 0000 of a day"),
        pytest.param("AB12", "AB12", id="another scheme's number"),
        pytest.param("", "", id="empty"),
        pytest.param("9" * 3000, "9" * 3000, id="three kilobytes of nines"),
    ],
)
def test_a_file_number_of_anam_has_its_twelve_digits(typed: str, number: str) -> None:
    assert anam_file_number(typed) == number


def test_session_days_are_counted_from_monday() -> None:
    assert weekdays("tue,thu") == {1, 3}
    assert weekdays("") == frozenset()
