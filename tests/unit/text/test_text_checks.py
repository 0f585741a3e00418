"""Each rule for a template has an example that breaks it and names what is wrong."""

from dataclasses import replace

import pytest

from smsgateway.text.catalogue import Catalogue
from smsgateway.text.checks import SENTENCES, Rule, check_template
from smsgateway.text.orthography import Policy
from smsgateway.text.placeholders import Text, standard
from smsgateway.text.templates import Template

FRENCH = "Vaccin de {child} : {date}."
BAMBARA = "{child} ka boloci don: {date}."
STAND_IN = {"votre enfant": "i den"}
GOOD = Template("reminder", "reminder", FRENCH, standard("child", "date"))


def catalogue(**words: dict[str, str]) -> Catalogue:
    return Catalogue({language: STAND_IN | texts for language, texts in words.items()})


def test_a_good_template_has_no_fault() -> None:
    assert check_template(GOOD, catalogue(bm={FRENCH: BAMBARA})) == []


def test_a_template_without_placeholders_has_no_fault() -> None:
    assert (
        check_template(Template("bye", "reply", "Merci."), catalogue(bm={"Merci.": "I ni ce."}))
        == []
    )


@pytest.mark.parametrize(
    ("template", "bambara", "rule", "language", "said"),
    [
        pytest.param(GOOD, "", Rule.TRANSLATED, "bm", "Vaccin de", id="no Bambara"),
        pytest.param(GOOD, "{child} don: {date", Rule.WELL_FORMED, "bm", "do not match", id="open"),
        pytest.param(
            GOOD, "{child} ka boloci.", Rule.SAME_PLACEHOLDERS, "bm", "date", id="one left out"
        ),
        pytest.param(
            GOOD, BAMBARA + "{cscom}", Rule.SAME_PLACEHOLDERS, "bm", "cscom", id="one too many"
        ),
        pytest.param(
            GOOD, BAMBARA + "漢", Rule.SENDABLE, "bm", "'漢' U+6F22", id="a letter that is lost"
        ),
        pytest.param(
            GOOD,
            BAMBARA + "a" * 125,
            Rule.WITHIN_BUDGET,
            "bm",
            "178 units of gsm7 in 2 segments (compact), 1 allowed",
            id="too long in the worst case",
        ),
        pytest.param(
            replace(GOOD, policy=Policy.EXACT, msgid=FRENCH + "a" * 30),
            BAMBARA,
            Rule.WITHIN_BUDGET,
            "fr",
            "ucs2 in 2 segments",
            id="too long in UCS-2",
        ),
        pytest.param(
            replace(GOOD, placeholders=standard("date") | {"child": Text(20, "sans mots")}),
            BAMBARA,
            Rule.TRANSLATED,
            "bm",
            "sans mots",
            id="no words for an empty value",
        ),
        pytest.param(
            replace(GOOD, placeholders=standard("date") | {"child": Text(4, "votre enfant")}),
            BAMBARA,
            Rule.STAND_IN_FITS,
            "fr",
            "votre enfant",
            id="words for an empty value too long",
        ),
    ],
)
def test_a_fault_is_named(
    template: Template, bambara: str, rule: Rule, language: str, said: str
) -> None:
    faults = check_template(template, catalogue(bm={template.msgid: bambara}))
    found = [fault for fault in faults if fault.rule is rule and fault.language == language]
    assert len(found) == 1
    assert said in str(found[0])
    assert str(found[0]).startswith(f"reminder ({language}): ")


def test_every_rule_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Rule)
