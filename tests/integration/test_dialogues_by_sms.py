"""Dialogues by SMS: a word begins one, answers continue it, each SMS once; on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select, update

from smsgateway.dialogue.application import Application, Flow
from smsgateway.dialogue.fields import Digits, Name, Value
from smsgateway.dialogue.nodes import HOME, EffectSpec, Option, Outcome, lookup
from smsgateway.dialogue.session import Session
from smsgateway.messaging import incoming
from smsgateway.messaging.answers import Contact
from smsgateway.messaging.bell import Rings
from smsgateway.messaging.correspondence import Said
from smsgateway.messaging.inbound import STEPS_AN_HOUR, Inbox
from smsgateway.messaging.port import InboundSms
from smsgateway.messaging.tables import inbound_message, message
from smsgateway.paths import locales_dir
from smsgateway.register import phones
from smsgateway.service import Service
from smsgateway.sessions import by_sms, conversations
from smsgateway.sessions.by_sms import SmsDialogues
from smsgateway.sessions.calls import Inquiry
from smsgateway.sessions.effects import EffectContext
from smsgateway.sessions.tables import conversation, dialogue_count
from smsgateway.staff.tables import audit
from smsgateway.storage.clock import FixedClock
from smsgateway.text.catalogue import Catalogue, MissingText
from smsgateway.text.templates import Rendered

AWA = "+22370000001"
BOUBACAR = "+22370000002"


@lookup(found=("name",), missing=())
def find(inquiry: Inquiry) -> Outcome:
    if inquiry.text("number") == "500":
        raise RuntimeError("a fault of the look-up")
    if inquiry.text("secret") != "1990":
        return Outcome("missing")
    return Outcome("found", {"name": f"Awa {inquiry.text('number')}"})


def note(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """An effect that can be counted."""
    row = {"at": context.now, "action": "note", "subject": payload["name"], "details": {}}
    context.connection.execute(insert(audit), row)
    return {"sending": None}


def application() -> Application:
    flow = Flow(
        "demo",
        start="home",
        fields={
            "number": Digits(3, shortest=3),
            "secret": Digits(4, shortest=4),
            "name": Name(20),
        },
    )
    flow.menu("language", "Langue ?", {1: Option("Français", HOME, language="fr")})
    flow.menu("home", "Accueil ici", {1: ("Chercher", "number"), 2: ("Quitter", "bye")})
    flow.ask("number", "Numéro ?", into="number", error="3 chiffres.", target="secret")
    flow.ask("secret", "Code ?", into="secret", error="Faux.", target="find", sensitive=True)
    flow.call(
        "find",
        find,
        {"found": "right", "missing": "missing", "down": "later"},
        takes=("number", "secret"),
    )
    flow.confirm("right", "{name} ?", EffectSpec("note", takes=("name",)), yes="done", no="bye")
    flow.menu("missing", "Introuvable", {1: ("Recommencer", "number")})
    flow.menu("stuck", "Besoin d'aide ?", {1: ("Encore", "home")})
    flow.end("done", "Noté")
    flow.end("bye", "Au revoir")
    flow.end("later", "Plus tard")
    return Application(
        (flow,),
        home="demo.home",
        language="demo.language",
        stuck="demo.stuck",
        keywords={"demo.number": {"fr": "chercher", "bm": "ɲini"}, "demo.bye": {"fr": "adieu"}},
    )


class Words(Catalogue):
    """The catalogues of the service, and the sample's own words, which are the same everywhere."""

    def text(self, msgid: str, language: str) -> str:
        try:
            return super().text(msgid, language)
        except MissingText:
            return msgid


class Reminders:
    """Stands for the reminders' numbered answers: one open question at most."""

    def __init__(self) -> None:
        self.asked_at: datetime | None = None
        self.answered: list[int] = []

    def last_numbered(self, _: Connection, __: int, ___: datetime) -> datetime | None:
        return self.asked_at

    def answer(self, _: Connection, __: int, digit: int, ___: datetime) -> Said | None:
        if self.asked_at is None:
            return None
        self.answered.append(digit)
        return Said(Rendered("Merci.", "gsm7", 1), "fr", "reminder_answered")


