"""What people type, and how values are shown."""

from __future__ import annotations

import pytest

from smsgateway.dialogue.fields import (
    Code,
    Count,
    DayAndMonth,
    Digits,
    Field,
    GivenName,
    Name,
    NumericDate,
    Sample,
    SpokenDay,
    Year,
)
from smsgateway.text.gsm7 import septets


@pytest.mark.parametrize(
    ("field", "answer", "value"),
    [
        (Digits(12, shortest=12), "0001-22112026", "000122112026"),
        (Digits(12, shortest=12), "0001 2211 2026", "000122112026"),
        (Digits(12, shortest=12), "00012211202", None),
        (Digits(4, shortest=4), "١٢٣٤", None),
        (Code(16, shortest=3), "bk-1001", "BK1001"),
        (Code(16, shortest=3), "ab", None),
        (Year(), " 1985 ", "1985"),
        (Year(), "85", None),
        (Year(), "1885", None),
        (DayAndMonth(), "0905", "05-09"),
        (DayAndMonth(), "9/5", "05-09"),
        (DayAndMonth(), "9 5", "05-09"),
        (DayAndMonth(), "2902", "02-29"),
        (DayAndMonth(), "3002", None),
        (DayAndMonth(), "0513", None),
        (DayAndMonth(), "905", None),
        (Name(20), "Awa", None),
        (GivenName(20), "awa", "Awa"),
        (GivenName(20), "n'dèye", "N'Dèye"),
        (GivenName(20), "M’Bamba", "M'Bamba"),
        (GivenName(20), "N'Golo Ba", "N'Golo Ba"),
        (GivenName(20), "Fatoumata-Bintou", "Fatoumata-Bintou"),
        (GivenName(20), "A\u0301wa", "Áwa"),
        (GivenName(20), "Ɲɛlɛni", "Ɲɛlɛni"),
        (GivenName(20), "A", None),
        (GivenName(20), "N'", None),
        (GivenName(20), "'Awa", None),
        (GivenName(20), "Awa 2", None),
        (GivenName(20), "\u07ca\u07e5\u07ca", None),
    ],
    ids=lambda part: part if isinstance(part, str) else None,
)
def test_an_answer_is_read_or_refused(field: Field, answer: str, value: str | None) -> None:
    assert field.parse(answer) == value


@pytest.mark.parametrize(
    ("field", "value", "language", "shown"),
    [
        (Name(20), "Maïmouna Haïdara", "fr", "Maimouna Haidara"),
        (Name(10), "Maïmouna Haïdara", "fr", "Maimouna"),
        (NumericDate(), "2026-06-08", "bm", "08/06/2026"),
        (SpokenDay(), "2026-06-09", "bm", "taratadon 9/6"),
        (SpokenDay(), "2026-06-09", "fr", "mardi 9/6"),
        (Count(3), 7, "fr", "7"),
    ],
)
def test_a_value_is_shown_as_it_goes_on_the_wire(
    field: Field, value: str | int, language: str, shown: str
) -> None:
    assert field.show(value, language) == shown


@pytest.mark.parametrize(
    "field",
    [Name(20), Sample(160), Digits(12), Code(16), Count(5), Year(), NumericDate(), SpokenDay()],
    ids=lambda field: type(field).__name__,
)
def test_the_worst_case_takes_all_the_room_there_is(field: Field) -> None:
    assert septets(field.worst("bm")) == field.longest
