"""Laying out pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smsgateway.dialogue.screen import Exits, Navigation, lay_out, width

NAVIGATION = Navigation("0 Retour", "00 Accueil", "98 Suite")


def test_what_fits_is_one_page() -> None:
    assert lay_out("Bonjour", ["1. Oui"], NAVIGATION, 160, Exits()) == ["Bonjour\n1. Oui"]


def test_a_page_in_the_middle_leads_on_and_back() -> None:
    options = [f"{key}. {'x' * 30}" for key in range(1, 10)]
    exits = Exits(back=True, home=True)
    first, middle, *_, last = lay_out("Qui ?", options, NAVIGATION, 160, exits)
    assert first.endswith("\n98 Suite  0 Retour  00 Accueil")
    assert middle.endswith("\n98 Suite  0 Retour  00 Accueil")
    assert last.endswith("\n0 Retour  00 Accueil")


def test_the_second_page_of_a_screen_that_cannot_be_left_leads_to_the_first() -> None:
    first, second = lay_out("mot " * 50, [], NAVIGATION, 160, Exits())
    assert first.endswith("\n98 Suite")
    assert second.endswith("\n0 Retour")


def test_the_last_page_of_a_call_shows_no_key() -> None:
    first, second = lay_out("mot " * 50, [], NAVIGATION, 160, Exits(ends=True))
    assert first.endswith("\n98 Suite")
    assert second.endswith("mot ")


@given(
    st.text(alphabet="ab €é\n^", max_size=600),
    st.lists(st.text(alphabet="xyz €", min_size=1, max_size=40), max_size=12),
    st.booleans(),
)
def test_no_page_is_over_the_budget_and_nothing_is_lost(
    text: str, options: list[str], leave: bool
) -> None:
    pages = lay_out(text, options, NAVIGATION, 160, Exits(back=leave, home=leave))
    assert all(width(page) <= 160 for page in pages)
    shown = "".join(pages)
    for letter in "ab€é^xyz":
        assert shown.count(letter) >= (text + "".join(options)).count(letter)
