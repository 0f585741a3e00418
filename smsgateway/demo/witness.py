"""What no phone can see: the state of messages, and what the gateway accepted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, select

from smsgateway.calendars.contacts import CalendarKind
from smsgateway.demo.phone import Simulator, StoryError, wait_for
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.register.session_tables import facility_mark
from smsgateway.register.tables import person, plan_mark
from smsgateway.reminders import defaulters
from smsgateway.reminders.states import VisitState
from smsgateway.reminders.tables import visit
from smsgateway.storage.engine import Database

_AT_WORK = (
    exists().where(message.c.state.in_((State.QUEUED, State.SUBMITTING))),
    exists().select_from(plan_mark),
    exists().select_from(facility_mark),
)
"""What the service has still to do at this hour."""

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

    def await_rest(self) -> None:
        """Return once there is nothing left to do: no plan to make, nothing to send. Raises
        StoryError."""

        def at_rest() -> bool:
            with self.database.read() as connection:
                return not any(connection.scalar(select(one)) for one in _AT_WORK)

        wait_for(at_rest, "The service did not come to rest")

    def await_visit(self, first_name: str) -> date:
        """The day of the vaccination visit that is open of the child with this name, as soon as
        there is one. Raises StoryError."""
        days = (
            select(visit.c.visit_date)
            .join(person, person.c.id == visit.c.person_id)
            .where(
                person.c.first_name == first_name,
                visit.c.calendar == CalendarKind.VACCINATION,
                visit.c.state == VisitState.OPEN,
            )
        )
        found: list[date] = []

        def planned() -> bool:
            with self.database.read() as connection:
                found[:] = connection.scalars(days)
            return bool(found)

        wait_for(planned, f"No visit of {first_name} was planned")
        return found[0]

    def await_looked_for(self, first_name: str) -> None:
        """Return once a child is on the list of those to look for. Raises StoryError."""
        wait_for(lambda: self._is_looked_for(first_name), f"{first_name} came on no list")

    def await_found(self, first_name: str) -> None:
        """Return once a child is on that list no more. Raises StoryError."""
        wait_for(lambda: not self._is_looked_for(first_name), f"{first_name} stayed on the list")

    def _is_looked_for(self, first_name: str) -> bool:
        with self.database.read() as connection:
            return any(one.first_name == first_name for one in defaulters.listed(connection))

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
