"""The words that begin a dialogue by SMS: each rule catches what breaks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sample_dialogue import application_of, sample_flow

import flows
from smsgateway.dialogue.checks.keywords import check_keywords

SOUND = {"demo.number": {"fr": "chercher, numéro", "bm": "ɲini"}, "demo.bye": {"fr": "adieu"}}


def faults(keywords: Mapping[str, Mapping[str, str]]) -> list[str]:
    application = replace(application_of(sample_flow()), keywords=keywords)
    return [fault.problem for fault in check_keywords(application)]


def test_sound_words_have_no_fault() -> None:
    assert faults(SOUND) == []
    assert check_keywords(flows.app) == []


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({"demo.gone": {"fr": "perdu"}}, "there is no such place"),
        ({"demo.bye": {"fr": "Arrêt"}}, "means stop everywhere"),
        ({"demo.bye": {"bm": "meni"}}, "means menu everywhere"),
        ({"demo.bye": {"fr": "oui"}}, "means yes everywhere"),
        ({"demo.bye": {"fr": "CHERCHER"}}, "begins demo.number as well"),
        ({"demo.bye": {"fr": "1"}}, "cannot be sent as a word"),
        ({"demo.bye": {"fr": "adieu, , fin"}}, "cannot be sent as a word"),
    ],
)
def test_each_rule_catches_what_breaks_it(
    broken: Mapping[str, Mapping[str, str]], says: str
) -> None:
    (problem,) = faults({**SOUND, **broken})
    assert says in problem
