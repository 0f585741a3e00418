"""What a family does by keypad about its file, beside asking where it is."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from town import CODE, LANGUAGES, STRANGER, Town, compare, key_of, played

from smsgateway.enrolment.tables import enrolment, enrolment_watch
from smsgateway.messaging.tables import message
from smsgateway.register import phones
from smsgateway.service import Service


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


def file_of(town: Town, status: str) -> tuple[str, str]:
    """The number and birth year of the RAMED file in this status."""
    return next(
        (one.file_number, str(one.birth_year))
        for one in town.people.files
        if (one.scheme, one.status) == ("RAMED", status)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_of_a_line_are_found_by_the_holders_birth_year(town: Town, language: str) -> None:
    owner = town.people.phones[0].msisdn
    town.speaks(owner, language)
    _, year = file_of(town, "ACTIF")
    handset = town.handset(owner)
    transcript = played(handset, "1", "3", "1901", "1", year)
    key = key_of(handset.screen, "RAMED")
    transcript += f"> {key}\n{handset.send(key)}\n"
    for answer in ("1", "3"):
        transcript += f"> {answer}\n{handset.send(answer)}\n"
    compare(f"enrolment_here_{language}", transcript)


def test_the_number_alone_tells_nothing_of_a_file(town: Town) -> None:
    owner = town.people.phones[0].msisdn
    screens = []
    for msisdn in (owner, STRANGER):
        town.handset(msisdn).dial(CODE)
        with town.service.database.begin() as connection:
            phones.set_language(connection, msisdn, "fr", town.now)
        handset = town.handset(msisdn)
        screens.append([handset.dial(CODE), handset.send("1"), handset.send("3", "1901")])
    assert screens[0] == screens[1]


def test_wrong_years_on_the_own_line_lock_it_too(town: Town) -> None:
    owner = town.people.phones[0].msisdn
    town.speaks(owner, "fr")
    _, year = file_of(town, "ACTIF")
    handset = town.handset(owner)
    handset.dial(CODE)
    handset.send("1", "3", "1901")
    for _ in range(4):
        handset.send("1", "1901")
    assert handset.send("1", year) == "Trop d'essais. Réessayez dans une heure."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_status_comes_by_sms_once_and_names_neither_number_nor_surname(
    town: Town, language: str
) -> None:
    number, year = file_of(town, "CARTE_DISPONIBLE")
    handset = town.handset()
    handset.dial(CODE)
    handset.send(LANGUAGES[language], "1", "1", number, year, "1")
    last = handset.send("1")
    assert [handset.retry() for _ in range(3)] == [last] * 3
    with town.service.database.read() as connection:
        [sent] = connection.execute(
            select(message).where(message.c.msisdn == STRANGER, message.c.template == "enr_status")
        ).all()
    assert number not in sent.body
    assert "démo" not in sent.body
    assert (sent.message_class, sent.language) == ("reply", language)
    compare(f"enrolment_sms_{language}", f"{last}\n(SMS) {sent.body}\n")


def test_a_watch_is_kept_once(town: Town) -> None:
    number, year = file_of(town, "EN_TRAITEMENT")
    for _ in range(2):
        handset = town.handset()
        if "Langue" in handset.dial(CODE):
            handset.send("2")
        handset.send("1", "1", number, year, "1", "2")
        assert not handset.open
    with town.service.database.read() as connection:
        assert len(connection.execute(select(enrolment_watch)).all()) == 1


def test_a_line_that_said_stop_is_asked_first(town: Town) -> None:
    number, year = file_of(town, "EN_TRAITEMENT")
    with town.service.database.begin() as connection:
        phones.opt_out(connection, STRANGER, town.now)
        phones.set_language(connection, STRANGER, "fr", town.now)
    handset = town.handset()
    handset.dial(CODE)
    screen = handset.send("1", "1", number, year, "1", "2")
    assert screen.startswith("Les SMS sont arretés sur ce téléphone.")
    with town.service.database.read() as connection:
        assert connection.execute(select(enrolment_watch)).all() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_to_ask_and_which_papers(town: Town, language: str) -> None:
    transcript = ""
    handset = town.handset()
    handset.dial(CODE)
    handset.send(LANGUAGES[language])
    for key in "123456":
        handset = town.handset()
        transcript += f"\n== {key}\n" + played(handset, "1", "2", key)
        while handset.open:
            transcript += f"> 98\n{handset.send('98')}\n"
    compare(f"enrolment_how_{language}", transcript)


def test_a_file_without_a_card_covers_nobody(town: Town) -> None:
    handset = town.handset(town.people.phones[0].msisdn)
    for status, answer in (
        ("PIECES_MANQUANTES", "Pas de carte valable"),
        ("EXPIRE", "Pas de carte valable"),
        ("CARTE_DISPONIBLE", "Couvert : "),
    ):
        handset.dial(CODE)
        assert handset.send("1", "1", *file_of(town, status), "1", "3").startswith(answer)


def test_a_card_that_has_run_out_is_never_told_valid(town: Town) -> None:
    """Also where the source has not told the day."""
    number, year = file_of(town, "EXPIRE")
    with town.service.database.begin() as connection:
        one = enrolment.c.file_number == number
        connection.execute(update(enrolment).where(one).values(status="EXPIRE", valid_until=None))
    handset = town.handset(town.people.phones[0].msisdn)
    handset.dial(CODE)
    assert "carte RAMED finie." in handset.send("1", "1", number, year)


@pytest.mark.parametrize("scheme", ["AMV", "AMO"])
def test_only_a_card_of_which_it_is_established_is_called_not_renewable(
    town: Town, scheme: str
) -> None:
    number, year = file_of(town, "EXPIRE_BIENTOT")
    handset = town.handset(town.people.phones[0].msisdn)
    handset.dial(CODE)
    assert "non renouvelable" in handset.send("1", "1", number, year)
    with town.service.database.begin() as connection:
        one = enrolment.c.file_number == number
        connection.execute(update(enrolment).where(one).values(scheme=scheme))
    handset.dial(CODE)
    assert "Allez la mettre à jour d'ici là" in handset.send("1", "1", number, year)
