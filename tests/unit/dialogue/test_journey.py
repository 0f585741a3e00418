"""A registration through a sub-dialogue, lost and resumed, and changed by a release."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sample_dialogue import TODAY, Keypad
from sample_journey import journey, main_flow, place_flow

from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.network import DEFAULT_NETWORK, SMS_NETWORK
from smsgateway.dialogue.nodes import Menu
from smsgateway.dialogue.session import Pointer, Session, Turn
from smsgateway.text.catalogue import Catalogue

WORDS = Catalogue({"fr": {}, "bm": {}})


@pytest.fixture
def keypad() -> Keypad:
    return Keypad(Engine(journey(), WORDS))


TO_CONFIRM = ("1", "2", "120526", "2")


def test_a_sub_dialogue_returns_to_where_it_was_visited_from(keypad: Keypad) -> None:
    assert keypad.press("1", "2", "120526").startswith("Quelle ville ?\n1. Kayes\n2. Mopti")
    assert keypad.session.returns == ("main.confirm",)
    assert keypad.press("2").startswith("Inscrire, 12/05/2026, CSCOM 2 ?\n1. Oui\n2. Non")
    assert keypad.session.returns == ()
    assert keypad.press("1") == "Inscrit."
    assert [effect.payload for effect in keypad.turn.effects] == [
        {"sex": "M", "born": "2026-05-12", "place": "CSCOM 2", "language": "fr"}
    ]


def test_going_back_into_a_sub_dialogue_knows_its_way_out_again(keypad: Keypad) -> None:
    keypad.press(*TO_CONFIRM, "0")
    assert keypad.screen == "place.town"
    assert keypad.session.returns == ("main.confirm",)
    assert "CSCOM 1" in keypad.press("1")


def test_going_back_out_of_a_sub_dialogue_forgets_where_it_led(keypad: Keypad) -> None:
    keypad.press("1", "2", "120526", "0")
    assert keypad.screen == "main.born"
    assert keypad.session.returns == ()


def test_home_leaves_a_sub_dialogue_for_good(keypad: Keypad) -> None:
    keypad.press("1", "2", "120526", "00")
    assert keypad.session == Session("main.home", "fr")


@pytest.mark.parametrize("answer", ["31/2/26", "241126", "12/5", "tomorrow", "12/5/2019"])
def test_a_day_that_is_none_or_out_of_reach_is_refused(keypad: Keypad, answer: str) -> None:
    assert keypad.press("1", "2", answer).startswith("Jour mal écrit.\nNé le ?")


def test_a_session_within_a_sub_dialogue_survives_packing(keypad: Keypad) -> None:
    keypad.press("1", "2", "120526", "x")
    packed = json.loads(json.dumps(keypad.session.pack()))
    assert Session.unpack(packed) == keypad.session


def test_a_long_text_is_read_in_pages_and_ends_with_the_last(keypad: Keypad) -> None:
    pages = [keypad.press("2")]
    while not keypad.turn.reply.final:
        assert pages[-1].endswith("98 Suite" if len(pages) == 1 else "98 Suite  0 Retour")
        pages.append(keypad.press("98"))
    assert len(pages) == 3
    assert keypad.turn.session is None
    keypad = Keypad(keypad.engine)
    keypad.press("2", "98")
    assert keypad.press("0") == pages[0]
    assert keypad.press("1").startswith("Choix non valable.\nDemander une carte")


def resumed(keypad: Keypad, engine: Engine | None = None) -> Turn:
    """The first screen of a new call, the old one being lost."""
    pointer = keypad.engine.pointer(keypad.session)
    assert pointer
    pointer = Pointer.unpack(json.loads(json.dumps(pointer.pack())))
    return (engine or keypad.engine).resume(pointer, "fr", DEFAULT_NETWORK, keypad._run)


def test_a_lost_session_goes_on_from_its_checkpoint(keypad: Keypad) -> None:
    shown = keypad.press(*TO_CONFIRM)
    keypad.turn = resumed(keypad)
    assert keypad.turn.reply.text == "Votre demande n'est pas finie.\n1. Continuer\n2. Menu"
    assert keypad.press("1") == shown
    assert keypad.press("1") == "Inscrit."


def test_a_lost_session_may_be_left_alone(keypad: Keypad) -> None:
    keypad.press(*TO_CONFIRM)
    keypad.turn = resumed(keypad)
    keypad.press("2")
    assert keypad.session == Session("main.home", "fr")


def test_only_a_checkpoint_leaves_a_pointer(keypad: Keypad) -> None:
    assert keypad.engine.pointer(keypad.session) is None
    keypad.press("1", "2")
    assert keypad.engine.pointer(keypad.session) is None


def test_a_pointer_holds_nothing_that_a_sensitive_answer_opened(keypad: Keypad) -> None:
    keypad.press("3", "1234")
    assert keypad.session.opened == {"file"}
    keypad.press("00", *TO_CONFIRM)
    assert not keypad.session.opened
    pointer = keypad.engine.pointer(keypad.session)
    assert pointer
    assert set(pointer.values) == {"sex", "born", "town", "towns", "place"}
    opened = replace(keypad.session, opened=frozenset({"place"}))
    assert keypad.engine.pointer(opened) is None


def test_a_pointer_of_another_version_begins_anew(keypad: Keypad) -> None:
    keypad.press(*TO_CONFIRM)
    newer = Engine(journey(main_flow(version=2), place_flow()), WORDS)
    assert resumed(keypad, newer).reply.screen == "main.home"


def test_a_renamed_screen_is_found_by_its_alias(keypad: Keypad) -> None:
    keypad.press("1")
    flow = main_flow(renamed={"sex": "which"})
    flow.nodes["main.which"] = flow.nodes.pop("main.sex")
    flow.nodes["main.home"] = replace_target(flow.nodes["main.home"], "main.which")
    engine = Engine(journey(flow, place_flow()), WORDS)
    turn = engine.answer(keypad.session, "1", DEFAULT_NETWORK, keypad._run, TODAY)
    assert turn.reply.screen == "main.born"


def replace_target(node: object, target: str) -> Menu:
    assert isinstance(node, Menu)
    first = replace(node.options["1"], target=target)
    return replace(node, options={**node.options, "1": first})


def test_a_changed_dialogue_leads_home_with_a_notice(keypad: Keypad) -> None:
    keypad.press("1")
    engine = Engine(journey(main_flow(version=2), place_flow()), WORDS)
    turn = engine.answer(keypad.session, "1", DEFAULT_NETWORK, keypad._run, TODAY)
    assert turn.reply.text.startswith("Le service a changé.\nAccueil")


def test_a_changed_dialogue_leads_to_the_nearest_checkpoint_before_it(keypad: Keypad) -> None:
    keypad.press(*TO_CONFIRM)
    session = replace(
        keypad.session, node="place.gone", trail=(*keypad.session.trail, keypad.session.spot)
    )
    turn = keypad.engine.answer(session, "1", DEFAULT_NETWORK, keypad._run, TODAY)
    assert turn.reply.text.startswith("Le service a changé.\nInscrire, 12/05/2026, CSCOM 2 ?")
    assert turn.session
    assert turn.session.node == "main.confirm"


def test_by_sms_no_key_is_shown_and_a_word_asks_for_more(keypad: Keypad) -> None:
    engine = keypad.engine
    first = engine.start("main.read", "fr", SMS_NETWORK, keypad._run)
    assert first.session
    assert first.reply.text.endswith("\nPour la suite, répondez SUITE.")
    second = engine.answer(first.session, "Suite !", SMS_NETWORK, keypad._run, TODAY)
    assert second.reply.final
    question = engine.start("main.sex", "fr", SMS_NETWORK, keypad._run)
    assert question.reply.text == "Fille ou fils ?\n1. Fille\n2. Fils"
