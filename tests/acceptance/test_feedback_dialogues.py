"""What people tell the service by keypad, as they meet it."""

from __future__ import annotations

from itertools import count

import pytest
from redis.exceptions import RedisError
from sqlalchemy import select
from town import LANGUAGES, STRANGER, Exchange, Town, compare, played

from smsgateway.calendars.schedule import shipped
from smsgateway.feedback import callbacks, complaints
from smsgateway.feedback.tables import callback_request, complaint, survey_answer
from smsgateway.messaging.tables import message
from smsgateway.messaging.tip_templates import TIPS
from smsgateway.register.tables import facility
from smsgateway.service import Service
from smsgateway.sessions.store import SessionStore
from smsgateway.text.orthography import fold
from smsgateway.text.routes import Routes
from smsgateway.topics.tables import topic_subscription
from smsgateway.web.handset import Handset
from workers.clock import ticks_of


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


@pytest.fixture
def exchange(service: Service) -> Exchange:
    return Exchange(service)


@pytest.mark.parametrize("language", LANGUAGES)
def test_being_called_back_and_emergency_numbers(town: Town, language: str) -> None:
    caller = town.people.phones[0].msisdn
    town.speaks(caller, language)
    transcript = [
        played(town.handset(caller), "5", "5", "1"),
        "\n== Après trois mauvaises touches\n",
        played(town.handset(), LANGUAGES[language], "8", "8", "8", "2", "1"),
        "\n== Urgences\n",
        played(town.handset(caller), "5", "6"),
    ]
    compare(f"callback_{language}", "".join(transcript))
    with town.service.database.read() as connection:
        waiting = callbacks.open_requests(connection)
        own = connection.scalar(select(facility.c.name).where(facility.c.code == "DEMO-01"))
    assert [(one.msisdn, one.facility) for one in waiting] == [(caller, own), (STRANGER, None)]


