"""The parts of one simulator, put together."""

from __future__ import annotations

from typing import Any

from smsgateway.web.simulator.callbacks import Callbacks
from smsgateway.web.simulator.config import Config
from smsgateway.web.simulator.feed import Feed
from smsgateway.web.simulator.gateway import Gateway
from smsgateway.web.simulator.people import DEFAULT_PEOPLE, Person
from smsgateway.web.simulator.phones import Phones
from smsgateway.web.simulator.scenario import Scenario
from smsgateway.web.simulator.timer import Timer
from smsgateway.web.simulator.ussd import Sessions


class Simulator:
    """A gateway, its handsets and the people who hold them; all of it in memory."""

    def __init__(
        self,
        config: Config,
        *,
        scenario: Scenario | None = None,
        people: tuple[Person, ...] = DEFAULT_PEOPLE,
    ) -> None:
        self.config = config
        self.feed = Feed()
        self.phones = Phones()
        self.people: tuple[Person, ...] = ()
        self._timer = Timer()
        self._callbacks = Callbacks(config, self._timer, self.feed)
        self.gateway = Gateway(
            config, scenario or Scenario(), self.phones, self._callbacks, self._timer, self.feed
        )
        self.sessions = Sessions(
            config, self._callbacks, self._timer, self.feed, self.gateway.new_hex
        )
        self.introduce(people)

    def introduce(self, people: tuple[Person, ...]) -> None:
        """Offer these people on the page instead of the earlier ones."""
        self.people = people
        for person in people:
            self.phones.join(person.number, person.network)
        self.feed.publish("people", {"people": self.people_json()})

    def people_json(self) -> list[dict[str, Any]]:
        return [person.as_json() for person in self.people]

    def reset(self) -> None:
        """Empty the ledger, the handsets and the sessions; people and scenario stay."""
        self.sessions.clear()
        self.gateway.clear()
        self.phones.clear()
        self.feed.publish("reset", {})

    def close(self) -> None:
        """Stop what is put off, and end every watch of the feed."""
        self._timer.close()
        self.feed.close()
        self._callbacks.close()
        self.gateway.ledger.close()
