"""A message as it goes on the wire."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsgateway.text.catalogue import LANGUAGES, Catalogue, MissingText
from smsgateway.text.orthography import Policy
from smsgateway.text.placeholders import Text, WrongValue, standard
from smsgateway.text.segments import measure
from smsgateway.text.templates import (
    Claim,
    MalformedText,
    MissingValue,
    Template,
    render,
    worst_case,
)

FRENCH = "Vaccin de {child} : {date}, {cscom}. Venez avec l’enfant et le carnet, s’il vous plaît."
BAMBARA = "{child} ka boloci don surunyara: {date}, {cscom}. Na ni den n'a ka bolocisɛbɛn ye."
CATALOGUE = Catalogue(
    {
        "bm": {
            FRENCH: BAMBARA,
            "votre enfant": "i den",
            "votre centre de santé": "i ka dɔgɔtɔrɔso",
        }
    }
)
REMINDER = Template("reminder", "reminder", FRENCH, standard("child", "date", "cscom"))
VALUES = {"child": "Aïssata", "date": date(2026, 11, 24), "cscom": "CSCOM Dioïla"}


def test_a_message_is_translated_filled_folded_and_measured() -> None:
    body, encoding, segments, dropped = render(REMINDER, CATALOGUE, "bm", VALUES)
    assert body == (
        "Aissata ka boloci don surunyara: taratadon 24/11, CSCOM Dioila."
        " Na ni den n'a ka bolocisèbèn ye."
    )
    assert (encoding, segments, dropped) == ("gsm7", 1, "")
    assert render(REMINDER, CATALOGUE, "fr", VALUES).body == (
        "Vaccin de Aissata : mardi 24/11, CSCOM Dioila."
        " Venez avec l'enfant et le carnet, s'il vous plait."
    )


def test_a_route_or_a_person_may_ask_for_another_policy() -> None:
    exact = render(REMINDER, CATALOGUE, "bm", VALUES, Policy.EXACT)
    assert exact.body.startswith("Aïssata ") and exact.body.endswith("bolocisɛbɛn ye.")
    assert (exact.encoding, exact.segments) == ("ucs2", 2)
    plain = render(REMINDER, CATALOGUE, "bm", VALUES, Policy.ASCII)
    assert plain.body.endswith("bolociseben ye.") and plain.body.isascii()


CLAIM = Claim("vaccination", "C'est gratuit.")


def test_a_claim_is_made_only_where_the_health_centre_makes_it() -> None:
    claiming = replace(REMINDER, claim=CLAIM)
    plain = render(REMINDER, CATALOGUE, "fr", VALUES)
    assert render(claiming, CATALOGUE, "fr", VALUES) == plain
    assert render(claiming, CATALOGUE, "fr", VALUES, free_services={"antenatal"}) == plain
    free = render(claiming, CATALOGUE, "fr", VALUES, free_services={"vaccination"})
    assert free.body == f"{plain.body} C'est gratuit."
    assert free.segments == 1


def test_a_claim_never_costs_another_segment() -> None:
    long = Template("long", "reminder", "x" * 155, claim=CLAIM)
    assert render(long, CATALOGUE, "fr", {}, free_services={"vaccination"}).body == "x" * 155


@pytest.mark.parametrize("name", ["محمد", "", "  ", None], ids=repr)
def test_a_name_that_cannot_be_sent_is_replaced_by_words(name: str | None) -> None:
    rendered = render(REMINDER, CATALOGUE, "bm", VALUES | {"child": name})
    assert rendered.body.startswith("i den ka boloci")
    assert rendered.dropped == (name or "").strip()


def test_letters_left_out_of_a_value_are_reported() -> None:
    rendered = render(REMINDER, CATALOGUE, "fr", VALUES | {"child": "Awa 😀", "cscom": "漢 Nord"})
    assert rendered.body.startswith("Vaccin de Awa : mardi 24/11, Nord.")
    assert rendered.dropped == "😀漢"


def test_a_placeholder_without_value_or_words_instead_is_an_error() -> None:
    with pytest.raises(MissingValue, match="reminder needs a value for 'date'"):
        render(REMINDER, CATALOGUE, "fr", {"child": "Awa", "cscom": "Nord"})
    bare = Template("bare", "notice", "Chez {place}", {"place": Text(20)})
    with pytest.raises(MissingValue):
        render(bare, CATALOGUE, "fr", {"place": "漢"})


def test_values_that_the_text_does_not_use_are_ignored() -> None:
    assert render(REMINDER, CATALOGUE, "fr", VALUES | {"phone": "x" * 99}).segments == 1


def test_a_value_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(WrongValue):
        render(REMINDER, CATALOGUE, "fr", VALUES | {"date": "demain"})


def test_a_message_without_translation_is_not_sent_in_french() -> None:
    with pytest.raises(MissingText):
        render(REMINDER, Catalogue({}), "bm", VALUES)


@pytest.mark.parametrize(
    "text",
    [
        "{child",
        "child}",
        "{}",
        "{0}",
        "{child.name}",
        "{child!r}",
        "{child:>9}",
        "{a b}",
        "{other}",
    ],
)
def test_a_text_with_anything_but_its_plain_placeholders_is_an_error(text: str) -> None:
    template = Template("broken", "notice", text, standard("child"))
    with pytest.raises(MalformedText):
        render(template, Catalogue({}), "fr", {"child": "Awa", "0": "x"})


def test_doubled_braces_are_braces_and_a_value_is_never_a_template() -> None:
    template = Template("braces", "notice", "{{x}} {name}", standard("name"))
    assert render(template, Catalogue({}), "fr", {"name": "{child}"}).body == "{x} {child}"


@given(st.text(), st.text(), st.dates(), st.sampled_from(LANGUAGES), st.sampled_from(list(Policy)))
@settings(deadline=None)
def test_no_message_costs_more_than_the_worst_case(
    child: str, cscom: str, day: date, language: str, policy: Policy
) -> None:
    values = {"child": child, "cscom": cscom, "date": day}
    rendered = render(REMINDER, CATALOGUE, language, values, policy)
    worst = worst_case(REMINDER, CATALOGUE, language, policy)
    assert rendered.segments <= worst.segments
    assert rendered[1:3] == (measure(rendered.body).encoding, measure(rendered.body).segments)
    if rendered.encoding == worst.encoding:
        assert measure(rendered.body).units <= measure(worst.body).units


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_worst_case_of_a_folded_reminder_is_one_segment(language: str) -> None:
    assert worst_case(REMINDER, CATALOGUE, language).segments == 1
    assert worst_case(REMINDER, CATALOGUE, language, Policy.EXACT).segments > 1
