"""STOP by SMS, from the webhook to the line: at once, whatever waits, until START."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from messaging_world import put, row, sender, states

from smsgateway.aggregators.base import FORM, RawRequest
from smsgateway.aggregators.loopback import Loopback
from smsgateway.aggregators.registry import aggregators_of
from smsgateway.messaging.answers import Contact
from smsgateway.messaging.classes import TREATMENT, MessageClass
from smsgateway.messaging.inbound import Inbox
from smsgateway.messaging.port import Capabilities, OutboundSms, SendResult
from smsgateway.register.phones import profile
from smsgateway.service import Service
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.web.webhooks.intake import Intake
from smsgateway.web.webhooks.readings import Callback, Kind

AMINATA = "+22370000001"
HEEDING = [one for one in MessageClass if TREATMENT[one].heeds_opt_out]
LINES = 4


class Person:
    """Aminata, who writes to us."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.intake = Intake(service, aggregators_of(service.settings))
        self.written = 0

    def writes(self, text: str) -> None:
        self.written += 1
        fields = {"id": str(self.written), "from": AMINATA, "to": "36077", "text": text}
        request = RawRequest(FORM, urlencode(fields).encode())
        self.intake.take(Callback(Kind.SMS, "main", request, self.service.clock.now()))

    def is_answered(self) -> None:
        service = self.service
        Inbox(service.database, service.catalogue, Contact()).answer_stored(service.clock.now())

    @property
    def has_refused(self) -> bool:
        with self.service.database.read() as connection:
            known = profile(connection, AMINATA)
        return known is not None and known.opted_out


@pytest.fixture
def aminata(service: Service) -> Person:
    return Person(service)


class SaysStopOnTheFirstCall(Loopback):
    """A gateway whose first call lasts until STOP is in; the others last as long."""

    __slots__ = ("first", "person", "stopped")

    def __init__(self, person: Person) -> None:
        super().__init__(capabilities=Capabilities(parallel_calls=LINES))
        self.person = person
        self.first = threading.Lock()
        self.stopped = threading.Event()

    def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
        if self.first.acquire(blocking=False):
            self.person.writes("STOP")
            self.stopped.set()
        assert self.stopped.wait(30)
        return super().send(batch)


@pytest.mark.parametrize("text", ["STOP", "stop.", "Dabila", "ARRET"])
def test_a_stop_takes_back_whatever_is_queued_before_it_is_answered(
    database: Database, clock: FixedClock, aminata: Person, text: str
) -> None:
    waiting = [put(database, clock, message_class=one) for one in HEEDING]
    aminata.writes(text)
    assert aminata.has_refused
    assert {row(database, one).state for one in waiting} == {"cancelled"}


def test_a_stop_while_hundreds_are_held_stops_all_that_have_no_call_yet(
    database: Database, clock: FixedClock, aminata: Person
) -> None:
    for number in range(200):
        put(database, clock, body=f"Texte {number}")
    gateway = SaysStopOnTheFirstCall(aminata)
    sender(database, clock, gateway).drain()
    left = len(gateway.accepted())
    assert left <= 2 * LINES, "the calls under way, and those already marked for a line"
    assert states(database) == {"sent": left, "cancelled": 200 - left}


def test_a_stop_survives_every_later_sms_until_start(
    database: Database, clock: FixedClock, aminata: Person
) -> None:
    aminata.writes("STOP")
    for text in ("AIDE", "1", "FRANCAIS", "NON", "merci", "STOP"):
        put(database, clock)
        aminata.writes(text)
        aminata.is_answered()
        assert aminata.has_refused
    gateway = Loopback()
    sender(database, clock, gateway).drain()
    assert {sms.body for sms in gateway.accepted()}.isdisjoint({"Bonjour"})
    clock.move(timedelta(minutes=5))
    aminata.writes("REPRENDRE")
    aminata.is_answered()
    assert not aminata.has_refused