def test_who_does_not_want_a_call_gets_none(exchange: Exchange) -> None:
    handset = exchange.handset()
    handset.dial("*123#")
    assert handset.send("2", "5", "5", "2").startswith("Bienvenue.")
    with exchange.service.database.read() as connection:
        assert connection.execute(select(callback_request)).all() == []


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tickets that a transcript can show: 4000001, 4000002 ..."""
    numbers = count(4_000_001)
    monkeypatch.setattr(complaints, "_new_ticket", lambda: str(next(numbers)))


def answer(exchange: Exchange, ticket: str, text: str) -> None:
    """What a worker does at the command line."""
    with exchange.service.database.begin() as connection:
        complaints.answer(
            connection,
            exchange.service.catalogue,
            Routes(),
            ticket,
            text,
            exchange.service.clock.now(),
        )


def last_sms(exchange: Exchange, msisdn: str) -> str:
    query = select(message.c.body).where(message.c.msisdn == msisdn)
    with exchange.service.database.read() as connection:
        return str(connection.scalars(query.order_by(message.c.id.desc())).first())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.usefixtures("drawn")
def test_a_complaint_and_its_answer(town: Town, language: str) -> None:
    caller = town.people.phones[0].msisdn
    town.speaks(caller, language)
    filed = played(town.handset(caller), "4", "1", "1", "1", "1")
    sms = last_sms(town, caller)
    elsewhere = played(town.handset(caller), "4", "1", "6", "3", "1", "2")
    before = played(town.handset(caller), "4", "2", "4000001")
    answer(town, "4000001", "L'argent vous est rendu.")
    after = played(town.handset(caller), "4", "2", "4000001")
    transcript = f"{filed}\n== SMS\n{sms}\n\n== Ailleurs, et être rappelé\n{elsewhere}"
    transcript += f"\n== Suivi\n{before}\n== Après la réponse\n{after}"
    transcript += f"\n== SMS\n{last_sms(town, caller)}\n"
    compare(f"complaint_{language}", transcript)
    with town.service.database.read() as connection:
        rows = connection.execute(
            select(complaint.c.kind, complaint.c.status, facility.c.name)
            .outerjoin(facility, facility.c.id == complaint.c.facility_id)
            .order_by(complaint.c.id)
        ).all()
        waiting = [(one.reason, one.facility) for one in callbacks.open_requests(connection)]
    assert [tuple(row) for row in rows] == [
        ("money", "answered", town.people.facility),
        ("other", "received", "Mairie (démo)"),
    ]
    assert waiting == [("complaint", None)], "the place complained of does not see who did"


@pytest.mark.usefixtures("drawn")
def test_a_complaint_without_a_place_and_a_caller_who_thinks_better_of_it(
    exchange: Exchange,
) -> None:
    handset = dialled(exchange)
    assert handset.send("4", "1", "2", "4").startswith("Envoyer cette plainte sans dire le lieu")
    assert handset.send("3").startswith("Bienvenue.")
    with exchange.service.database.read() as connection:
        assert connection.execute(select(complaint)).all() == []
    assert "4000001" in handset.send("4", "1", "2", "4", "1")
    with exchange.service.database.read() as connection:
        assert connection.scalars(select(complaint.c.facility_id)).all() == [None]


@pytest.mark.usefixtures("drawn")
def test_another_phone_learns_nothing_of_a_ticket_and_is_locked_out(exchange: Exchange) -> None:
    assert "4000001" in dialled(exchange).send("4", "1", "1", "4", "1")
    stranger = dialled(exchange, "+22376543299")
    refused = stranger.send("4", "2", "4000001")
    assert refused.startswith("Plainte introuvable.")
    assert stranger.send("1", "9999999") == refused
    for _ in range(3):
        stranger.send("1", "4000001")
    assert stranger.send("1", "4000001").startswith("Trop d'essais.")


def test_too_many_complaints_lead_to_a_person(exchange: Exchange) -> None:
    for _ in range(complaints.MOST_A_DAY):
        dialled(exchange).send("4", "1", "1", "4", "1")
    handset = dialled(exchange)
    assert handset.send("4", "1", "1", "4", "1").startswith("Vous avez fait beaucoup de plaintes")
    assert handset.send("1").startswith("Un agent peut vous appeler")


def test_a_long_answer_is_read_in_pages(exchange: Exchange) -> None:
    handset = dialled(exchange)
    ticket = handset.send("4", "1", "1", "4", "1").split(":")[1].split(".")[0].strip()
    answer(exchange, ticket, " ".join(["Merci de votre patience."] * 10))
    handset = dialled(exchange)
    pages = [handset.send("4", "2", ticket)]
    while "98 Suite" in handset.screen:
        pages.append(handset.send("98"))
    assert len(pages) == 3
    assert "1. Etre rappelé" in pages[-1]


def test_the_same_callback_twice_is_one_complaint(exchange: Exchange) -> None:
    handset = dialled(exchange)
    handset.send("4", "1", "1", "4")
    first = handset.send("1")
    assert handset.retry() == first
    with exchange.service.database.read() as connection:
        assert len(connection.execute(select(complaint)).all()) == 1
        assert len(connection.execute(select(message)).all()) == 1


def test_a_complaint_outlives_a_crash_before_its_screen(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The complaint is in SQL, the session did not move: the repeated callback tells the ticket."""
    handset = dialled(exchange)
    handset.send("4", "1", "1", "4")
    with monkeypatch.context() as broken:
        broken.setattr(SessionStore, "commit", _fail)
        assert handset.send("1").startswith("Service indisponible.")
    with exchange.service.database.read() as connection:
        ticket = connection.execute(select(complaint.c.ticket)).scalar_one()
    assert ticket in handset.retry()
    with exchange.service.database.read() as connection:
        assert len(connection.execute(select(complaint)).all()) == 1
        assert len(connection.execute(select(message)).all()) == 1