class Correspondent:
    """Sends SMS and reads the answers."""

    def __init__(self, service: Service, clock: FixedClock) -> None:
        self.service = service = replace(service, catalogue=Words.load(locales_dir()))
        self.clock = clock
        self.reminders = Reminders()
        self.dialogues = SmsDialogues(service, application(), {"note": note}, self.reminders)
        self.inbox = Inbox(
            service.database,
            service.catalogue,
            Contact(ussd="*123#"),
            dialogues=self.dialogues,
            responses=self.reminders,
        )

    def receive(self, body: str, sender: str = AWA) -> None:
        self.clock.move(timedelta(seconds=2))
        now = self.clock.now()
        sms = InboundSms(f"{sender}-{now.isoformat()}", sender, "36077", body)
        with self.service.database.begin() as connection:
            row = incoming.row_of("africastalking", "main", sms, {"text": body}, now)
            incoming.store(connection, [row])

    def answers(self) -> list[str]:
        ids = self.inbox.answer_stored(self.clock.now()).message_ids
        query = select(message.c.body).where(message.c.id.in_(ids)).order_by(message.c.id)
        with self.service.database.read() as connection:
            return list(connection.scalars(query))

    def send(self, *bodies: str, sender: str = AWA) -> str:
        """The answer to the last of `bodies`, each of which is answered once."""
        for body in bodies:
            self.receive(body, sender)
            (answer,) = self.answers()
        return answer

    def count(self, what: object) -> int:
        with self.service.database.read() as connection:
            return connection.execute(select(func.count()).select_from(what)).scalar_one()


@pytest.fixture
def awa(service: Service, clock: FixedClock) -> Correspondent:
    with service.database.begin() as connection:
        phones.set_language(connection, AWA, "fr", clock.now())
    return Correspondent(service, clock)


def test_a_word_begins_a_dialogue_and_answers_continue_it_to_its_end(awa: Correspondent) -> None:
    assert awa.send("Chercher !") == "Numéro ?"
    assert awa.send("12") == "3 chiffres.\nNuméro ?"
    assert awa.send("123") == "Code ?"
    assert awa.send("1990") == "Awa 123 ?\n1. Oui\n2. Non"
    assert awa.send("1") == "Noté"
    assert awa.count(audit) == 1
    assert awa.count(conversation) == 0
    assert awa.send("1").startswith("Message non compris.")


def test_an_sms_shows_no_keys_of_navigation(awa: Correspondent) -> None:
    assert "0 " not in awa.send("menu", "1")


@pytest.mark.parametrize("yes", ["1", " 1. ", "oui", "Wi !", "OUAIS"])
def test_yes_answers_a_pending_question_however_it_is_written(awa: Correspondent, yes: str) -> None:
    assert awa.send("chercher", "123", "1990", yes) == "Noté"


def test_an_options_own_words_are_its_number(awa: Correspondent) -> None:
    assert awa.send("menu", "quitter") == "Au revoir"


def test_a_word_written_in_bambara_begins_in_bambara(awa: Correspondent) -> None:
    awa.send("ɲini", sender=BOUBACAR)
    with awa.service.database.read() as connection:
        assert connection.scalar(select(message.c.language)) == "bm"


def test_menu_leads_home_in_any_situation(awa: Correspondent) -> None:
    home = "Accueil ici\n1. Chercher\n2. Quitter"
    assert awa.send("MENU") == home
    assert awa.send("1", "123", "menu") == home
    assert awa.send("meni", sender=BOUBACAR) == "Langue ?\n1. Francais"


def test_another_word_begins_another_dialogue_where_it_is_no_answer(awa: Correspondent) -> None:
    assert awa.send("chercher", "adieu") == "Au revoir"
    assert awa.count(conversation) == 0


def test_a_word_that_nobody_knows_is_a_wrong_answer_in_a_dialogue(awa: Correspondent) -> None:
    assert awa.send("chercher", "bonjour") == "3 chiffres.\nNuméro ?"


def test_three_wrong_answers_lead_to_help(awa: Correspondent) -> None:
    assert awa.send("chercher", "a", "b", "c").startswith("Besoin d'aide ?")


def test_two_phones_have_two_conversations(awa: Correspondent) -> None:
    awa.send("chercher")
    awa.send("chercher", sender=BOUBACAR)
    assert awa.send("123") == "Code ?"
    assert awa.send("x", sender=BOUBACAR) == "3 chiffres.\nNuméro ?"


def test_stop_leaves_the_dialogue_and_stops(awa: Correspondent) -> None:
    awa.send("chercher", "STOP")
    assert awa.count(conversation) == 0
    with awa.service.database.read() as connection:
        profile = phones.profile(connection, AWA)
    assert profile and profile.opted_out
    assert awa.send("123").startswith("Message non compris.")


def test_help_and_languages_leave_the_dialogue_where_it_is(awa: Correspondent) -> None:
    awa.send("chercher", "aide", "bambara")
    awa.send("123", "1990", "1")
    assert awa.count(audit) == 1
    with awa.service.database.read() as connection:
        assert list(connection.scalars(select(message.c.language)))[-1] == "bm"


