"""What every aggregator offers beyond sending: reading its callbacks, its balance, its health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Protocol
from urllib.parse import parse_qsl

from smsgateway.messaging.port import DeliveryReport, Gateway, InboundSms, OptOut
from smsgateway.messaging.ussd_events import SessionEnd

MOST_FIELDS = 100


class UnusableCallback(ValueError):
    """A callback without anything that could be used; the message says what is missing."""


@dataclass(frozen=True)
class RawRequest:
    """A callback as it came over HTTP, so that it can be kept and read again later."""

    content_type: str
    body: bytes

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The fields of a form, the first of each name; characters that cannot be stored are gone.

        Raises UnusableCallback.
        """
        media_type = self.content_type.partition(";")[0].strip().lower()
        if media_type != "application/x-www-form-urlencoded":
            raise UnusableCallback("the body is not a form")
        try:
            pairs = parse_qsl(
                self.body.decode("utf-8", "replace"),
                keep_blank_values=True,
                errors="replace",
                max_num_fields=MOST_FIELDS,
            )
        except ValueError:
            raise UnusableCallback(f"the form has more than {MOST_FIELDS} fields") from None
        return {name: value.replace("\0", "") for name, value in reversed(pairs)}


@dataclass(frozen=True, slots=True)
class Ack:
    """How an aggregator wants its callbacks answered."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: str = "OK"


@dataclass(frozen=True, slots=True)
class Balance:
    """Money left on the account; currency as the aggregator names it."""

    amount: Decimal
    currency: str | None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether an aggregator can be reached with our credentials; `detail` is for operators."""

    ok: bool
    detail: str


class Aggregator(Gateway, Protocol):
    """A gateway with its callbacks. The parsers raise UnusableCallback."""

    def parse_delivery_report(self, request: RawRequest) -> list[DeliveryReport]: ...

    def parse_inbound(self, request: RawRequest) -> list[InboundSms]: ...

    def parse_opt_out(self, request: RawRequest) -> list[OptOut]: ...

    def parse_session_end(self, request: RawRequest) -> SessionEnd: ...

    def ack(self) -> Ack: ...

    def balance(self) -> Balance | None:
        """What is left on the account; None where it cannot be asked. Raises ChannelClosed."""
        ...

    def health(self) -> Health: ...
