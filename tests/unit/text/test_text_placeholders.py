"""Values in a text: typed, folded, and never longer than promised."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsgateway.text.catalogue import LANGUAGES
from smsgateway.text.orthography import Policy
from smsgateway.text.placeholders import (
    STANDARD,
    Code,
    Day,
    Number,
    NumericDay,
    Placeholder,
    Text,
    Value,
    WrongValue,
    shorten,
    standard,
)
from smsgateway.text.segments import measure

TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("placeholder", "value", "shown"),
    [
        pytest.param(Text(20), "Aïssata", "Aissata", id="a name is folded"),
        pytest.param(Text(20), "  N’Dèye \n Awa ", "N'Dèye Awa", id="spaces are tidied"),
        pytest.param(Text(6), "Ŋaɲa Ɲo", "Nganya", id="cut after folding"),
        pytest.param(Text(20), "漢 Awa", "Awa", id="what cannot be sent leaves no space"),
        pytest.param(Text(20), "محمد", "", id="nothing can be sent"),
        pytest.param(Code(9), " RM-2026-1 ", "RM-2026-1", id="a code"),
        pytest.param(Number(5), 12345, "12345", id="a number"),
        pytest.param(Number(5), 0, "0", id="zero"),
        pytest.param(Day(), TUESDAY, "taratadon 24/11", id="a day"),
        pytest.param(Day(), date(2026, 11, 23), "ntènèdon 23/11", id="a day is folded"),
        pytest.param(NumericDay(), TUESDAY, "24/11/2026", id="a numeric day"),
    ],
)
def test_a_value_is_shown(placeholder: Placeholder, value: Value, shown: str) -> None:
    assert placeholder.show(value, "bm", Policy.COMPACT) == shown


def test_the_exact_policy_shows_the_official_spelling() -> None:
    assert Text(20).show("Ɲɛnajɛ", "bm", Policy.EXACT) == "Ɲɛnajɛ"
    assert Day().show(date(2026, 11, 23), "bm", Policy.EXACT) == "ntɛnɛdon 23/11"


@pytest.mark.parametrize(
    ("placeholder", "value"),
    [
        pytest.param(Code(4), "12345", id="a code too long"),
        pytest.param(Code(4), "[[[", id="a code of extended letters too long"),
        pytest.param(Number(2), 100, id="a number too long"),
        pytest.param(Day(10), TUESDAY, id="a day too long"),
        pytest.param(Text(20), 5, id="a number for a text"),
        pytest.param(Code(4), 1234, id="a number for a code"),
        pytest.param(Number(2), "5", id="a text for a number"),
        pytest.param(Day(), "2026-11-24", id="a text for a day"),
        pytest.param(NumericDay(), "24/11/2026", id="a text for a numeric day"),
    ],
)
def test_a_value_that_would_be_wrong_is_refused(placeholder: Placeholder, value: Value) -> None:
    with pytest.raises(WrongValue):
        placeholder.show(value, "fr", Policy.COMPACT)


@pytest.mark.parametrize("name", STANDARD)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("policy", Policy)
def test_the_longest_value_is_within_the_maximum(name: str, language: str, policy: Policy) -> None:
    placeholder = STANDARD[name]
    shown = placeholder.show(placeholder.longest(language), language, policy)
    assert 0 < measure(shown).units <= placeholder.maximum


@given(st.text(), st.sampled_from(Policy), st.integers(1, 30))
@settings(deadline=None)
def test_no_text_is_longer_than_the_longest(text: str, policy: Policy, maximum: int) -> None:
    placeholder = Text(maximum)
    longest = placeholder.show(placeholder.longest("bm"), "bm", policy)
    assert measure(placeholder.show(text, "bm", policy)).units <= measure(longest).units == maximum


@pytest.mark.parametrize(
    ("text", "shortened"),
    [
        pytest.param("Fatoumata", "Fatoumata", id="short enough"),
        pytest.param("Marie-Antoinette Awa", "Marie-Antoinette Awa", id="exactly the maximum"),
        pytest.param("Marie-Antoinette Fatoumata", "Marie-Antoinette", id="after a word"),
        pytest.param("Abdoulaye Djibril Sekou", "Abdoulaye Djibril", id="after two words"),
        pytest.param("Abdoulayedjibrilahmedou", "Abdoulayedjibrilahme", id="one long word"),
        pytest.param(
            "Al Abdoulayedjibrilahmed", "Al Abdoulayedjibrila", id="a first word too short"
        ),
        pytest.param("Aminata Awa Mariam - X", "Aminata Awa Mariam", id="no dash at the end"),
        pytest.param("[" * 15, "[" * 10, id="extended letters count twice"),
    ],
)
def test_a_long_text_is_shortened_to_twenty(text: str, shortened: str) -> None:
    assert shorten(text, 20) == shortened


def test_standard_placeholders_are_taken_by_name() -> None:
    assert standard("child", "date") == {"child": STANDARD["child"], "date": STANDARD["date"]}
    with pytest.raises(KeyError):
        standard("chlid")
