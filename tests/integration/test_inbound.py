"""Inbound SMS: each word does its one thing, in the sender's language, once; on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from messaging_world import put, state
from sqlalchemy import func, select, update

from smsgateway.messaging import inbound, incoming
from smsgateway.messaging.answers import Contact
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.inbound import Inbox
from smsgateway.messaging.port import InboundSms
from smsgateway.messaging.tables import inbound_message, message
from smsgateway.paths import locales_dir
from smsgateway.register.phones import profile, set_language
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.routes import Routes

AMINATA = "+22370000001"
CATALOGUE = Catalogue.load(locales_dir())
CONTACT = Contact(ussd="*123#", phone=None)
STOPPED = "C'est fait. Vous ne recevrez plus de SMS."
TAKEN_UP = "C'est noté. Vous recevrez de nouveau nos SMS."


def receive(
    database: Database,
    clock: FixedClock,
    body: str,
    *,
    sender: str = AMINATA,
    message_id: str | None = None,
    sent_at: datetime | None = None,
) -> None:
    clock.move(timedelta(seconds=1))
    sms = InboundSms(message_id or clock.now().isoformat(), sender, "36077", body, sent_at)
    with database.begin() as connection:
        row = incoming.row_of("africastalking", "main", sms, {}, clock.now())
        incoming.store(connection, [row])


def answer(database: Database, clock: FixedClock, contact: Contact = CONTACT) -> list[str]:
    """Answer what waits; the new answers."""
    ids = Inbox(database, CATALOGUE, contact).answer_stored(clock.now()).message_ids
    with database.read() as connection:
        return list(
            connection.scalars(
                select(message.c.body).where(message.c.id.in_(ids)).order_by(message.c.id)
            )
        )


def ask(database: Database, clock: FixedClock, body: str, *, sender: str = AMINATA) -> str:
    """The one answer to an SMS."""
    receive(database, clock, body, sender=sender)
    (reply,) = answer(database, clock)
    return reply


def opted_out(database: Database, number: str = AMINATA) -> bool:
    with database.read() as connection:
        known = profile(connection, number)
    return known is not None and known.opted_out


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        ("STOP", "C'est fait. Vous ne recevrez plus de SMS. Pour reprendre, envoyez OUI."),
        ("dabila", "An y'a dabila. An tèna SMS ci i ma tugun. N'i b'a fè ka segin a kan, AWO ci."),
        ("reprendre", "C'est noté. Vous recevrez de nouveau nos SMS. Pour arreter, envoyez STOP."),
        (
            "AIDE",
            "Rappels de vaccin et carte RAMED. Arreter : STOP. Reprendre : OUI. Menu : *123#.",
        ),
        (
            "menu",
            "Rappels de vaccin et carte RAMED. Arreter : STOP. Reprendre : OUI. Menu : *123#.",
        ),
        ("BAMBARA", "Kan: bamanankan. N'i b'a fè ka tubabukan ta, FRANCAIS ci."),
        ("français", "Langue : francais. Pour changer, envoyez BAMBARA."),
        (
            "Bonjour, quand ?",
            "Message non compris. Envoyez AIDE, ou STOP pour arreter. Menu : *123#.",
        ),
        ("oui", "Message non compris. Envoyez AIDE, ou STOP pour arreter. Menu : *123#."),
        ("1", "Message non compris. Envoyez AIDE, ou STOP pour arreter. Menu : *123#."),
        ("", "Message non compris. Envoyez AIDE, ou STOP pour arreter. Menu : *123#."),
    ],
)
def test_each_word_has_its_answer(
    database: Database, clock: FixedClock, body: str, reply: str
) -> None:
    assert ask(database, clock, body) == reply


def test_the_answer_is_in_the_language_of_the_phone(database: Database, clock: FixedClock) -> None:
    with database.begin() as connection:
        set_language(connection, AMINATA, "bm", clock.now())
    assert ask(database, clock, "STOP").startswith("An y'a dabila.")


def test_a_language_once_chosen_is_kept(database: Database, clock: FixedClock) -> None:
    ask(database, clock, "BAMBARA")
    assert ask(database, clock, "???").startswith("An ma i ka cikan faamu.")
    ask(database, clock, "FRANCAIS")
    assert ask(database, clock, "???").startswith("Message non compris.")


def test_stop_cancels_what_waits_but_not_answers(database: Database, clock: FixedClock) -> None:
    waiting = put(database, clock)
    reply = put(database, clock, message_class=MessageClass.REPLY)
    ask(database, clock, "stop")
    assert opted_out(database)
    assert (state(database, waiting), state(database, reply)) == ("cancelled", "queued")


def test_a_stop_holds_as_soon_as_it_is_stored(database: Database, clock: FixedClock) -> None:
    waiting = put(database, clock)
    receive(database, clock, "STOP")
    assert opted_out(database)
    assert state(database, waiting) == "cancelled"


def test_yes_that_was_said_before_a_stop_does_not_undo_it(
    database: Database, clock: FixedClock
) -> None:
    receive(database, clock, "oui")
    receive(database, clock, "STOP")
    said = answer(database, clock)
    assert [one[:20] for one in said] == ["Message non compris.", "C'est fait. Vous ne "]
    assert opted_out(database)


def test_stop_survives_every_later_message_until_start(
    database: Database, clock: FixedClock
) -> None:
    ask(database, clock, "stop")
    for body in ("aide", "bambara", "bonjour", "non"):
        ask(database, clock, body)
        assert opted_out(database)
    ask(database, clock, "daminɛ")
    assert not opted_out(database)


def test_a_stop_that_was_spooled_and_comes_after_a_later_start_does_not_hold(
    database: Database, clock: FixedClock
) -> None:
    said_at = clock.now()
    ask(database, clock, "stop")
    ask(database, clock, "start")
    waiting = put(database, clock)
    with database.begin() as connection:
        late = InboundSms("spooled", AMINATA, "36077", "stop")
        row = incoming.row_of("africastalking", "main", late, {}, said_at)
        incoming.store(connection, [row])
    (reply,) = answer(database, clock)
    assert reply.startswith(TAKEN_UP), "it says what holds"
    assert not opted_out(database)
    assert state(database, waiting) == "queued"


@pytest.mark.parametrize(
    ("first", "second", "apart", "reply"),
    [
        ("stop", "start", timedelta(minutes=5), TAKEN_UP),
        ("stop", "oui", timedelta(minutes=5), TAKEN_UP),
        ("start", "stop", timedelta(seconds=1), STOPPED),
        ("oui", "stop", timedelta(minutes=5), "Message non compris."),
    ],
)
def test_of_stop_and_start_the_one_that_was_sent_last_holds_whichever_comes_in_first(
    database: Database,
    clock: FixedClock,
    first: str,
    second: str,
    apart: timedelta,
    reply: str,
) -> None:
    ask(database, clock, "stop")
    clock.move(timedelta(hours=1))
    sent_at = clock.now()
    clock.move(timedelta(hours=1))
    receive(database, clock, second, sent_at=sent_at + apart)
    answer(database, clock)
    receive(database, clock, first, sent_at=sent_at)
    (last,) = answer(database, clock)
    assert last.startswith(reply), "the answer says what holds"
    assert opted_out(database) == (second == "stop")


def test_a_stop_within_a_minute_of_a_start_holds_for_clocks_may_differ(
    database: Database, clock: FixedClock
) -> None:
    ask(database, clock, "start")
    waiting = put(database, clock)
    receive(database, clock, "stop", sent_at=clock.now() - timedelta(seconds=30))
    (reply,) = answer(database, clock)
    assert reply.startswith(STOPPED)
    assert opted_out(database)
    assert state(database, waiting) == "cancelled"


@pytest.mark.parametrize("wrong", [timedelta(days=400), -timedelta(hours=3)])
def test_a_stop_whose_date_cannot_be_true_counts_from_when_it_came_in(
    database: Database, clock: FixedClock, wrong: timedelta
) -> None:
    ask(database, clock, "start")
    clock.move(timedelta(minutes=5))
    receive(database, clock, "stop", sent_at=clock.now() - wrong)
    (reply,) = answer(database, clock)
    assert reply.startswith(STOPPED)
    assert opted_out(database)


def test_a_stop_that_was_on_its_way_for_days_holds_when_nothing_came_since(
    database: Database, clock: FixedClock
) -> None:
    waiting = put(database, clock, expires_at=clock.now() + timedelta(days=9))
    receive(database, clock, "stop", sent_at=clock.now() - timedelta(days=3))
    (reply,) = answer(database, clock)
    assert reply.startswith(STOPPED)
    assert state(database, waiting) == "cancelled"


def test_yes_takes_messages_up_again_only_after_a_stop(
    database: Database, clock: FixedClock
) -> None:
    assert ask(database, clock, "oui").startswith("Message non compris.")
    ask(database, clock, "stop")
    assert ask(database, clock, "awɔ").startswith("A kèra.")
    assert not opted_out(database)


def test_the_same_id_is_one_message(database: Database, clock: FixedClock) -> None:
    receive(database, clock, "STOP", message_id="77")
    receive(database, clock, "STOP", message_id="77")
    assert len(answer(database, clock)) == 1


def test_an_answer_is_written_once_however_often_it_is_asked_for(
    database: Database, clock: FixedClock
) -> None:
    receive(database, clock, "aide")
    assert len(answer(database, clock)) == 1
    assert answer(database, clock) == []
    with database.begin() as connection:
        connection.execute(update(inbound_message).values(handled_at=None))
    assert answer(database, clock) == [], "the outbox knows the key of the answer"


@pytest.mark.parametrize("sender", ["Orange", "36077", "+0", "", "22370000001 promo"])
def test_a_sender_that_is_no_phone_is_kept_and_never_answered(
    database: Database, clock: FixedClock, sender: str
) -> None:
    receive(database, clock, "STOP", sender=sender)
    assert answer(database, clock) == []
    with database.read() as connection:
        assert connection.scalar(select(inbound_message.c.outcome)) == "no_phone"


def test_two_machines_do_not_talk_for_long_but_a_stop_still_works(
    database: Database, clock: FixedClock
) -> None:
    for n in range(20):
        receive(database, clock, f"Je suis en vacances {n}")
    assert len(answer(database, clock)) == inbound.ANSWERS_AN_HOUR
    receive(database, clock, "STOP")
    assert answer(database, clock) == []
    assert opted_out(database)
    clock.move(timedelta(hours=1))
    assert ask(database, clock, "aide")


def test_a_message_that_cannot_be_handled_holds_up_no_other(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_for_one(body: str) -> None:
        if body == "poison":
            raise LookupError(body)

    receive(database, clock, "poison")
    receive(database, clock, "AIDE", sender="+22370000002")
    monkeypatch.setattr(inbound, "recognise", fail_for_one)
    assert len(answer(database, clock)) == 1
    with database.read() as connection:
        outcomes = select(inbound_message.c.outcome).order_by(inbound_message.c.id)
        assert list(connection.scalars(outcomes)) == ["fault", "unknown"]


def test_a_long_message_and_odd_letters_are_kept(database: Database, clock: FixedClock) -> None:
    body = "ɲɛ 😀 " * 600
    receive(database, clock, body)
    answer(database, clock)
    with database.read() as connection:
        assert connection.scalar(select(inbound_message.c.body)) == body
        assert connection.scalar(select(func.count()).select_from(message)) == 1


def test_an_answer_goes_out_in_the_letters_that_its_network_carries(
    database: Database, clock: FixedClock
) -> None:
    receive(database, clock, "STOP", sender="+22366000001")
    routes = Routes.parse("malitel=ascii")
    Inbox(database, CATALOGUE, CONTACT, routes=routes).answer_stored(clock.now())
    with database.read() as connection:
        body = connection.scalars(select(message.c.body)).one()
    assert body.isascii()
    assert body.startswith("C'est fait.")
