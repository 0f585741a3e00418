"""The pure engine: what follows which answer."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sample_dialogue import TODAY, Keypad, application_of, sample_flow, words

from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.network import DEFAULT_NETWORK
from smsgateway.dialogue.nodes import Call
from smsgateway.dialogue.session import Session


def test_a_caller_whose_language_is_unknown_is_asked_first(engine: Engine) -> None:
    keypad = Keypad(engine, language=None)
    assert keypad.screen == "demo.language"
    assert keypad.press("1") == "Accueil ici nyè\n1. Chercher nyè\n2. Quitter nyè"
    assert [(effect.kind, effect.payload) for effect in keypad.turn.effects] == [
        ("language", {"language": "bm"})
    ]


def test_home_has_no_keys_to_leave_it_and_later_screens_do(keypad: Keypad) -> None:
    assert keypad.turn.reply.text == "Accueil ici\n1. Chercher\n2. Quitter"
    assert keypad.press("1") == "Numéro ?\n0 Retour  00 Accueil"


def test_a_look_up_leads_to_the_screen_of_its_outcome(keypad: Keypad) -> None:
    assert keypad.press("1", "111", "1234") == "Awa : 3 enfants"
    assert keypad.turn.reply.final
    assert keypad.turn.session is None
    assert [(effect.kind, effect.payload) for effect in keypad.turn.effects] == [
        ("note", {"name": "Awa", "language": "fr"})
    ]


def test_a_look_up_sees_only_what_it_declares(keypad: Keypad) -> None:
    keypad.press("1", "222", "1234", "2")
    assert keypad.seen == [{"number": "222", "secret": "1234"}, {"chosen": "8"}]


def test_a_sensitive_answer_is_forgotten_at_the_next_screen(keypad: Keypad) -> None:
    keypad.press("1", "222", "1234")
    assert "1234" not in json.dumps(keypad.session.pack())


def test_a_list_keeps_the_numbers_that_were_shown(keypad: Keypad) -> None:
    assert "1. Moussa\n2. Sira" in keypad.press("1", "222", "1234")
    assert keypad.press("2") == "no8 : 1 enfants"


@pytest.mark.parametrize(
    "answer",
    ["9", "", "   ", "abc", "1 1", "*", "#", "²", "١", "😀", "x" * 3_000, "1*2"],
    ids=repr,
)
def test_a_wrong_key_shows_the_same_screen_with_a_short_error(keypad: Keypad, answer: str) -> None:
    assert keypad.press(answer) == "Choix non valable.\nAccueil ici\n1. Chercher\n2. Quitter"
    assert keypad.screen == "demo.home"


def test_a_wrong_answer_to_a_question_says_what_is_wanted(keypad: Keypad) -> None:
    assert keypad.press("1", "12").startswith("3 chiffres.\nNuméro ?")


def test_three_wrong_answers_in_a_row_offer_help_and_lead_back(keypad: Keypad) -> None:
    keypad.press("1", "x", "y")
    assert keypad.screen == "demo.number"
    assert keypad.press("z").startswith("Besoin d'aide ?")
    assert keypad.press("1").startswith("Numéro ?")


def test_a_right_answer_forgives_the_wrong_ones_before_it(keypad: Keypad) -> None:
    keypad.press("1", "x", "y", "111", "x", "y")
    assert keypad.screen == "demo.secret"


def test_a_choice_may_set_a_field(keypad: Keypad) -> None:
    assert keypad.press("1", "333", "1234", "2") == "no9 : 1 enfants"
    assert keypad.seen[-1] == {"chosen": "9"}


def test_back_goes_through_the_screens_one_came_by(keypad: Keypad) -> None:
    keypad.press("1", "111", "0")
    assert keypad.screen == "demo.number"
    keypad.press("0")
    assert keypad.screen == "demo.home"
    assert keypad.press("0").startswith("Choix non valable.")


def test_home_forgets_everything_but_the_language(engine: Engine) -> None:
    keypad = Keypad(engine, language="bm")
    keypad.press("1", "222", "00")
    assert keypad.session == Session("demo.home", "bm")


def test_a_session_survives_packing(keypad: Keypad) -> None:
    keypad.press("1", "222", "1234", "x")
    packed = json.loads(json.dumps(keypad.session.pack()))
    assert Session.unpack(packed) == keypad.session


def test_a_node_that_is_gone_leads_home_with_a_notice(engine: Engine) -> None:
    keypad = Keypad(engine)
    session = Session("demo.gone", "fr")
    turn = engine.answer(session, "1", DEFAULT_NETWORK, keypad._run, TODAY)
    assert turn.reply.text.startswith("Le service a changé.\nAccueil ici")


def test_there_is_no_way_back_to_an_answer_that_a_look_up_has_made_forgotten() -> None:
    flow = sample_flow()
    search = flow.nodes["demo.search"]
    assert isinstance(search, Call)
    flow.nodes["demo.search"] = replace(search, forgets=("number",))
    keypad = Keypad(Engine(application_of(flow), words()))
    assert keypad.press("1", "222", "1234").endswith("\n00 Accueil")
    assert keypad.press("0").startswith("Choix non valable.")
    assert keypad.press("1") == "no7 : 1 enfants"
