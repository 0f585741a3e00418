"""Handing messages over: claim, mark, call, settle, with a commit between each and the next.

    claim (commit) -> begin_call (commit) -> HTTP, outside any transaction -> settle (commit)

A process that dies in between leaves a lease behind. Before the mark nothing has left and the
message goes back into the queue; after it nobody knows, and it is never sent again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event

from sqlalchemy.exc import OperationalError

from smsgateway.gateway_settings import MAIN_CHANNEL
from smsgateway.messaging import channels
from smsgateway.messaging.channels import Standing
from smsgateway.messaging.claim import (
    CLAIM_LIMIT,
    Claim,
    Held,
    SendingHours,
    begin_call,
    claim,
    give_back,
)
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
from smsgateway.messaging.settle import settle
from smsgateway.storage.clock import Clock
from smsgateway.storage.engine import Database

logger = logging.getLogger(__name__)

DRAIN_TIME = timedelta(minutes=10)
"""A drain ends after this and is rung for again, so that no job runs for hours."""


SETTLE_PAUSES_S = (0.1, 0.5, 2.0, 5.0)
"""Before another try to write down answers that the database did not take: they exist nowhere else,
and without them an accepted message becomes an unknown one."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one call brought; `closes` is why no other should follow it for now."""

    results: list[SendResult]
    closes: ChannelClosed | None = None


@dataclass(slots=True)
class Sender:
    """Sends what is due through one channel. One instance a process; not shared by threads.

    `stopping` ends a drain after the calls that are under way; what was not begun is given back.
    """

    database: Database
    gateway: Gateway
    clock: Clock
    hours: SendingHours
    channel: str = MAIN_CHANNEL
    stopping: Event = field(default_factory=Event)

    def send(self, ids: Collection[int]) -> int:
        """Hand over those of `ids` that are due. Returns how many were tried."""
        tried = 0
        while limit := self._limit():
            seen, begun = self._round(limit, ids)
            tried += begun
            if seen < limit:
                break
        return tried

    def drain(self) -> bool:
        """Hand over everything that is due, the most urgent first.

        Returns whether it ended before its work did: the caller rings again.
        """
        ends = self.clock.now() + DRAIN_TIME
        while limit := self._limit():
            if self.clock.now() >= ends:
                return True
            seen, _ = self._round(limit, None)
            if not seen:
                return False
        return False

    def _limit(self) -> int:
        """How many messages the next claim may take: none through a closed channel, one through
        a channel that has yet to prove that it is well again."""
        if self.stopping.is_set():
            return 0
        with self.database.read() as connection:
            standing = channels.standing(connection, self.channel, self.clock.now())
        return {Standing.OPEN: CLAIM_LIMIT, Standing.PROBING: 1, Standing.CLOSED: 0}[standing]

    def _round(self, limit: int, ids: Collection[int] | None) -> tuple[int, int]:
        """One claim and all its calls: rows looked at, messages whose call was begun."""
        with self.database.begin() as connection:
            taken = claim(
                connection, self.channel, self.clock.now(), self.hours, ids=ids, limit=limit
            )
        begun: set[int] = set()
        try:
            for wave in self._waves(taken.messages):
                if self.stopping.is_set():
                    break
                mine = self._begin(taken, wave)
                begun |= {sms.reference for call in mine for sms in call}
                if not self._hand_over(taken, mine):
                    break
        finally:
            self._give_back(taken, begun)
        return taken.seen, len(begun)

    def _waves(self, messages: Sequence[Held]) -> Iterator[list[list[OutboundSms]]]:
        """The calls of a claim, as many at a time as the gateway takes in parallel."""
        can = self.gateway.capabilities
        calls = grouped(messages, can.max_recipients_per_call)
        for start in range(0, len(calls), can.parallel_calls):
            yield calls[start : start + can.parallel_calls]

    def _begin(self, taken: Claim, wave: list[list[OutboundSms]]) -> list[list[OutboundSms]]:
        """Mark a wave as begun; what is left of its calls once others' messages are out."""
        ids = [sms.reference for call in wave for sms in call]
        with self.database.begin() as connection:
            mine = begin_call(connection, taken.lease, ids, self.clock.now(), self.hours)
        kept = [[sms for sms in call if sms.reference in mine] for call in wave]
        return [call for call in kept if call]

    def _hand_over(self, taken: Claim, calls: list[list[OutboundSms]]) -> bool:
        """Make the calls of a wave and settle them; False when one of them closed the channel."""
        answers = self._call_all(calls)
        results = [result for answer in answers for result in answer.results]
        refusals = [refusal for answer in answers if (refusal := _refusal(answer))]
        for pause_s in SETTLE_PAUSES_S:
            try:
                self._settle(taken, results, refusals)
                break
            except OperationalError as error:
                logger.warning("answers could not be settled yet: %s", type(error).__name__)
                time.sleep(pause_s)
        else:
            self._settle(taken, results, refusals)
        return not refusals

    def _settle(
        self, taken: Claim, results: list[SendResult], refusals: list[ChannelClosed]
    ) -> None:
        now = self.clock.now()
        with self.database.begin() as connection:
            settle(connection, taken.lease, results, now)
            if refusals:
                channels.pause(connection, self.channel, refusals, now)
            elif any(result.outcome is not Outcome.UNKNOWN for result in results):
                channels.prove_well(connection, self.channel)

    def _call_all(self, calls: list[list[OutboundSms]]) -> list[_Answer]:
        if len(calls) <= 1:
            return [self._call(call) for call in calls]
        with ThreadPoolExecutor(len(calls), thread_name_prefix="send") as pool:
            return list(pool.map(self._call, calls))

    def _call(self, batch: list[OutboundSms]) -> _Answer:
        """One call.

        A lost answer closes the channel for a while too: behind a gateway that takes requests and
        never answers, the whole queue would otherwise become unknown, and be lost.
        """
        try:
            return _Answer(self.gateway.send(batch))
        except ChannelClosed as refusal:
            deferred = [
                SendResult(sms.reference, Outcome.DEFERRED, refusal.reason) for sms in batch
            ]
            return _Answer(deferred, refusal)
        except AmbiguousSend as error:
            logger.warning("the answer to a call for %d messages was lost: %s", len(batch), error)
            lost = error
        except Exception as error:
            logger.exception("a call for %d messages broke off", len(batch))
            lost = AmbiguousSend(type(error).__name__)
        return _Answer(_all(batch, Outcome.UNKNOWN, Reason.ANSWER_LOST), Unavailable(str(lost)))

    def _give_back(self, taken: Claim, begun: set[int]) -> None:
        left = [held.id for held in taken.messages if held.id not in begun]
        if left:
            with self.database.begin() as connection:
                give_back(connection, taken.lease, left, self.clock.now())


