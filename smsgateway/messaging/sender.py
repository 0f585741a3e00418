"""Handing messages over: claim, mark, call, settle, with a commit between each and the next.

    claim (commit) -> begin_call (commit) -> HTTP, outside any transaction -> settle (commit)

A process that dies in between leaves a lease behind. Before the mark nothing has left and the
message goes back into the queue; after it nobody knows, and it is never sent again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from threading import Event

from smsgateway.gateway_settings import MAIN_CHANNEL
from smsgateway.messaging.calls import Lines
from smsgateway.messaging.handover import HandOver
from smsgateway.messaging.hours import SendingHours
from smsgateway.messaging.pace import Pace
from smsgateway.messaging.port import Gateway
from smsgateway.storage.clock import Clock
from smsgateway.storage.engine import Database

DRAIN_TIME = timedelta(minutes=10)
"""A drain ends after this and is rung for again, so that no job runs for hours."""


@dataclass
class Sender:
    """Sends what is due through one channel. One instance a process; not shared by threads.

    `stopping` ends a drain after the calls that are under way; what was not begun is given back.
    `fallback` is the channel for recipients to whom this one has no route; `rerouted` are the
    messages that have gone there and that nobody has been told of.
    """

    database: Database
    gateway: Gateway
    clock: Clock
    hours: SendingHours
    channel: str = MAIN_CHANNEL
    stopping: Event = field(default_factory=Event)
    pace: Pace = field(default_factory=Pace)
    fallback: str | None = None
    rerouted: list[int] = field(default_factory=list)

    def send(self, ids: Collection[int]) -> int:
        """Hand over those of `ids` that are due, ahead of all others. Returns how many were tried.

        Somebody is waiting for them, so they do not wait for the pace of the channel.
        """
        return HandOver(self, ids=ids).run().begun

    def drain(self) -> bool:
        """Hand over everything that is due, the most urgent first.

        Returns whether it ended before its work did: the caller rings again.
        """
        return HandOver(self, ends_at=self.clock.now() + DRAIN_TIME).run().time_over

    @cached_property
    def lines(self) -> Lines:
        """The lines of this process to the gateway; kept, with their connections."""
        return Lines(self.gateway)
