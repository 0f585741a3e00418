"""The part of the story that takes weeks: a birth is told by keypad, the child's first visit is
reminded, missed, chased and escalated, and the worker who finds the child writes its doses down.

Time is made to pass from day to day; on each, the service does by itself what it would have done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.demo.expecting import expect, line_with
from smsgateway.demo.installation import SERVICE_CODE
from smsgateway.demo.phone import Phone, StoryError
from smsgateway.demo.transcript import Transcript
from smsgateway.demo.witness import Witness
from smsgateway.interchange.demo_data import DemoSummary, DemoWoman
from smsgateway.reminders.rulebook import shipped
from smsgateway.text.dates import numeric_day, spoken_day

CHILD = "Nagnouma"
"""No other child of the demonstration has this name."""

NOON = time(12)
"""By then everything of the day is due."""

CHASED_AFTER = (timedelta(days=2), timedelta(days=7))
"""A missed visit: the rules missed_2 and missed_7."""

MOST_PAGES = 15


class StoryClock(Protocol):
    """Time that can be made to pass."""

    def now(self) -> datetime: ...
    def move_to(self, moment: datetime) -> None: ...


@dataclass(frozen=True)
class FirstWeeks:
    """Who plays, by which clock, where people live, who checks and how it is shown."""

    demo: DemoSummary
    clock: StoryClock
    zone: ZoneInfo
    witness: Witness
    transcript: Transcript

    def play(self) -> None:
        """From the birth to the doses. Raises StoryError as soon as something does not happen."""
        self.transcript.chapter("A birth, a visit that nobody comes to, and a child who is found")
        mother = min(self.demo.women, key=lambda woman: woman.edd_date)
        phone = self._phone(mother)
        phone.read_messages()
        born = self.today
        self._tell_birth(phone, mother, born)
        visit = self.witness.await_visit(CHILD)
        self._let_pass_until(visit - timedelta(days=1), phone)
        self._expect_sms(phone, "The reminder of the eve", "vaccin")
        for days in CHASED_AFTER:
            self._let_pass_until(visit + days, phone)
            self._expect_sms(phone, "The message after the missed visit", "Répondez")
        self.transcript.seen("Nobody came, and the family was told so twice.")
        waits = shipped().escalate_after[CalendarKind.VACCINATION]
        self._let_pass_until(visit + timedelta(days=waits), phone)
        self.witness.await_looked_for(CHILD)
        self._find()
        self._write_down()
        self.witness.await_found(CHILD)
        self.transcript.seen("The child is on no list any more.")
        self._next_visit(phone, born)

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(self.zone).date()

    def _tell_birth(self, phone: Phone, mother: DemoWoman, born: date) -> None:
        phone.dial(SERVICE_CODE)
        phone.send("3")
        phone.send("3")
        expect(phone.send(mother.proof, secret=True), "Date de naissance")
        phone.send(f"{born:%d%m%y}")
        phone.send("1")
        phone.send("1")
        expect(phone.send(CHILD), "rappels de vaccin")

    def _find(self) -> None:
        """The worker looks at the list of children whom nobody brought, and finds this one."""
        phone = self._at_work("2")
        expect(phone.send(self._turn_to(phone)), CHILD, "Tél.")
        expect(phone.send("1"), "noté")

    def _write_down(self) -> None:
        """The worker vaccinates the child and writes it down."""
        phone = self._at_work("3")
        if "prénom" in phone.screen:
            phone.send(CHILD)
        expect(phone.send(self._turn_to(phone)), CHILD, "BCG")
        expect(phone.send("1"), "noté")
        phone.send("2")

    def _next_visit(self, phone: Phone, born: date) -> None:
        phone.dial(SERVICE_CODE)
        phone.send("2")
        phone.send("1")
        expect(phone.send(f"{born:%d%m}", secret=True), CHILD, "prochain vaccin")
        self.transcript.seen("What comes next is the visit of six weeks.")

    def _at_work(self, key: str) -> Phone:
        """A worker's phone, past the PIN."""
        worker = self.demo.workers[0]
        phone = Phone(
            self.witness.simulator, worker.msisdn, self.transcript.teller(worker.name, self._date)
        )
        phone.dial(SERVICE_CODE)
        phone.send("9")
        expect(phone.send(worker.pin, secret=True), "Agent")
        phone.send(key)
        return phone

    def _turn_to(self, phone: Phone) -> str:
        """The key of the child in a list, which may have many pages."""
        for _ in range(MOST_PAGES):
            if CHILD in phone.screen:
                return line_with(phone.screen, CHILD)
            phone.send("98")
        raise StoryError(f"{CHILD} is in no list.")

    def _expect_sms(self, phone: Phone, what: str, *parts: str) -> None:
        """The next SMS about the child; the mother is written to about her own visits as well."""
        while CHILD not in (text := phone.await_message(what)):
            continue
        expect(text, *parts)

    def _let_pass_until(self, day: date, phone: Phone) -> None:
        """Go on to noon of a day to come, once everything of the day before has been done, and what
        came to the phone on that day has been read."""
        self.witness.await_rest()
        if day > self.today:
            phone.show_messages()
            self.clock.move_to(datetime.combine(day, NOON, self.zone))
        self.transcript.day(self._date())

    def _date(self) -> str:
        today = self.today
        return f"{spoken_day(today, 'fr').partition(' ')[0]} {numeric_day(today)}"

    def _phone(self, owner: DemoWoman) -> Phone:
        return Phone(
            self.witness.simulator, owner.msisdn, self.transcript.teller(owner.name, self._date)
        )