def _all(batch: Sequence[OutboundSms], outcome: Outcome, reason: Reason) -> list[SendResult]:
    return [SendResult(sms.reference, outcome, reason) for sms in batch]


def _refusal(answer: _Answer) -> ChannelClosed | None:
    """Why the channel closes: the call was refused, or one of its recipients for a reason that
    the next will meet as well."""
    if answer.closes:
        return answer.closes
    reasons = (one.reason for one in answer.results if one.outcome is Outcome.DEFERRED)
    kind = next((CLOSING[reason] for reason in reasons if reason in CLOSING), None)
    return kind("a recipient was refused for the account's sake") if kind else None


def grouped(messages: Sequence[Held], most: int) -> list[list[OutboundSms]]:
    """Calls: equal texts together, up to `most` numbers, and no number twice in one call.

    A gateway answers by number, so a number that comes twice could not be told apart. The calls
    keep the order of their first messages.
    """
    calls: list[dict[str, OutboundSms]] = []
    of_text: dict[str, list[dict[str, OutboundSms]]] = {}
    for held in messages:
        known = of_text.setdefault(held.body, [])
        call = next((one for one in known if len(one) < most and held.msisdn not in one), None)
        if call is None:
            call = {}
            known.append(call)
            calls.append(call)
        call[held.msisdn] = OutboundSms(held.id, held.msisdn, held.body)
    return [list(call.values()) for call in calls]
