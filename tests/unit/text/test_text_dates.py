"""Dates the way people say them."""

from datetime import date, timedelta

import pytest
from babel.dates import get_day_names
from hypothesis import given, settings
from hypothesis import strategies as st

from smsgateway.text.catalogue import LANGUAGES
from smsgateway.text.dates import longest_spoken_day, numeric_day, spoken_day, spoken_weekdays

MONDAY = date(2026, 6, 8)


@pytest.mark.parametrize(
    ("day", "language", "spoken"),
    [
        (date(2021, 6, 8), "fr", "mardi 8/6"),
        (date(2021, 6, 8), "bm", "taratadon 8/6"),
        (date(2026, 12, 24), "bm", "alamisadon 24/12"),
        (date(2026, 1, 1), "fr", "jeudi 1/1"),
    ],
)
def test_a_day_is_said_with_its_weekday_then_day_and_month(
    day: date, language: str, spoken: str
) -> None:
    assert spoken_day(day, language) == spoken


@pytest.mark.parametrize(("language", "ending"), [("fr", ""), ("bm", "don")])
def test_weekdays_are_those_of_cldr(language: str, ending: str) -> None:
    names = get_day_names("wide", locale=language)
    for weekday in range(7):
        name = spoken_day(MONDAY + timedelta(days=weekday), language).split()[0]
        assert name == names[weekday] + ending


@given(st.dates(), st.sampled_from(LANGUAGES))
@settings(deadline=None)
def test_no_day_is_longer_than_the_longest_nor_than_sixteen_letters(
    day: date, language: str
) -> None:
    longest = spoken_day(longest_spoken_day(language), language)
    assert len(spoken_day(day, language)) <= len(longest) <= 16


def test_a_language_without_weekdays_is_an_error() -> None:
    with pytest.raises(KeyError):
        spoken_day(MONDAY, "en")


def test_a_numeric_day_has_ten_characters() -> None:
    assert numeric_day(MONDAY) == "08/06/2026"
    assert numeric_day(date(987, 1, 2)) == "02/01/0987"


def test_days_of_the_week_are_listed_in_its_order() -> None:
    assert spoken_weekdays({3, 1}, "fr") == "mardi, jeudi"
    assert spoken_weekdays({0, 6}, "bm") == "ntɛnɛdon, karidon"
    assert spoken_weekdays(set(), "fr") == ""
