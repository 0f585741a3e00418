"""What no phone can see: the state of messages, and what the gateway accepted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from smsgateway.demo.phone import Simulator, StoryError, wait_for
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.storage.engine import Database

FINAL = {State.DELIVERED, State.FAILED, State.CANCELLED, State.EXPIRED}


@dataclass(frozen=True)
class Witness:
    """Looks into the database of the service and the ledger of the simulator."""

    database: Database
    simulator: Simulator

    def states(self, message_class: MessageClass) -> dict[str, int]:
        """How many messages of a class are in each state."""
        query = (
            select(message.c.state, func.count().label("number"))
            .where(message.c.message_class == message_class)
            .group_by(message.c.state)
        )
        with self.database.read() as connection:
            return {row.state: row.number for row in connection.execute(query)}

    def await_delivery(self, message_class: MessageClass) -> int:
        """How many of a class were delivered, once each has come to its end. Raises StoryError."""

        def ended() -> bool:
            found = self.states(message_class)
            return bool(found) and FINAL.issuperset(found)

        try:
            wait_for(ended, f"Not every {message_class} came to its end")
        except StoryError as error:
            raise StoryError(f"{error} They are {self.states(message_class)}.") from None
        found = self.states(message_class)
        if set(found) != {State.DELIVERED}:
            raise StoryError(f"Not every {message_class} was delivered: {found}.")
        return found[State.DELIVERED]

    def written_to(self, message_class: MessageClass) -> list[tuple[str, str]]:
        """Number and text of every message of a class."""
        query = select(message.c.msisdn, message.c.body).where(
            message.c.message_class == message_class
        )
        with self.database.read() as connection:
            return [(row.msisdn, row.body) for row in connection.execute(query)]

    def accepted(self) -> Counter[tuple[str, str]]:
        """How often the gateway accepted each text to each number."""
        entries = self.simulator.get("/ledger?limit=100000")["entries"]
        return Counter((entry["to"], entry["text"]) for entry in entries)
