"""The story that `smsgateway demo --once` plays and checks: every part of the service, once.

Everything happens as it would for people, by keys and SMS through the simulator over HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from smsgateway.demo.expecting import expect, first, first_number
from smsgateway.demo.first_weeks import FirstWeeks, StoryClock
from smsgateway.demo.installation import SERVICE_CODE
from smsgateway.demo.phone import Phone, StoryError
from smsgateway.demo.transcript import Transcript
from smsgateway.demo.witness import Witness
from smsgateway.enrolment.statuses import Status
from smsgateway.interchange.demo_data import (
    DemoChild,
    DemoFile,
    DemoPhone,
    DemoSummary,
    DemoWorker,
    Situation,
)
from smsgateway.messaging.classes import MessageClass
from smsgateway.text.dates import spoken_day
from smsgateway.text.orthography import fold

FRENCH_HOME = "Que voulez-vous"
LANGUAGES = "Kan sugandi"
REMINDED = (Situation.DUE_IN_3_DAYS, Situation.DUE_TOMORROW)
EXPECTED = (*REMINDED, Situation.LATE)
"""Whose visit is within the seven days of the bulk message, or should have been."""


@dataclass(frozen=True)
class Story:
    """Who plays, on which day, by which clock and where, who checks and how it is shown."""

    demo: DemoSummary
    today: date
    clock: StoryClock
    zone: ZoneInfo
    witness: Witness
    transcript: Transcript

    def play(self) -> None:
        """Every chapter in order. Raises StoryError as soon as something does not happen."""
        self.look_up_in_french()
        self.look_up_in_bambara()
        self.next_visit()
        self.reminders()
        self.bulk_message()
        self.complaint()
        FirstWeeks(self.demo, self.clock, self.zone, self.witness, self.transcript).play()

    def look_up_in_french(self) -> None:
        """A family learns which papers are missing."""
        self.transcript.chapter("Where is my RAMED file? In French")
        phone = self._phone(self._speaker("fr"))
        expect(phone.dial(SERVICE_CODE), FRENCH_HOME)
        file = self._file(Status.PIECES_MANQUANTES)
        expect(look_up(phone, file), file.file_number, "il manque")
        self.transcript.seen("The file number and the holder's birth year find the file.")

    def look_up_in_bambara(self) -> None:
        """A first call chooses the language, which is remembered."""
        self.transcript.chapter("Where is my RAMED card? In Bambara, on a first call")
        phone = self._phone(self._speaker(None))
        expect(phone.dial(SERVICE_CODE), LANGUAGES)
        home = phone.send("1")
        answer = expect(look_up(phone, self._file(Status.CARTE_DISPONIBLE)), "RAMED", "Mairie")
        if "Votre carte" in answer:
            raise StoryError("The answer should be in Bambara and is in French.")
        expect(phone.dial(SERVICE_CODE), home)
        self.transcript.seen("The language is remembered at the next call.")

    def next_visit(self) -> None:
        """A mother asks for her child's next visit."""
        self.transcript.chapter("When is my child's next vaccination?")
        family, child = self._child(Situation.DUE_TOMORROW)
        phone = self._phone(family)
        expect(phone.dial(SERVICE_CODE), FRENCH_HOME)
        phone.send("2")
        phone.send("1")
        tomorrow = spoken_day(self.today + timedelta(days=1), "fr")
        expect(phone.send(child.birthday, secret=True), child.first_name, tomorrow)
        self.transcript.seen("Her phone and the child's day and month of birth find the visit.")

    def reminders(self) -> None:
        """What is due today goes out by itself and is delivered."""
        self.transcript.chapter("Reminders that are due today")
        for family in self.demo.phones:
            due = [child.first_name for child in family.children if child.situation in REMINDED]
            if due and not family.opted_out:
                self.transcript.say(f"{family.name} receives")
                self._await_reminders(family, due)
        delivered = self.witness.await_delivery(MessageClass.REMINDER)
        self.transcript.seen(f"{delivered} reminders are sent, and all of them are delivered.")
        self._expect_silence()

    def _await_reminders(self, family: DemoPhone, first_names: list[str]) -> None:
        """One SMS speaks of all children with the same visit, another of those with an earlier."""
        phone = self._phone(family)
        missing = {fold(name) for name in first_names}
        while missing:
            text = phone.await_message(f"A reminder for {', '.join(missing)}")
            missing = {name for name in missing if name not in text}

    def bulk_message(self) -> None:
        """A health worker writes to every family expected soon."""
        self.transcript.chapter("A health worker's bulk message, by keypad")
        worker = self.demo.workers[0]
        phone = self._phone(worker)
        phone.dial(SERVICE_CODE)
        phone.send("9")
        expect(phone.send(worker.pin, secret=True), "Agent")
        people = first_number(expect(phone.send("1"), "SMS"))
        expect(phone.send("1"), str(people))
        expect(phone.await_message("The reference"), str(people), "Réf.")
        delivered = self.witness.await_delivery(MessageClass.NOTICE)
        if delivered != people:
            raise StoryError(f"The screen announced {people} people and {delivered} were reached.")
        self._check_recipients()
        self._expect_silence()

    def _check_recipients(self) -> None:
        notices = self.witness.written_to(MessageClass.NOTICE)
        reached = {number for number, _text in notices}
        accepted = self.witness.accepted()
        if len(reached) != len(notices) or any(accepted[notice] != 1 for notice in notices):
            raise StoryError("A phone received the bulk message twice.")
        for family in self.demo.phones:
            has_visit = any(child.situation in EXPECTED for child in family.children)
            wanted = has_visit and not family.opted_out
            if wanted != (family.msisdn in reached):
                raise StoryError(f"Whether {family.name} got the bulk message should be {wanted}.")
        self.transcript.seen(f"{len(reached)} phones got it, each once, and only the right ones.")

    def complaint(self) -> None:
        """A family complains of its centre and follows the complaint up."""
        self.transcript.chapter("A complaint by keypad, under a ticket")
        phone = self._phone(self._speaker("fr"))
        phone.read_messages()
        phone.dial(SERVICE_CODE)
        for key in "4111":
            phone.send(key)
        ticket = str(first_number(phone.send("1")))
        expect(phone.await_message("The ticket"), ticket)
        phone.dial(SERVICE_CODE)
        phone.send("4")
        phone.send("2")
        expect(phone.send(ticket), ticket, "reçue")
        self.transcript.seen("The ticket came by SMS, and its phone can follow the complaint up.")

    def _expect_silence(self) -> None:
        for family in self.demo.phones:
            if family.opted_out and self._phone(family).messages():
                raise StoryError("A phone that said STOP received an SMS.")
        self.transcript.seen("Phones that said STOP got nothing.")

    def _phone(self, owner: DemoPhone | DemoWorker) -> Phone:
        tell = self.transcript.teller(owner.name)
        return Phone(self.witness.simulator, owner.msisdn, tell)

    def _speaker(self, language: str | None) -> DemoPhone:
        phones = (phone for phone in self.demo.phones if not phone.opted_out)
        return first(phones, lambda phone: phone.language == language)

    def _child(self, situation: Situation) -> tuple[DemoPhone, DemoChild]:
        pairs = ((phone, child) for phone in self.demo.phones for child in phone.children)
        return first(pairs, lambda pair: pair[1].situation is situation)

    def _file(self, status: Status) -> DemoFile:
        return first(self.demo.files, lambda file: file.status == status)


def look_up(phone: Phone, file: DemoFile) -> str:
    """From the home screen to the status of an enrolment file."""
    phone.send("1")
    phone.send("1")
    phone.send(file.file_number)
    return phone.send(str(file.birth_year), secret=True)
