"""A person with a phone, and all that they do through the aggregator."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from smsgateway.messaging.tables import inbound_message, message
from smsgateway.storage.clock import Clock
from smsgateway.storage.engine import Database
from torture.carrier import Answer, Carrier, Over
from torture.journal import Journal, Sms

Found = TypeVar("Found")

LOOK_S = 0.1

PATIENCE_S = 5.0
"""How long a person waits for a reply before doing something else."""


@dataclass
class Person:
    """Acts in one thread. What is drawn depends on the seed alone."""

    msisdn: str
    draw: random.Random
    carrier: Carrier
    database: Database
    clock: Clock
    journal: Journal
    secret: str = ""
    """The one-time code of a worker."""

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def text(self, body: str, expects: str | None = None) -> Sms:
        """Send an SMS. Returns when it was answered 200; raises Over."""
        sms = Sms(f"{self.msisdn}-{next(self._numbers)}", expects)
        form = {
            "id": sms.id,
            "from": self.msisdn,
            "to": "36077",
            "text": body,
            "date": f"{self.clock.now():%Y-%m-%d %H:%M:%S}",
        }
        answer = self.carrier.deliver("sms", form, self.draw)
        if answer.status != 200:
            self.journal.faults.append(f"an SMS was answered {answer.status}")
        self.journal.sms.append(sms)
        return sms

    def step(self, session_id: str, code: str, text: str) -> Answer:
        """Dial or press keys; `text` is all that was typed in this call."""
        form = {
            "phoneNumber": self.msisdn,
            "serviceCode": code,
            "text": text,
            "sessionId": session_id,
            "networkCode": "99999",
        }
        return self.carrier.deliver("ussd", form, self.draw)

    def hang_up(self, session_id: str) -> None:
        """The gateway says that a call has ended before its last screen."""
        form = {"sessionId": session_id, "phoneNumber": self.msisdn, "status": "Incomplete"}
        if self.carrier.deliver("ussd-events", form, self.draw).status != 200:
            self.journal.faults.append("the end of a call was refused")

    def is_stored(self, sms: Sms) -> bool:
        """Whether SQL has an SMS; one that came while it was away waits in the spool."""
        query = select(inbound_message.c.id).where(
            inbound_message.c.aggregator_message_id == sms.id
        )
        return self.look(lambda connection: connection.scalar(query)) is not None

    def reply_to(self, sms: Sms) -> str | None:
        """What was written in answer to an SMS; None when patience ends."""
        return self.wait(lambda connection: reply(connection, sms))

    def wait(self, read: Callable[[Connection], Found | None]) -> Found | None:
        """Look again and again until there is something; None when patience ends."""
        ends_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_at:
            if (found := self.look(read)) is not None:
                return found
            time.sleep(LOOK_S)
        return None

    def look(self, read: Callable[[Connection], Found]) -> Found:
        """Read from SQL, however often its connections are cut. Raises Over."""
        while not self.carrier.over.is_set():
            try:
                with self.database.read() as connection:
                    return read(connection)
            except DBAPIError:
                time.sleep(LOOK_S)
        raise Over

    def now(self) -> datetime:
        return self.clock.now()


def reply(connection: Connection, sms: Sms) -> str | None:
    """What was written in answer to an SMS, if anything has been yet."""
    received = select(inbound_message.c.id).where(inbound_message.c.aggregator_message_id == sms.id)
    number = connection.scalar(received)
    keys = [f"inbound:{number}", f"dialogue:{number}"]
    return connection.scalar(select(message.c.body).where(message.c.dedupe_key.in_(keys)))
