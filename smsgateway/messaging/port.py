"""What the outbox expects of a way out: the port that every aggregator implements.

The words here are ours and the same for all gateways; an aggregator translates its own into them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from smsgateway.messaging.states import State


class Outcome(StrEnum):
    """What became of one recipient of a call."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    """Refused for good."""
    DEFERRED = "deferred"
    """Proved not accepted, and may pass later."""
    UNKNOWN = "unknown"
    """The answer says nothing about it: it may have been accepted."""


class Reason(StrEnum):
    """Why, in words that are the same for all gateways."""

    INVALID_NUMBER = "invalid_number"
    UNSUPPORTED_NUMBER = "unsupported_number"
    OPTED_OUT = "opted_out"
    ABSENT = "absent"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    SENDER_ID = "sender_id"
    CREDENTIALS = "credentials"
    RISK_HOLD = "risk_hold"
    NO_ROUTE = "no_route"
    CONTENT_BLOCKED = "content_blocked"
    DO_NOT_DISTURB = "do_not_disturb"
    SUBSCRIBER_CREDIT = "subscriber_credit"
    SUBSCRIBER_SUSPENDED = "subscriber_suspended"
    NOT_SUBSCRIBED = "not_subscribed"
    GATEWAY = "gateway"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    MISCONFIGURED = "misconfigured"
    ANSWER_LOST = "answer_lost"
    SUBMITTED = "submitted"
    BUFFERED = "buffered"
    REJECTED = "rejected"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class OutboundSms:
    """One SMS to hand over; `reference` is our id of the message."""

    reference: int
    msisdn: str
    body: str


@dataclass(frozen=True, slots=True)
class SendResult:
    """What the gateway said of one SMS.

    `most_attempts` bounds the calls of a deferred one where waiting longer is vain.
    """

    reference: int
    outcome: Outcome
    reason: Reason | None = None
    aggregator_message_id: str | None = None
    cost: Decimal | None = None
    currency: str | None = None
    most_attempts: int | None = None


class ChannelClosed(Exception):
    """The whole call was refused: nothing was accepted, and the next call would fare no better."""

    reason = Reason.OTHER
    retry_after: timedelta | None = None

    def __init__(self, detail: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(ChannelClosed):
    """The gateway cannot be reached or says that it is in trouble."""

    reason = Reason.UNREACHABLE


class Throttled(ChannelClosed):
    """The gateway asks for fewer calls."""

    reason = Reason.THROTTLED


class OutOfCredit(ChannelClosed):
    """The account has no money left."""

    reason = Reason.INSUFFICIENT_BALANCE


class Misconfigured(ChannelClosed):
    """Something that only a person can put right. `reason` says what."""

    reason = Reason.MISCONFIGURED


class BadCredentials(Misconfigured):
    """The gateway does not know the account or its key."""

    reason = Reason.CREDENTIALS


class SenderRefused(Misconfigured):
    """The gateway does not accept the sender id."""

    reason = Reason.SENDER_ID


class AccountHeld(Misconfigured):
    """The gateway holds the account's traffic back for a check."""

    reason = Reason.RISK_HOLD


CLOSING: dict[Reason | None, type[ChannelClosed]] = {
    kind.reason: kind for kind in (OutOfCredit, SenderRefused, AccountHeld)
}
"""Reasons that a gateway gives for one recipient and that hold for all."""


class AmbiguousSend(Exception):
    """The request left and its answer was lost: every SMS of the call may have been accepted."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a gateway can do, as far as the sender must know."""

    max_recipients_per_call: int = 1
    """Of one text."""
    parallel_calls: int = 1
    delivery_reports: bool = True
    inbound: bool = True
    opt_out_callback: bool = False
    most_per_second: float | None = None
    """SMS that the gateway takes in a second; None where it names no limit."""
    knows_our_reference: bool = False
    """Its receipts name our own id of the message, so that they find it even when the answer to
    the send was lost."""
    price_in_answer: bool = False
    callbacks_by_get: bool = False
    """It calls back with GET and puts everything into the address."""


class Gateway(Protocol):
    """A way out, as the sender sees it."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
        """Hand over one text to several numbers, each at most once in `batch`.

        Gives a result for each in the same order. Raises ChannelClosed when the whole call was
        refused and AmbiguousSend when its answer was lost. Safe to call from several threads.
        """
        ...


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a gateway says later. `state` is None for a status word that we do not know.

    `reference` is our own id of the message where the gateway gives it back.
    """

    aggregator_message_id: str | None
    msisdn: str | None
    status: str
    state: State | None
    reason: Reason | None = None
    reference: int | None = None


@dataclass(frozen=True, slots=True)
class InboundSms:
    """An SMS from somebody. `sender` may be alphanumeric. `sent_at` is when it was sent, as far as
    the gateway says so."""

    aggregator_message_id: str
    sender: str
    recipient: str | None
    body: str
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OptOut:
    """A phone that refused messages at the gateway itself."""

    msisdn: str
