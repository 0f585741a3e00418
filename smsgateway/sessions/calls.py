"""Running what a dialogue asks of the world, within the time a caller will wait.

Look-ups and the writing of effects run on a small pool of threads so that a slow database turns
into a polite screen instead of a silent phone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.fields import Value
from smsgateway.dialogue.nodes import DOWN, Call, Outcome
from smsgateway.errors import without_values
from smsgateway.service import Service
from smsgateway.sessions.counts import CallDone

T = TypeVar("T")

logger = logging.getLogger(__name__)

TURN_DEADLINE_S = 5.0
"""An aggregator gives up at about ten seconds; a screen goes back after five whatever happens."""

COMMIT_RESERVE_S = 1.5
"""Kept back for committing the session, and for the words of a screen when that fails too."""

THREADS = 16


class TooSlow(Exception):
    """The caller's time was over. `begun`: the work goes on and may well be done in a moment."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("begun" if begun else "not begun")
        self.begun = begun


@dataclass(frozen=True)
class Inquiry:
    """What a look-up function is given. `idempotency_key` is unique to the session and step."""

    service: Service
    values: Mapping[str, Value]
    msisdn: str
    language: str
    now: datetime
    idempotency_key: str

    @property
    def today(self) -> date:
        """The local date."""
        return self.now.astimezone(self.service.settings.timezone).date()

    def text(self, name: str) -> str:
        """A value that is a text."""
        return str(self.values[name])

    def number(self, name: str) -> int:
        """A value that is a whole number."""
        value = self.values[name]
        assert not isinstance(value, list)
        return int(value)


class Deadline:
    """The time that is left for one turn, in seconds of a monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._reserve = min(COMMIT_RESERVE_S, seconds / 2)

    def left(self) -> float:
        """Until a screen has to go back."""
        return max(0.0, self._end - time.monotonic())

    def for_work(self) -> float:
        """Until look-ups and writes are given up, so that there is time to say so."""
        return max(0.0, self.left() - self._reserve)


class Runner:
    """A pool that runs work within a deadline."""

    def __init__(self, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="turn")

    def within(self, seconds: float, work: Callable[[], T]) -> T:
        """The result of `work`. Raises TooSlow when it takes longer than `seconds`."""
        future: Future[T] = self._pool.submit(work)
        try:
            return future.result(timeout=seconds)
        except FutureTimeout:
            if future.done():
                raise
            raise TooSlow(begun=not future.cancel()) from None

    def later(self, work: Callable[[], object]) -> None:
        """Run `work` when there is time; nobody waits for it."""
        self._pool.submit(work)

    def look_up(self, call: Call, inquiry: Inquiry, deadline: Deadline) -> Outcome:
        """Run a Call; a failure or a slow answer is the outcome `down`, never an exception."""
        try:
            seconds = min(call.timeout, deadline.for_work())
            return self.within(seconds, lambda: call.lookup.run(inquiry))
        except TooSlow:
            logger.warning("a look-up took too long")
        except Exception as error:
            logger.error("a look-up failed: %s", without_values(error))
        return Outcome(DOWN)


class LookUps:
    """The look-ups of an application, and what they are run with. `names` by identity: the engine
    hands on a Call, which does not know its name."""

    def __init__(self, service: Service, application: Application, runner: Runner) -> None:
        self.service = service
        self.runner = runner
        self.names = {
            id(node): name for name, node in application.nodes.items() if isinstance(node, Call)
        }


class Asker:
    """Runs the look-ups of one step for its caller, and remembers how long each one took."""

    def __init__(
        self,
        look_ups: LookUps,
        *,
        msisdn: str,
        now: datetime,
        idempotency_key: str,
        deadline: Deadline,
    ) -> None:
        self._look_ups = look_ups
        self._msisdn = msisdn
        self._now = now
        self._key = idempotency_key
        self._deadline = deadline
        self.done: list[CallDone] = []

    def __call__(self, call: Call, values: Mapping[str, Value], language: str) -> Outcome:
        """What the engine calls; see `smsgateway.dialogue.engine.RunCall`."""
        of = self._look_ups
        inquiry = Inquiry(of.service, values, self._msisdn, language, self._now, self._key)
        began = time.monotonic()
        outcome = of.runner.look_up(call, inquiry, self._deadline)
        took = round((time.monotonic() - began) * 1000)
        self.done.append(CallDone(of.names[id(call)], outcome.name, took))
        return outcome
