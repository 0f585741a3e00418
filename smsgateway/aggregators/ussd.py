"""The USSD side of an aggregator: reading a callback into a turn, and putting a screen on the wire.

A port of its own, because the gateway that carries a code is often not the one that sends the SMS.
Nothing past it knows what the callback's fields are called or how the wire says "go on".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from smsgateway.aggregators.base import RawRequest

MOST_SESSION_ID = 80
"""Letters; a longer id is nobody's."""


@dataclass(frozen=True, slots=True)
class UssdTurn:
    """A step of a call. `text` is the transcript: all answers so far, joined by `*`.

    `service_code` and `network_code` are empty where the aggregator does not tell them.
    """

    aggregator: str
    channel: str
    session_id: str
    msisdn: str
    service_code: str
    network_code: str
    text: str

    @property
    def session_key(self) -> str:
        """The session's name in Redis and SQL; it holds no number."""
        return f"ussd:{self.aggregator}:{self.session_id}"


@dataclass(frozen=True, slots=True)
class UssdAnswer:
    """A screen on the wire; the status is 200 whatever happened."""

    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "text/plain; charset=utf-8"


class UssdPort(Protocol):
    """How an aggregator carries USSD."""

    def read_turn(self, request: RawRequest, channel: str) -> UssdTurn:
        """The step in a callback. Raises UnusableCallback."""
        ...

    def answer(self, text: str, *, final: bool, screen: str) -> UssdAnswer:
        """`text` as the aggregator wants it; `screen` is the node's name, or empty."""
        ...
