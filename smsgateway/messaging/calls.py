"""Calls to a gateway: which messages share one, and a bounded pool of lines that make them.

A line makes one call after the other in a thread of its own, so that a slow call holds up nobody
but itself. What a call brings is an answer, never an exception.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from smsgateway.failpoints import reach
from smsgateway.messaging.claim import Held
from smsgateway.messaging.port import (
    CLOSING,
    AmbiguousSend,
    ChannelClosed,
    Gateway,
    OutboundSms,
    Outcome,
    Reason,
    SendResult,
    Unavailable,
)

logger = logging.getLogger(__name__)

Call = Sequence[Held]
"""Messages of one text, handed over together."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call brought; `closes` is why no other should follow it for now."""

    results: list[SendResult]
    closes: ChannelClosed | None = None


class Lines:
    """Makes calls, as many at a time as the gateway takes. For one thread that puts and takes."""

    def __init__(self, gateway: Gateway) -> None:
        self.capacity = gateway.capabilities.parallel_calls
        self.busy = 0
        """Calls that were put and whose answers were not taken yet."""
        self._gateway = gateway
        self._waiting: SimpleQueue[Call] = SimpleQueue()
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._threads = 0

    def put(self, call: Call) -> None:
        """Have a call made, as soon as a line is free."""
        self._waiting.put(call)
        self.busy += 1
        if self._threads < min(self.capacity, self.busy):
            self._threads += 1
            threading.Thread(target=self._work, name="line", daemon=True).start()

    def withdraw(self) -> list[Call]:
        """Take back the calls that no line has begun."""
        withdrawn = []
        with suppress(Empty):
            while True:
                withdrawn.append(self._waiting.get_nowait())
        self.busy -= len(withdrawn)
        return withdrawn

    def take(self, timeout_s: float, enough: int = 1, linger_s: float = 0.0) -> list[Answer]:
        """The answers that are there. Waits `timeout_s` for the first, and then `linger_s` until
        there are `enough`."""
        answers: list[Answer] = []
        with suppress(Empty):
            answers.append(self._answers.get(timeout=timeout_s))
            until = time.monotonic() + linger_s
            while True:
                left_s = until - time.monotonic() if len(answers) < enough else 0.0
                answers.append(self._answers.get(left_s > 0, max(left_s, 0.0)))
        self.busy -= len(answers)
        return answers

    def _work(self) -> None:
        while True:
            self._answers.put(make(self._gateway, self._waiting.get()))


def make(gateway: Gateway, call: Call) -> Answer:
    """One call and its answer.

    A lost answer closes the channel for a while too: behind a gateway that takes requests and never
    answers, the whole queue would otherwise become unknown, and be lost.
    """
    batch = [OutboundSms(held.id, held.msisdn, held.body) for held in call]
    try:
        reach("sender.calling")
        results = gateway.send(batch)
        reach("sender.called")
        return Answer(results, _closing(results))
    except ChannelClosed as refusal:
        return Answer(_all(batch, Outcome.DEFERRED, refusal.reason), refusal)
    except AmbiguousSend as error:
        logger.warning("the answer to a call for %d messages was lost: %s", len(batch), error)
        lost = error
    except Exception as error:
        logger.exception("a call for %d messages broke off", len(batch))
        lost = AmbiguousSend(type(error).__name__)
    return Answer(_all(batch, Outcome.UNKNOWN, Reason.ANSWER_LOST), Unavailable(str(lost)))


def _all(batch: Sequence[OutboundSms], outcome: Outcome, reason: Reason) -> list[SendResult]:
    return [SendResult(sms.reference, outcome, reason) for sms in batch]


def _closing(results: Sequence[SendResult]) -> ChannelClosed | None:
    """Why the channel closes although the call was answered: a recipient was refused for a reason
    that the next will meet as well."""
    for one in results:
        if one.outcome is Outcome.DEFERRED and one.reason in CLOSING:
            return CLOSING[one.reason]("a recipient was refused for the account's sake")
    return None


def grouped(messages: Sequence[Held], most: int) -> list[Call]:
    """Calls: equal texts together, up to `most` numbers, and no number twice in one call.

    A gateway answers by number, so a number that comes twice could not be told apart. The calls
    keep the order of their first messages.
    """
    calls: list[dict[str, Held]] = []
    of_text: dict[str, list[dict[str, Held]]] = {}
    for held in messages:
        known = of_text.setdefault(held.body, [])
        call = next((one for one in known if len(one) < most and held.msisdn not in one), None)
        if call is None:
            call = {}
            known.append(call)
            calls.append(call)
        call[held.msisdn] = held
    return [list(call.values()) for call in calls]