def test_an_answer_counts_for_24_hours(awa: Correspondent) -> None:
    awa.send("chercher")
    awa.clock.move(conversations.LIFETIME - timedelta(seconds=10))
    assert awa.send("123") == "Code ?"
    awa.clock.move(conversations.LIFETIME)
    assert awa.send("1990").startswith("Message non compris.")
    assert awa.send("chercher") == "Numéro ?"


def test_conversations_that_are_over_are_forgotten(awa: Correspondent) -> None:
    awa.send("chercher")
    with awa.service.database.begin() as connection:
        assert conversations.forget_ended(connection, awa.clock.now()) == 0
        later = awa.clock.now() + conversations.LIFETIME
        assert conversations.forget_ended(connection, later) == 1


def test_a_sensitive_answer_is_forgotten_once_it_is_handled(awa: Correspondent) -> None:
    awa.send("chercher", "123", "7777", "1", "123", "nonsense")
    with awa.service.database.read() as connection:
        rows = connection.execute(select(inbound_message).order_by(inbound_message.c.id)).all()
        states = str(connection.execute(select(conversation.c.state)).all())
    assert [row.body for row in rows] == ["chercher", "123", "", "1", "123", ""]
    assert [row.raw for row in rows][2] == {}
    assert "7777" not in states


def test_a_look_up_that_fails_is_an_answer(awa: Correspondent) -> None:
    assert awa.send("chercher", "500", "1990") == "Plus tard"


def test_a_crash_before_the_commit_is_as_if_the_sms_had_not_been_read(
    awa: Correspondent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    awa.send("chercher", "123", "1990")
    awa.receive("1")
    with monkeypatch.context() as dying:
        dying.setattr(by_sms.tally, "add", die)
        with pytest.raises(SystemExit):
            awa.answers()
    assert awa.count(audit) == 0
    assert awa.answers() == ["Noté"]
    assert awa.count(audit) == 1


def test_an_sms_that_is_handled_again_does_nothing_twice(awa: Correspondent) -> None:
    awa.send("chercher", "123", "1990", "1")
    with awa.service.database.begin() as connection:
        connection.execute(update(inbound_message).values(handled_at=None))
    awa.answers()
    assert awa.count(message) == 4


def test_whoever_is_overtaken_by_another_sms_is_heard_again(
    awa: Correspondent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between hearing an SMS and writing its answer, another process answers one of this phone."""
    awa.send("chercher")
    awa.receive("123")
    hear = awa.dialogues.hear

    def late(*heard: object) -> object:
        spoken = hear(*heard)  # type: ignore[arg-type]
        monkeypatch.undo()
        with awa.service.database.begin() as connection:
            moved = {"state": Session("demo.home", "fr").pack(), "step": 2}
            connection.execute(update(conversation).values(moved))
        return spoken

    monkeypatch.setattr(awa.dialogues, "hear", late)
    assert awa.answers() == ["Choix non valable.\nAccueil ici\n1. Chercher\n2. Quitter"]


def test_a_bare_digit_answers_whatever_asked_last(awa: Correspondent) -> None:
    awa.reminders.asked_at = awa.clock.now()
    assert awa.send("2") == "Merci."
    assert awa.send("menu").startswith("Accueil ici")
    assert awa.send("1") == "Numéro ?"
    awa.reminders.asked_at = awa.clock.now() + timedelta(seconds=1)
    assert awa.send("3") == "Merci."
    assert awa.send("123") == "Code ?", "more than a digit still answers the dialogue"
    assert awa.reminders.answered == [2, 3]


def test_steps_by_sms_are_counted_as_such(awa: Correspondent) -> None:
    awa.send("chercher", "123")
    counted = select(dialogue_count.c.node, dialogue_count.c.event, dialogue_count.c.medium)
    with awa.service.database.read() as connection:
        rows = {tuple(row) for row in connection.execute(counted)}
    assert ("demo.number", "entered", "sms") in rows
    assert ("demo.number", "answered", "sms") in rows


def test_a_machine_that_answers_ours_is_not_answered_for_ever(awa: Correspondent) -> None:
    awa.send("menu")
    for _ in range(STEPS_AN_HOUR + 5):
        awa.receive("1")
        awa.answers()
    assert awa.count(message) == STEPS_AN_HOUR
    assert awa.send("STOP").startswith("C'est fait.")
    with awa.service.database.read() as connection:
        profile = phones.profile(connection, AWA)
    assert profile and profile.opted_out


def test_what_effects_ring_for_is_handed_on(awa: Correspondent) -> None:
    awa.send("chercher", "123", "1990")
    awa.receive("1")
    assert awa.inbox.answer_stored(awa.clock.now()).rings == [{"sending": None}]
