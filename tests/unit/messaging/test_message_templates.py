"""The messages that the service sends: in both languages, true, and within one segment."""

from __future__ import annotations

import pytest

from smsgateway.messaging.answers import Answer, Contact, write
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.paths import locales_dir
from smsgateway.text.catalogue import LANGUAGES, Catalogue
from smsgateway.text.checks import check_template

CATALOGUE = Catalogue.load(locales_dir())
LONGEST = Contact(ussd="*" + "8" * 18 + "#", phone="+" + "8" * 19)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_passes_every_check(template: object) -> None:
    assert check_template(template, CATALOGUE) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answer", Answer)
def test_an_answer_with_all_its_parts_fits_into_one_segment(answer: Answer, language: str) -> None:
    assert write(answer, CATALOGUE, language, LONGEST).segments == 1


def test_help_names_only_the_ways_that_there_are() -> None:
    bare = write(Answer.HELP, CATALOGUE, "fr", Contact()).body
    full = write(Answer.HELP, CATALOGUE, "fr", Contact("*123#", "+22320000000")).body
    assert "Menu" not in bare and "Parler" not in bare
    assert full == f"{bare} Menu : *123#. Parler à quelqu'un : +22320000000"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_promises_that_a_vaccine_costs_nothing(language: str) -> None:
    for template in TEMPLATES.values():
        text = CATALOGUE.text(template.msgid, language)
        assert "gratuit" not in text and "tɛ sara" not in text
