"""What goes wrong between a phone and a dialogue, hazard by hazard, on a real Redis and SQL."""

from __future__ import annotations

import gc
import logging
import random
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import hazardous_dialogue
import pytest
from hazardous_dialogue import application, note
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from tiny_application import eventually

from smsgateway.aggregators.ussd import UssdTurn
from smsgateway.dialogue.application import Application
from smsgateway.dialogue.fields import Value
from smsgateway.messaging.bell import Rings
from smsgateway.messaging.tables import ussd_event
from smsgateway.register import phones
from smsgateway.service import Service
from smsgateway.sessions import resume
from smsgateway.sessions.effects import EffectContext
from smsgateway.sessions.turn import Turns
from smsgateway.staff.tables import audit
from smsgateway.storage.clock import FixedClock
from smsgateway.web.app import create_app

PHONE = "+22370000001"
OTHER = "+22370000002"
CODE = "*123#"
HOME_SCREEN = "Accueil ici\n1. Chercher\n2. Choisir"
CONTINUE = "Votre demande n'est pas finie.\n1. Continuer\n2. Menu"
LOST = "Session perdue. Reprenons au début.\n"


class Caller:
    """A phone in calls; answers go out as the whole transcript."""

    def __init__(self, service: Service, msisdn: str = PHONE) -> None:
        self.service = service
        self.turns = Turns(service, application(), {"note": note})
        self.turn = UssdTurn("africastalking", "main", "ATUid_0", msisdn, CODE, "61002", "")

    def dial(self, session_id: str = "ATUid_1") -> str:
        return self.post("", session_id)

    def post(self, text: str, session_id: str | None = None) -> str:
        """A callback with this transcript."""
        self.turn = replace(self.turn, text=text, session_id=session_id or self.turn.session_id)
        return self.retry()

    def retry(self) -> str:
        return self.turns.answer(self.turn).text

    def send(self, *answers: str) -> str:
        for answer in answers:
            text = self.turn.text
            screen = self.post(f"{text}*{answer}" if text else answer)
        return screen

    def notes(self) -> int:
        with self.service.database.read() as connection:
            return connection.execute(select(func.count()).select_from(audit)).scalar_one()


@pytest.fixture
def caller(service: Service) -> Caller:
    with service.database.begin() as connection:
        phones.set_language(connection, PHONE, "fr", service.clock.now())
        phones.set_language(connection, OTHER, "fr", service.clock.now())
    caller = Caller(service)
    caller.dial()
    return caller


def test_hazard_1_cumulative_text(caller: Caller) -> None:
    """A second `1` is another answer; `1*` is an empty one; stars belong to the answer."""
    assert caller.post("1").startswith("Numéro ?")
    assert caller.post("1").startswith("Numéro ?"), "the same text is a repeat"
    assert caller.post("1*1").startswith("3 chiffres."), "a second 1 is not"
    assert caller.post("1*1*").startswith("3 chiffres."), "an empty answer"
    assert caller.post("1*1**123").startswith("Awa 123."), "the answer after the empty one"
    assert caller.post("1*1**123*1").startswith("Code ?")
    assert caller.post("1*1**123*1****").startswith("Faux."), "the answer is ***"


def test_hazard_2_retries_and_races(caller: Caller) -> None:
    caller.send("2", "1", "1")
    assert {caller.retry() for _ in range(5)} == {"Au revoir"}
    assert caller.notes() == 1


