"""What a step adds to the figures: each way to come to a screen and to leave it."""

from __future__ import annotations

from datetime import date

import pytest
from sample_dialogue import Keypad, application_of, sample_flow, words

from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.network import DEFAULT_NETWORK
from smsgateway.sessions import counts
from smsgateway.sessions.counts import CallDone, Count, Event

APPLICATION = application_of(sample_flow())


def keypad(*before: str) -> Keypad:
    pad = Keypad(Engine(APPLICATION, words()))
    pad.press(*before)
    return pad


def of_press(pad: Keypad, answer: str, seconds: int = 7) -> dict[tuple[str, str], int]:
    """Node without its flow, event -> amount, of the step that `answer` makes."""
    before = pad.session
    pad.press(answer)
    counted = counts.of_step(APPLICATION, DEFAULT_NETWORK, before, answer, pad.turn, [], seconds)
    return {(one.node.partition(".")[2], one.event): one.amount for one in counted}


def test_a_call_begins_at_its_first_screen() -> None:
    assert counts.of_step(APPLICATION, DEFAULT_NETWORK, None, "", keypad().turn, [], 0) == [
        Count("demo.home", Event.ENTERED)
    ]


def test_an_answer_leaves_a_screen_for_the_next() -> None:
    assert of_press(keypad(), "1", seconds=12) == {
        ("home", "answered"): 1,
        ("home", "seconds"): 12,
        ("number", "entered"): 1,
    }


def test_a_wrong_answer_leaves_no_screen() -> None:
    assert of_press(keypad("1"), "x") == {("number", "invalid"): 1}


@pytest.mark.parametrize(("key", "to"), [("0", "number"), ("00", "home")])
def test_back_and_home_are_not_answers(key: str, to: str) -> None:
    assert of_press(keypad("1", "222"), key) == {
        ("secret", "back"): 1,
        ("secret", "seconds"): 7,
        (to, "entered"): 1,
    }


def test_too_many_wrong_answers_lead_to_help() -> None:
    assert of_press(keypad("1", "x", "x"), "x") == {
        ("number", "invalid"): 1,
        ("number", "stuck"): 1,
        ("number", "seconds"): 7,
        ("stuck", "entered"): 1,
    }


def test_the_last_screen_is_entered_by_its_name() -> None:
    assert ("bye", "entered") in of_press(keypad(), "2")


@pytest.mark.parametrize(("seconds", "counted"), [(-3, 0), (599, 599), (86_400, 600)])
def test_time_on_a_screen_is_what_a_reader_may_need(seconds: int, counted: int) -> None:
    assert of_press(keypad(), "1", seconds)["home", "seconds"] == counted


def test_look_ups_are_counted_with_their_time_by_outcome() -> None:
    pad = keypad("1", "333")
    before = pad.session
    pad.press("1234")
    call = CallDone("demo.search", "nobody", 42)
    counted = counts.of_step(APPLICATION, DEFAULT_NETWORK, before, "1234", pad.turn, [call], 1)
    assert counted[-2:] == [
        Count("demo.search", Event.CALLED, 1, "nobody"),
        Count("demo.search", Event.MILLISECONDS, 42, "nobody"),
    ]


def test_a_count_survives_its_way_through_redis() -> None:
    counted = [Count("demo.search", Event.CALLED, 2, "nobody")] * 2
    packed = counts.packed(counted, APPLICATION, date(2026, 11, 23), "bm", counts.SMS)
    ((name, amount),) = packed.items()
    assert amount == 4
    assert counts.unpacked(name) == {
        "day": date(2026, 11, 23),
        "version": 1,
        "node": "demo.search",
        "language": "bm",
        "medium": "sms",
        "event": "called",
        "outcome": "nobody",
    }


def test_a_screen_of_an_older_release_has_version_0() -> None:
    packed = counts.packed(
        [Count("demo.gone", Event.ANSWERED)], APPLICATION, date(2026, 11, 23), "fr", counts.USSD
    )
    assert [counts.unpacked(name)["version"] for name in packed] == [0]
