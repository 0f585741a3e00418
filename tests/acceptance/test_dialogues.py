"""Every dialogue as its user meets it, through the webhook: transcripts that a person can read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from town import CODE, LANGUAGES, Town, compare, key_of, played

from smsgateway.interchange.demo_data import Situation
from smsgateway.messaging.tables import message
from smsgateway.service import Service
from smsgateway.staff import accounts


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_is_my_file(town: Town, language: str) -> None:
    """Each status in turn; the language is asked once and remembered."""
    first, *others = town.people.files
    handset = town.handset()
    transcript = played(
        handset, LANGUAGES[language], "1", "1", first.file_number, str(first.birth_year)
    )
    for number, file in enumerate(others):
        handset = town.handset(f"+2237650{number:04}")
        handset.dial(CODE)
        keys = (LANGUAGES[language], "1", "1", file.file_number, str(file.birth_year))
        transcript += f"\n== {file.scheme} {file.status}\n{handset.send(*keys)}\n"
    compare(f"enrolment_{language}", transcript)


@pytest.mark.parametrize("language", LANGUAGES)
def test_my_childs_next_visit(town: Town, language: str) -> None:
    transcript = ""
    for number, situation in enumerate(Situation):
        for owner in town.people.phones:
            child = next((one for one in owner.children if one.situation is situation), None)
            if child is None:
                continue
            town.speaks(owner.msisdn, language)
            birthday = f"{child.birth_date:%d%m}"
            handset = town.handset(owner.msisdn)
            here = played(handset, "2", "1", birthday)
            if len(owner.children) > 1:
                key = key_of(handset.screen, child.first_name)
                here += f"> {key}\n{handset.send(key)}\n"
            caller = town.handset(f"+2237651{number:04}")
            caller.dial(CODE)
            caller.send(LANGUAGES[language])
            card = played(caller, "2", "2", child.carnet_number, birthday)
            transcript += f"\n== {situation}\n{here}\n{card}"
            break
    compare(f"vaccination_{language}", transcript)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worker_sends_a_notice_from_the_keypad(town: Town, language: str) -> None:
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, language)
    handset = town.handset(worker.msisdn)
    wrong_first = played(handset, "9", "4444", worker.pin, "1")
    if "98" in handset.screen:
        wrong_first += f"> 98\n{handset.send('98')}\n"
    wrong_first += f"> 1\n{handset.send('1')}\n(fin)\n"
    compare(f"agent_{language}", wrong_first)
    with town.service.database.read() as connection:
        rows = connection.execute(select(message.c.msisdn, message.c.message_class)).all()
    notices = [row.msisdn for row in rows if row.message_class == "notice"]
    assert notices
    assert len(notices) == len(set(notices))
    assert [row.msisdn for row in rows if row.message_class == "reply"] == [worker.msisdn]


def test_a_worker_who_says_no_sends_nothing(town: Town) -> None:
    worker = town.people.workers[0]
    handset = town.handset(worker.msisdn)
    handset.dial(CODE)
    handset.send("9", worker.pin, "1", "2")
    assert not handset.open
    with town.service.database.read() as connection:
        assert connection.execute(select(message.c.id)).all() == []


def test_a_pin_is_locked_after_three_wrong_tries(town: Town) -> None:
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, "fr")
    handset = town.handset(worker.msisdn)
    handset.dial(CODE)
    assert handset.send("9", "4444").startswith("Code faux. Essais restants : 2.")
    assert handset.send("4444").startswith("Code faux. Essais restants : 1.")
    assert handset.send("4444") == "Code bloqué. Appelez votre responsable."
    assert town.handset(worker.msisdn).dial(CODE)
    again = town.handset(worker.msisdn)
    again.dial(CODE)
    assert again.send("9") == "Code bloqué. Appelez votre responsable."


def test_a_first_pin_is_typed_twice_and_a_slip_locks_nobody_out(town: Town) -> None:
    worker = town.people.workers[0]
    town.speaks(worker.msisdn, "fr")
    with town.service.database.begin() as connection:
        code = accounts.invite(connection, worker.msisdn, town.now).code
    handset = town.handset(worker.msisdn)
    handset.dial(CODE)

    assert handset.send("9", code, "5837").startswith("Tapez encore une fois le code")
    assert handset.send("5873").startswith("Les deux codes sont différents.")
    assert handset.send("5837", "5837").startswith("Agent, ")

    again = town.handset(worker.msisdn)
    again.dial(CODE)
    assert again.send("9", "5837").startswith("Agent, ")


def test_a_wrong_year_and_an_unknown_number_sound_the_same_and_are_counted(town: Town) -> None:
    file = town.people.files[0]
    handset = town.handset()
    handset.dial(CODE)
    handset.send("2", "1", "1")
    wrong_year = handset.send(file.file_number, "1901")
    unknown = handset.send("1", "999901012026", str(file.birth_year))
    assert wrong_year == unknown
    assert wrong_year.startswith("Numéro ou année introuvable.")
    for _ in range(3):
        handset.send("1", file.file_number, "1901")
    assert handset.send("1", file.file_number, str(file.birth_year)) == (
        "Trop d'essais. Réessayez dans une heure."
    )


def test_stopping_and_resuming_messages(town: Town) -> None:
    owner = town.people.phones[0]
    town.speaks(owner.msisdn, "fr")
    handset = town.handset(owner.msisdn)
    transcript = played(handset, "5", "4", "1") + "\n" + played(handset, "5", "4", "1")
    compare("messages_fr", transcript)


@pytest.mark.parametrize(
    "answer", ["", "9", "*", "#", "x" * 3_000, "😀", "1 1"], ids=lambda one: repr(one)[:12]
)
def test_an_unreadable_answer_gets_a_screen(town: Town, answer: str) -> None:
    handset = town.handset()
    handset.dial(CODE)
    handset.send("2")
    screen = handset.send(answer)
    assert screen.startswith("Choix non valable.\nBienvenue.")
    assert handset.send("1").startswith("RAMED et assurances")


def test_no_telephone_number_reveals_anything_alone(town: Town) -> None:
    owner = next(one for one in town.people.phones if one.children)
    town.speaks(owner.msisdn, "fr")
    handset = town.handset(owner.msisdn)
    before_proof = handset.dial(CODE) + handset.send("2") + handset.send("1")
    assert not any(child.first_name in before_proof for child in owner.children)


def test_a_code_that_is_not_ours_is_refused(town: Town) -> None:
    assert town.handset().dial("*999#").startswith("Ce code n'est pas en service ici.")


def test_codes_may_be_left_open(service: Service) -> None:
    open_service = replace(service, settings=replace(service.settings, ussd_service_codes=()))
    assert "Langue" in Town(open_service).handset().dial("*999#")