def test_hazard_3_side_effects_are_written_once_and_before_the_session(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after SQL and before Redis: the repeated callback finds what was written."""
    caller.send("2", "1")
    with monkeypatch.context() as dying:
        dying.setattr(caller.turns._store, "commit", _die)
        with pytest.raises(SystemExit):
            caller.send("1")
    assert caller.notes() == 1
    assert caller.retry() == "Au revoir"
    assert caller.notes() == 1


def _die(*_: object) -> None:
    raise SystemExit


def test_hazard_4_what_the_person_saw_is_what_a_number_means(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert caller.send("2") == "Qui ?\n1. Moussa\n2. Sira\n0 Retour  00 Accueil"
    monkeypatch.setattr(hazardous_dialogue, "people", [["9", "Awa"], *hazardous_dialogue.people])
    caller.send("1", "1")
    with caller.service.database.read() as connection:
        assert connection.scalar(select(audit.c.subject)) == "7"


def test_hazard_5_a_session_of_another_phone_is_refused_and_logged_without_its_number(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Caller(caller.service, OTHER)
    assert stranger.post("1", "ATUid_1") == "Service indisponible. Réessayez plus tard."
    assert "used from another phone or code" in caplog.text
    assert OTHER[1:] not in caplog.text
    assert caller.send("1").startswith("Numéro ?"), "the owner goes on"


def test_hazard_6_a_shared_phone_learns_nothing_from_a_resumed_call(caller: Caller) -> None:
    """Neither the question nor what lies in Redis shows more than the checkpoint needs."""
    caller.send("1", "123", "1", "4321")
    assert caller.dial("ATUid_2") == CONTINUE
    redis = caller.service.redis
    everything = b"".join(
        part
        for key in redis.keys("*")
        for part in (key, redis.dump(key) or b"")
        if not key.startswith(b"counts")
    )
    assert PHONE[1:].encode() not in everything
    [key] = redis.keys("resume:*")
    assert b"4321" not in (redis.get(key) or b"")


def test_hazard_7_an_interrupted_call_is_resumed_at_its_checkpoint_for_15_minutes(
    caller: Caller, clock: FixedClock
) -> None:
    at_checkpoint = caller.send("1", "123")
    assert at_checkpoint == "Awa 123.\n1. Suite\n0 Retour  00 Accueil"
    caller.send("1")
    clock.move(timedelta(seconds=resume.LIFETIME_S - 1))
    assert caller.dial("ATUid_2") == CONTINUE
    assert caller.dial("ATUid_3") == CONTINUE, "hanging up at the question loses nothing"
    assert caller.send("1").startswith("Awa 123.\n1. Suite")
    clock.move(timedelta(seconds=resume.LIFETIME_S))
    assert caller.dial("ATUid_4") == HOME_SCREEN


@pytest.mark.parametrize("answers", [("2",), ("00",)], ids=["menu", "key of home"])
def test_hazard_7_who_does_not_want_to_continue_is_not_asked_again(
    caller: Caller, answers: tuple[str, ...]
) -> None:
    caller.send("1", "123")
    caller.dial("ATUid_2")
    assert caller.send(*answers) == HOME_SCREEN
    assert caller.dial("ATUid_3") == HOME_SCREEN


def test_hazard_7_a_dialogue_that_came_to_its_end_is_not_resumed(caller: Caller) -> None:
    assert caller.send("1", "123", "1", "4321", "1", "1") == "Au revoir"
    assert caller.dial("ATUid_2") == HOME_SCREEN


def test_hazard_7_another_phone_resumes_nothing(caller: Caller) -> None:
    caller.send("1", "123")
    assert Caller(caller.service, OTHER).dial("ATUid_2") == HOME_SCREEN


def test_hazard_8_a_lost_session_begins_at_home_and_replays_nothing(caller: Caller) -> None:
    caller.send("2", "1")
    caller.service.redis.flushall()
    assert caller.send("1") == LOST + HOME_SCREEN
    assert caller.notes() == 0
    assert caller.send("1").startswith("Numéro ?")


def test_hazard_8_a_session_lost_between_its_two_trips_ends_politely(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = caller.turns._store.commit

    def lose_first(*now: Any) -> tuple[str, bool]:
        caller.service.redis.flushall()
        return commit(*now)

    caller.send("1")
    monkeypatch.setattr(caller.turns._store, "commit", lose_first)
    assert caller.send("123") == "Service indisponible. Réessayez plus tard."
    monkeypatch.undo()
    assert caller.send("1") == LOST + HOME_SCREEN


def test_hazard_8_an_expired_session_is_a_lost_one(caller: Caller) -> None:
    caller.send("1")
    assert 0 < caller.service.redis.ttl(caller.turn.session_key) <= 600
    caller.service.redis.pexpire(caller.turn.session_key, 0)
    assert caller.send("123") == LOST + HOME_SCREEN


def test_hazard_9_the_end_of_a_session_runs_no_turn_and_keeps_nothing_personal(
    caller: Caller,
) -> None:
    token = caller.service.settings.webhook_tokens[0]
    client = create_app(caller.service, application()).test_client()
    end = {
        "sessionId": "ATUid_1",
        "phoneNumber": PHONE,
        "status": "Incomplete",
        "hopsCount": "2",
        "durationInMillis": "7000",
        "input": "1*4321",
        "lastAppResponse": "CON Awa",
    }
    present = caller.send("1")
    for _ in range(2):
        path = f"/webhooks/africastalking/main/{token}/ussd-events"
        assert client.post(path, data=end).status_code == 200
    with caller.service.database.read() as connection:
        [row] = connection.execute(select(ussd_event)).all()
    assert (row.status, row.hops, row.duration_ms) == ("Incomplete", 2, 7000)
    assert not any(secret in str(row) for secret in (PHONE, "4321", "Awa"))
    assert caller.retry() == present
    assert caller.send("123").startswith("Awa 123.")


def test_hazard_10_a_screen_that_a_release_has_renamed_goes_on(caller: Caller) -> None:
    caller.send("1")
    caller.turns = Turns(caller.service, application(renamed={"number": "typed"}), {"note": note})
    assert caller.send("123").startswith("Awa 123.")


@pytest.mark.parametrize(
    "released",
    [application(version=2), application(renamed={})],
    ids=["a later version", "a screen that is gone"],
)
def test_hazard_10_a_changed_dialogue_leads_home_with_a_notice(
    caller: Caller, released: Application
) -> None:
    caller.send("1")
    caller.turns = Turns(caller.service, released, {"note": note})
    screen = caller.send("123")
    assert screen.endswith(HOME_SCREEN)
    assert screen != HOME_SCREEN
    assert caller.send("2").startswith("Qui ?")


def test_hazard_10_a_checkpoint_of_an_earlier_version_is_not_resumed(caller: Caller) -> None:
    caller.send("1", "123")
    caller.turns = Turns(caller.service, application(version=2), {"note": note})
    assert caller.dial("ATUid_2") == HOME_SCREEN


@pytest.mark.parametrize("number", ["500", "900"], ids=["fails", "takes too long"])
def test_hazard_11_a_look_up_that_gives_nothing_in_its_time_is_a_screen(
    caller: Caller, number: str
) -> None:
    assert caller.send("1", number) == "Plus tard"


def test_hazard_12_an_exception_leaves_the_session_where_it_was(caller: Caller) -> None:
    def fail(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
        raise RuntimeError("a fault of an effect")

    caller.send("2", "1")
    sound, caller.turns = caller.turns, Turns(caller.service, application(), {"note": fail})
    assert caller.send("1") == "Service indisponible. Réessayez plus tard."
    caller.turns = sound
    assert caller.retry() == "Au revoir"


@pytest.mark.parametrize("answer", ["", "9", "*", "#", "x" * 200, "😀", "1 1", "\x00"])
def test_hazard_12_a_wrong_answer_is_told_and_the_third_offers_help(
    caller: Caller, answer: str
) -> None:
    question = caller.send("1")
    assert caller.send(answer) == "3 chiffres.\n" + question
    assert caller.send(answer) == "3 chiffres.\n" + question
    assert caller.send(answer).startswith("Besoin d'aide ?")


def test_hazard_13_keys_of_navigation_are_everywhere(caller: Caller) -> None:
    assert caller.send("1").endswith("0 Retour  00 Accueil")
    assert caller.send("0") == HOME_SCREEN
    assert caller.send("1", "123", "00") == HOME_SCREEN


def test_callbacks_on_hundreds_of_threads_leave_no_connections_behind(caller: Caller) -> None:
    """A web server lets idle threads go and takes new ones; each has had a connection."""
    redis = caller.service.redis
    before = len(redis.client_list())
    for number in range(150):
        other = Caller(caller.service, f"+2237{number:07}")
        other.turns = caller.turns
        thread = threading.Thread(target=other.dial, args=[f"ATUid_{number}"])
        thread.start()
        thread.join()
    assert caller.send("1").startswith("Numéro ?")
    gc.collect()
    eventually(lambda: len(redis.client_list()) <= before + 5)


KEYS = ("1", "2", "0", "00", "98", "123", "404", "4321", "x", "", "*")


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.sampled_from(KEYS), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_every_step_sent_twice_has_one_effect_and_the_same_reply(
    caller: Caller, answers: list[str], chance: random.Random
) -> None:
    session = f"ATUid_{chance.getrandbits(64):x}"
    before = caller.notes()
    caller.service.redis.flushall()
    caller.dial(session)
    sent = 0
    for answer in answers:
        screen = caller.send(answer)
        assert {caller.retry() for _ in range(chance.randint(1, 2))} == {screen}
        sent += screen == "Au revoir"
        if screen == "Au revoir":
            break
    assert caller.notes() - before == sent


def test_nothing_typed_stands_in_the_log(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="smsgateway")
    caller.send("1", "500")
    caller.dial("ATUid_2")
    caller.send("1", "900")
    assert caplog.records
    assert not any(word in caplog.text for word in (PHONE[1:], "500", "900"))
