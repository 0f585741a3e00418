"""The dialogues of the service by SMS, as a family writes and reads them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from town import STRANGER, Town, compare

import flows
from smsgateway.feedback.tables import complaint
from smsgateway.messaging import incoming
from smsgateway.messaging.answers import Contact
from smsgateway.messaging.inbound import Inbox
from smsgateway.messaging.port import InboundSms
from smsgateway.messaging.tables import inbound_message, message
from smsgateway.service import Service
from smsgateway.sessions.by_sms import SmsDialogues
from smsgateway.sessions.handlers import HANDLERS
from smsgateway.storage.clock import FixedClock
from smsgateway.text.segments import measure


class Writer:
    """A phone that writes SMS to the town's service; `transcript` is what both sides wrote."""

    def __init__(self, town: Town, clock: FixedClock, msisdn: str = STRANGER) -> None:
        service = self.service = town.service
        self.clock = clock
        self.msisdn = msisdn
        self.transcript = ""
        self.inbox = Inbox(
            service.database,
            service.catalogue,
            Contact.of(service.settings),
            dialogues=SmsDialogues(service, flows.app, HANDLERS),
        )

    def send(self, *bodies: str) -> str:
        """The answer to the last of `bodies`."""
        for body in bodies:
            self.clock.move(timedelta(seconds=20))
            now = self.clock.now()
            sms = InboundSms(now.isoformat(), self.msisdn, None, body)
            with self.service.database.begin() as connection:
                row = incoming.row_of("africastalking", "main", sms, {"text": body}, now)
                incoming.store(connection, [row])
            (message_id,) = self.inbox.answer_stored(now).message_ids
            with self.service.database.read() as connection:
                answer = connection.scalar(select(message.c.body).where(message.c.id == message_id))
            assert answer
            assert measure(answer).encoding == "gsm7"
            assert measure(answer).segments <= 2
            self.transcript += f"> {body}\n{answer}\n\n"
        return answer


@pytest.fixture
def town(service: Service) -> Town:
    return Town(service)


@pytest.mark.parametrize(
    ("language", "name"), [("FRANCAIS", "sms_fr"), ("BAMANANKAN", "sms_bm")], ids=["fr", "bm"]
)
def test_a_family_asks_by_sms(town: Town, clock: FixedClock, language: str, name: str) -> None:
    file = town.people.files[0]
    writer = Writer(town, clock)
    writer.send(language, "RAMED", "1", file.file_number, str(file.birth_year))
    writer.send("enfant", "xyz", "STOP", "1")
    compare(name, writer.transcript)


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("Plainte", "Plainte ou avis"),
        ("annuaire", "Annuaire"),
        ("CONSEILS", "Conseils pour la santé"),
        ("Rappelez moi", "Un agent peut vous appeler"),
    ],
)
def test_a_word_begins_its_dialogue(town: Town, clock: FixedClock, word: str, first: str) -> None:
    assert Writer(town, clock).send("FRANCAIS", word).startswith(first)


def test_a_complaint_by_sms_is_filed_once_under_a_ticket(town: Town, clock: FixedClock) -> None:
    answer = Writer(town, clock).send("FRANCAIS", "plainte", "1", "1", "4", "1")
    with town.service.database.read() as connection:
        (filed,) = connection.execute(select(complaint)).all()
    assert filed.ticket in answer


def test_what_proves_who_somebody_is_does_not_stay_in_the_inbox(
    town: Town, clock: FixedClock
) -> None:
    file = town.people.files[0]
    Writer(town, clock).send("RAMED", "1", file.file_number, str(file.birth_year))
    with town.service.database.read() as connection:
        kept = str(connection.execute(select(inbound_message.c.body, inbound_message.c.raw)).all())
    assert f"'{file.birth_year}'" not in kept


def test_the_words_of_a_list_answer_it(town: Town, clock: FixedClock) -> None:
    writer = Writer(town, clock)
    writer.send("FRANCAIS", "enfant", "3", "Awa", "fille", f"{town.now:%d%m%y}")
    assert "Quel centre de santé ?" in writer.send("bamako")
    assert "D'accord ?" in writer.send("Asacobafa (démo)")