def _fail(*_: object, **__: object) -> None:
    raise RedisError


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_a_visit_went(town: Town, language: str) -> None:
    caller = town.people.phones[0].msisdn
    town.speaks(caller, language)
    transcript = played(town.handset(caller), "4", "3", "1", "1", "2", "3")
    compare(f"survey_{language}", transcript)
    again = town.handset(caller)
    again.dial("*123#")
    again.send("4", "3", "1", "3", "3", "3")
    assert not again.open
    with town.service.database.read() as connection:
        (row,) = connection.execute(select(survey_answer)).all()
    assert (row.welcome, row.waiting, row.recommends) == (1, 2, 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_directory(town: Town, language: str) -> None:
    caller = town.people.phones[0].msisdn
    town.speaks(caller, language)
    own = played(town.handset(caller), "5", "1", "1")
    listed = town.handset(caller)
    listed.dial("*123#")
    regions = listed.send("5", "1", "2")
    place = f"> 3\n{listed.send('3')}\n> 1\n{listed.send('1')}\n(fin)\n"
    by_code = played(town.handset(caller), "5", "1", "2", "1", "demo01")
    social = played(town.handset(caller), "5", "1", "3", "2")
    near = played(town.handset(caller), "5", "1", "4", "1")
    compare(
        f"directory_{language}",
        f"{own}\n== Dans la liste\n{regions}\n{place}\n== Par le code\n{by_code}"
        f"\n== Service social\n{social}\n== Près de mon centre\n{near}",
    )


def test_a_phone_without_a_family_is_offered_the_list_or_a_call(town: Town) -> None:
    handset = dialled(town)
    assert handset.send("5", "1", "1").startswith("Ce téléphone n'est inscrit dans aucun centre")
    assert "1. Code du centre" in handset.send("1")
    assert handset.send("1", "nowhere").startswith("Centre de santé introuvable.")
    assert handset.send("3").startswith("Un agent peut vous appeler")


def test_an_empty_directory_says_so(exchange: Exchange) -> None:
    for key in ("2", "3"):
        assert dialled(exchange).send("5", "1", key).startswith("Aucun lieu n'est encore inscrit.")
    assert dialled(exchange).send("5", "1", "4").startswith("Nous ne connaissons aucun lieu")


@pytest.mark.parametrize("language", LANGUAGES)
def test_advice_on_the_screen_and_a_tip_a_week(town: Town, language: str) -> None:
    caller = town.people.phones[0].msisdn
    town.speaks(caller, language)
    subscribed = played(town.handset(caller), "5", "2", "1", "1", "1", "1", "2", "1")
    ticks_of(town.service, shipped("mali")).round(town.now, lambda: True)
    tip = last_sms(town, caller)
    stopped = played(town.handset(caller), "5", "2", "1", "2", "1")
    compare(f"topics_{language}", f"{subscribed}\n== SMS\n{tip}\n\n== Arrêter\n{stopped}")
    with town.service.database.read() as connection:
        (row,) = connection.execute(select(topic_subscription)).all()
    assert (row.topic, row.wording, row.told, row.why_ended) == ("feeding", "topic/1", 1, "stopped")


def test_every_tip_can_be_read(exchange: Exchange) -> None:
    handset = dialled(exchange)
    handset.send("5", "2")
    for key, tips in enumerate(TIPS.values(), start=1):
        handset.send(str(key))
        for tip in tips:
            assert handset.screen.startswith(fold(tip.msgid))
            handset.send("1")
    assert handset.screen.startswith("Conseils pour la santé de l'enfant")


def test_who_said_stop_takes_up_messages_before_tips(exchange: Exchange) -> None:
    handset = dialled(exchange)
    handset.send("5", "4", "1")
    handset = dialled(exchange)
    assert handset.send("5", "2", "4", "2").startswith(
        "Vous avez arrêté nos SMS.".replace("ê", "e")
    )
    assert handset.send("1").startswith("Recevoir à nouveau les SMS")


def dialled(exchange: Exchange, msisdn: str = STRANGER) -> Handset:
    """A handset at home, in French."""
    handset = exchange.handset(msisdn)
    if "Langue" in handset.dial("*123#"):
        handset.send("2")
    return handset
