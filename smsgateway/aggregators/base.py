"""What every aggregator offers beyond sending: reading its callbacks, its balance, its health."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import isfinite
from typing import Any, Protocol
from urllib.parse import parse_qsl

from smsgateway.messaging.port import DeliveryReport, Gateway, InboundSms, OptOut
from smsgateway.messaging.ussd_events import SessionEnd

MOST_FIELDS = 100


class UnusableCallback(ValueError):
    """A callback without anything that could be used; the message says what is missing."""


FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class RawRequest:
    """A callback as it came over HTTP, so that it can be kept and read again later.

    `query` is what follows the `?` of the address, still encoded.
    """

    content_type: str
    body: bytes
    query: str = ""

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.content_type.partition(";")[0].strip().lower()

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The fields of a form, the first of each name; characters that cannot be stored are gone.

        Raises UnusableCallback.
        """
        if self.media_type != FORM:
            raise UnusableCallback("the body is not a form")
        return _fields(self.body.decode("utf-8", "replace"))

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """The fields of the address, as a form has them. Raises UnusableCallback."""
        return _fields(self.query)

    @cached_property
    def json(self) -> Mapping[str, Any]:
        """The JSON object in the body, whatever its content type says. Raises UnusableCallback."""
        try:
            value = _storable(json.loads(self.body))
        except (ValueError, RecursionError):
            raise UnusableCallback("the body is not JSON") from None
        if not isinstance(value, dict):
            raise UnusableCallback("the body is not a JSON object")
        return value

    @cached_property
    def payload(self) -> Mapping[str, Any]:
        """Everything that it says, to be kept beside what was read of it."""
        if not self.body:
            return self.fields
        return self.json if self.media_type != FORM else self.form


def _fields(text: str) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise UnusableCallback(f"there are more than {MOST_FIELDS} fields") from None
    return {name: _storable_text(value) for name, value in reversed(pairs)}


def _storable_text(text: str) -> str:
    """Without what no database stores: NUL, and half a surrogate pair out of JSON."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _storable(value: Any) -> Any:
    """Without what Python reads as JSON and no database stores."""
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable_text(name): _storable(one) for name, one in value.items()}
    return value


@dataclass(frozen=True, slots=True)
class Ack:
    """How an aggregator wants its callbacks answered."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: str = "OK"


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on the account: money, with its currency as the aggregator names it, or a
    number of SMS where it sells bundles (currency None)."""

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


class FewCallbacks:
    """For gateways that post less than all: what they never post is unusable, and there is no
    balance to ask for."""

    def parse_inbound(self, request: RawRequest) -> list[InboundSms]:
        raise UnusableCallback("this gateway brings no inbound SMS")

    def parse_opt_out(self, request: RawRequest) -> list[OptOut]:
        raise UnusableCallback("this gateway tells of no opt-outs")

    def parse_session_end(self, request: RawRequest) -> SessionEnd:
        raise UnusableCallback("this gateway has no USSD")

    def ack(self) -> Ack:
        return Ack()

    def balance(self) -> Balance | None:
        return None
