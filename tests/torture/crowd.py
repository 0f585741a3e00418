"""The crowd: people who write and dial, a few at a time, while everything is tormented."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import cycle
from queue import Empty, SimpleQueue

from smsgateway.storage.clock import Clock
from smsgateway.storage.engine import Database
from torture import callers, writers
from torture.carrier import Carrier, Over
from torture.journal import Journal, Stop
from torture.person import Person

AT_ONCE = 8

Act = Callable[[Person], None]


def _dial(name: str) -> Act:
    def act(person: Person) -> None:
        callers.dial(person, name)

    return act


def _stop_by_keypad(person: Person) -> None:
    writers.queue(person, "before", 6)
    if callers.dial(person, "stop"):
        writers.keep_quiet(person, Stop(person.msisdn, time.time()))
        writers.queue(person, "after", 3)


ACTS: Sequence[Act] = (
    writers.ask,
    writers.refuse,
    writers.be_called,
    _dial("register"),
    _dial("complain"),
    _dial("be called"),
    _dial("be called, after a wrong ticket"),
    _dial("be called, after a wrong card"),
    _stop_by_keypad,
)
"""What a stranger may come for."""

ACTS_AFTER_A_REMINDER: Sequence[Act] = (writers.answer_reminder, writers.refuse)
"""What a family may come for whose visit was missed; of the others, some refuse."""


class Crowd:
    """Strangers and families with reminders, each of whom acts once."""

    def __init__(
        self,
        carrier: Carrier,
        database: Database,
        clock: Clock,
        *,
        seed: int,
        strangers: Sequence[str],
        announced: Sequence[str],
        missed: Sequence[str],
        workers: Mapping[str, str],
    ) -> None:
        """`workers`: their one-time codes by number."""
        self.journal = Journal()
        self.carrier = carrier
        self._waiting: SimpleQueue[tuple[Act, Person]] = SimpleQueue()
        acts = [
            *zip(strangers, cycle(ACTS)),
            *zip(missed, cycle(ACTS_AFTER_A_REMINDER)),
            *((number, writers.refuse) for number in announced[::3]),
            *((number, _dial(callers.LAUNCH)) for number in workers),
        ]
        random.Random(f"crowd {seed}").shuffle(acts)
        for number, act in acts:
            own = random.Random(f"{number} {seed}")
            secret = workers.get(number, "")
            person = Person(number, own, carrier, database, clock, self.journal, secret)
            self._waiting.put((act, person))
        self._threads = [threading.Thread(target=self._work, name="crowd") for _ in range(AT_ONCE)]

    def come(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    @property
    def is_done(self) -> bool:
        """Whether everybody has acted."""
        return not any(thread.is_alive() for thread in self._threads)

    def go(self) -> None:
        """Who is still acting gives up."""
        self.carrier.over.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        with suppress(Empty, Over):
            while not self.carrier.over.is_set():
                act, person = self._waiting.get_nowait()
                try:
                    act(person)
                except Over:
                    raise
                except Exception:
                    self.journal.faults.append(traceback.format_exc())
