"""One run of a sender: a flow from the claim to the settling, in which nothing waits for the rest.

Calls are made on lines, in threads. This thread alone talks to SQL: it keeps some messages claimed
and some marked ahead of the lines, and settles the answers many at a time. What is marked ahead is
what the lines use up within a tenth of a second, so that a STOP holds at once and a crash leaves
little in doubt.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from smsgateway.failpoints import reach
from smsgateway.messaging import channels
from smsgateway.messaging.calls import Call, grouped
from smsgateway.messaging.channels import Standing
from smsgateway.messaging.claim import (
    CLAIM_LIMIT,
    begin_call,
    claim,
    give_back,
    new_lease,
    take_back,
)
from smsgateway.messaging.fallback import reroute
from smsgateway.messaging.port import ChannelClosed, Outcome, Reason, SendResult
from smsgateway.messaging.settle import settle

if TYPE_CHECKING:
    from smsgateway.messaging.sender import Sender

logger = logging.getLogger(__name__)

AHEAD_S = 0.1
"""How much may be marked ahead of the lines, in seconds of what they get done."""

LINGER_S = 0.02
"""How long to wait for more answers while the lines have work, so that one mark serves many."""

SETTLE_AT = 200
SETTLE_AFTER_S = 0.25
"""Answers are settled when there are so many, or when the first has waited so long."""

SETTLE_PAUSES_S = (0.1, 0.5, 2.0, 5.0)
"""Before another try to write down answers that the database did not take: they exist nowhere else,
and without them an accepted message becomes an unknown one."""

MOST_HELD = 4 * CLAIM_LIMIT
"""Messages in the hands of one run, called or not."""


class HandOver:
    """One run. `begun` counts the messages whose call was begun, `time_over` says that there was
    more to do."""

    def __init__(
        self,
        sender: Sender,
        *,
        ids: Collection[int] | None = None,
        ends_at: datetime | None = None,
    ) -> None:
        """Of `ids` alone when they are given; until `ends_at`."""
        self.begun = 0
        self.time_over = False
        self._sender = sender
        self._lines = sender.lines
        self._ids = ids
        self._ends_at = ends_at
        self._lease = new_lease()
        self._ready: deque[Call] = deque()
        self._held: set[int] = set()
        self._results: list[SendResult] = []
        self._results_since = 0.0
        self._refusals: list[ChannelClosed] = []
        self._standing = Standing.OPEN
        self._ended = False
        self._dry = False
        self._rate = _Rate()

    def run(self) -> HandOver:
        """Hand over until nothing is due, the channel closes, time is over or a stop is asked."""
        try:
            while self._go_on():
                wait_s = self._begin()
                self._collect(wait_s)
        finally:
            self._wind_up()
        return self

    def _go_on(self) -> bool:
        """Claim where there is room. False when the run is over."""
        if self._is_idle():
            self._settle()
        while not (self._ended or self._is_over()) and (self._is_idle() or self._has_room()):
            self._claim()
        return not (self._is_idle() or self._is_over())

    def _is_idle(self) -> bool:
        return not self._lines.busy and not self._ready

    def _is_over(self) -> bool:
        """Whether no further call may be begun, whatever waits."""
        if self._ends_at and self._sender.clock.now() >= self._ends_at:
            self.time_over = True
        return self.time_over or bool(self._refusals) or self._sender.stopping.is_set()

    def _has_room(self) -> bool:
        ahead = sum(len(call) for call in self._ready)
        return (
            not self._dry
            and self._standing is Standing.OPEN
            and ahead < CLAIM_LIMIT // 2
            and len(self._held) + CLAIM_LIMIT <= MOST_HELD
        )

    def _claim(self) -> None:
        """Take what is due; with nothing to be seen, the run ends after what it holds."""
        limit = self._limit()
        if not limit:
            self._ended = True
            return
        sender = self._sender
        with sender.database.begin() as connection:
            taken = claim(
                connection,
                sender.channel,
                sender.clock.now(),
                sender.hours,
                lease=self._lease,
                ids=self._ids,
                limit=limit,
            )
        reach("sender.claimed")
        self._dry = taken.seen < limit
        self._ended = not taken.seen or (self._dry and self._ids is not None)
        self._held.update(held.id for held in taken.messages)
        self._ready += grouped(taken.messages, sender.gateway.capabilities.max_recipients_per_call)

    def _limit(self) -> int:
        """How many messages the next claim may take: none through a closed channel, one through
        a channel that has yet to prove that it is well again."""
        sender = self._sender
        with sender.database.read() as connection:
            self._standing = channels.standing(connection, sender.channel, sender.clock.now())
        return {Standing.OPEN: CLAIM_LIMIT, Standing.PROBING: 1, Standing.CLOSED: 0}[self._standing]

    def _begin(self) -> float:
        """Mark as many calls as the lines have room for, and put them on the lines.

        Returns for how many seconds the pace of the channel allows no more.
        """
        calls = list(self._next())
        grant = self._sender.pace.grant(
            [sum(held.segments for held in call) for call in calls], urgent=self._ids is not None
        )
        for _ in calls[: grant.calls]:
            self._ready.popleft()
        self._mark(calls[: grant.calls])
        return grant.wait_s if grant.calls < len(calls) else 0.0

    def _next(self) -> Sequence[Call]:
        ahead = self._ahead()
        free = self._lines.capacity + ahead - self._lines.busy
        if free < max(ahead, 1) and self._lines.busy:
            return ()
        return [self._ready[place] for place in range(min(free, len(self._ready)))]

    def _ahead(self) -> int:
        """Calls that may wait for a line: what the lines finish in a moment, half of them at most,
        and none while the channel is on trial."""
        return min(self._lines.capacity // 2, int(self._rate.a_second * AHEAD_S))

    def _mark(self, calls: Sequence[Call]) -> None:
        """Write the marks, then put on the lines what is left once others' messages are out."""
        if not calls:
            return
        sender = self._sender
        reach("sender.marking")
        with sender.database.write_once() as connection:
            marked = begin_call(
                connection,
                self._lease,
                [held for call in calls for held in call],
                sender.clock.now(),
            )
        reach("sender.marked")
        self.begun += len(marked)
        left_out = [held.id for call in calls for held in call if held.id not in marked]
        for call in calls:
            if kept := [held for held in call if held.id in marked]:
                self._lines.put(kept)
        self._give_back(left_out)

    def _collect(self, wait_s: float) -> None:
        """Take answers as they come, and settle them when there are enough."""
        ahead = self._ahead()
        if not self._lines.busy:
            self._sender.stopping.wait(min(wait_s, SETTLE_AFTER_S))
            return
        linger_s = LINGER_S if ahead else 0.0
        answers = self._lines.take(
            min(wait_s or SETTLE_AFTER_S, SETTLE_AFTER_S), max(ahead, 1), linger_s
        )
        self._rate.count(len(answers))
        if answers and not self._results:
            self._results_since = time.monotonic()
        for answer in answers:
            self._results += answer.results
            if answer.closes:
                self._refusals.append(answer.closes)
        waited_s = time.monotonic() - self._results_since
        if len(self._results) >= SETTLE_AT or (self._results and waited_s >= SETTLE_AFTER_S):
            self._settle()

    def _settle(self) -> None:
        """Write down the answers; patiently, because they exist nowhere else."""
        if not self._results:
            return
        reach("sender.settling")
        for pause_s in SETTLE_PAUSES_S:
            try:
                self._settle_once()
                break
            except OperationalError as error:
                logger.warning("answers could not be settled yet: %s", type(error).__name__)
                time.sleep(pause_s)
        else:
            self._settle_once()
        reach("sender.settled")
        self._held.difference_update(result.reference for result in self._results)
        self._results = []

    def _settle_once(self) -> None:
        sender = self._sender
        proved = any(result.outcome is not Outcome.UNKNOWN for result in self._results)
        now = sender.clock.now()
        with sender.database.begin() as connection:
            settle(connection, self._lease, self._results, now)
            rerouted = self._reroute(connection, now)
            if proved and self._standing is Standing.PROBING and not self._refusals:
                channels.prove_well(connection, sender.channel)
        sender.rerouted += rerouted

    def _reroute(self, connection: Connection, now: datetime) -> list[int]:
        """Have the fallback try recipients that were refused for want of a route."""
        sender = self._sender
        ids = [one.reference for one in self._results if one.reason is Reason.NO_ROUTE]
        if not ids or sender.fallback is None:
            return []
        return reroute(connection, sender.channel, sender.fallback, ids, now)

    def _wind_up(self) -> None:
        """Make no further call, wait for those under way, settle them, give back the rest."""
        withdrawn = [held.id for call in self._lines.withdraw() for held in call]
        while self._lines.busy:
            self._collect(SETTLE_AFTER_S)
        self._settle()
        sender = self._sender
        self.begun -= len(withdrawn)
        reach("sender.handing_back")
        if withdrawn:
            with sender.database.begin() as connection:
                take_back(connection, self._lease, withdrawn, sender.clock.now())
        self._give_back([held.id for call in self._ready for held in call])
        reach("sender.handed_back")
        if self._refusals:
            with sender.database.begin() as connection:
                channels.pause(connection, sender.channel, self._refusals, sender.clock.now())

    def _give_back(self, ids: Sequence[int]) -> None:
        if ids:
            sender = self._sender
            with sender.database.begin() as connection:
                give_back(connection, self._lease, ids, sender.clock.now())
            self._held.difference_update(ids)


class _Rate:
    """Calls finished in a second, of late."""

    def __init__(self) -> None:
        self.a_second = 0.0
        self._since = time.monotonic()
        self._count = 0

    def count(self, finished: int) -> None:
        """Count calls; twenty times a second the figure moves towards what was counted."""
        self._count += finished
        now = time.monotonic()
        if (passed_s := now - self._since) >= 0.05:
            self.a_second += 0.5 * (self._count / passed_s - self.a_second)
            self._since, self._count = now, 0
