"""The description of a gateway, read and checked: what to ask, how to read what comes back.

docs/aggregators.md explains each key with an example. A key that is unknown or missing stops the
start: a rule that is misspelt would otherwise never hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, get_type_hints

from smsgateway.aggregators.http.templates import nested
from smsgateway.errors import SettingsError

T = TypeVar("T")

SETTING = "HTTP_GATEWAY_FILE"

BODIES = ("json", "form", "none")


@dataclass(frozen=True)
class Request:
    """A request; texts may hold `{to}`, `{digits}` (the number without +), `{text}` and
    `{reference}` (our id). A dot in the name of a field makes an object in JSON."""

    url: str
    method: str = "POST"
    body: str = "json"
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Acceptance:
    """What an accepted send is answered: one of `status`, and where there is a `path` or a
    `pattern`, one of `values` there, or the pattern in the text."""

    status: list[int] = field(default_factory=lambda: [200, 201, 202])
    path: str = ""
    values: list[Any] = field(default_factory=list)
    pattern: str = ""
    id: str = ""
    id_pattern: str = ""
    cost: str = ""
    currency: str = ""


@dataclass(frozen=True)
class Refusals:
    """Where a refusal says why (`path` in JSON, or the first group of `pattern`), and which words
    mean what."""

    path: str = ""
    pattern: str = ""
    permanent: list[Any] = field(default_factory=list)
    transient: list[Any] = field(default_factory=list)
    opted_out: list[Any] = field(default_factory=list)
    out_of_credit: list[Any] = field(default_factory=list)
    misconfigured: list[Any] = field(default_factory=list)
    throttled: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Receipts:
    """Where a receipt says what; `each` is the path to a list of them."""

    status: str
    id: str = ""
    reference: str = ""
    number: str = ""
    each: str = ""
    sent: list[Any] = field(default_factory=list)
    delivered: list[Any] = field(default_factory=list)
    failed: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Inbound:
    """Where an inbound SMS says what."""

    sender: str
    text: str
    id: str = ""
    recipient: str = ""
    date: str = ""
    each: str = ""


@dataclass(frozen=True)
class BalanceRequest:
    """How to ask for the balance; `path` leads to the amount in a JSON answer."""

    url: str
    path: str
    currency: str = ""
    method: str = "GET"
    body: str = "none"
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """How much the gateway takes; `per_second` 0 means that it names no limit."""

    parallel: int = 8
    per_second: float = 0.0


@dataclass(frozen=True)
class Reply:
    """How the gateway wants its callbacks answered."""

    status: int = 200
    body: str = "OK"
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Description:
    """A gateway by HTTP; None for what it does not offer."""

    send: Request
    accepted: Acceptance
    refused: Refusals
    receipts: Receipts | None
    inbound: Inbound | None
    balance: BalanceRequest | None
    limits: Limits
    reply: Reply


_SECTIONS = frozenset(one.name for one in fields(Description))


def read(data: Mapping[str, Any]) -> Description:
    """The description in a TOML file. Raises SettingsError."""
    if unknown := sorted(set(data) - _SECTIONS):
        raise _wrong(f"there is no section [{unknown[0]}]")
    if "send" not in data:
        raise _wrong("the section [send] is missing")
    description = Description(
        send=_section(Request, "send", data["send"]),
        accepted=_section(Acceptance, "accepted", data.get("accepted", {})),
        refused=_section(Refusals, "refused", data.get("refused", {})),
        receipts=_optional(Receipts, "receipts", data),
        inbound=_optional(Inbound, "inbound", data),
        balance=_optional(BalanceRequest, "balance", data),
        limits=_section(Limits, "limits", data.get("limits", {})),
        reply=_section(Reply, "reply", data.get("reply", {})),
    )
    _check(description)
    return description


def _optional(kind: type[T], name: str, data: Mapping[str, Any]) -> T | None:
    return _section(kind, name, data[name]) if name in data else None


def _section(kind: type[T], name: str, given: object) -> T:
    """One section as its dataclass, each value of the type that its field has."""
    if not isinstance(given, Mapping):
        raise _wrong(f"{name} must be a section")
    types = get_type_hints(kind)
    for key, value in given.items():
        if key not in types:
            raise _wrong(f"[{name}] has no key {key}")
        expected = getattr(types[key], "__origin__", types[key])
        if expected is float and type(value) is int:
            continue
        if not isinstance(value, expected) or type(value) is bool:
            raise _wrong(f"{key} in [{name}] must be of type {expected.__name__.lower()}")
    for one in fields(kind):  # type: ignore[arg-type]
        if one.default is MISSING and one.default_factory is MISSING and one.name not in given:
            raise _wrong(f"[{name}] needs {one.name}")
    return kind(**given)


def _check(description: Description) -> None:
    """What the types of the keys do not say."""
    _check_request("send", description.send)
    if description.balance:
        _check_request("balance", description.balance)
    accepted = description.accepted
    for pattern in (accepted.pattern, accepted.id_pattern, description.refused.pattern):
        try:
            re.compile(pattern)
        except re.error as error:
            raise _wrong(f"{pattern!r} is no pattern ({error})") from None
    if not all(type(status) is int for status in accepted.status):
        raise _wrong("status in [accepted] is a list of figures")
    if accepted.path and not accepted.values:
        raise _wrong("[accepted] has a path and no values")
    if description.limits.parallel < 1:
        raise _wrong("parallel in [limits] is at least 1")


def _check_request(name: str, request: Request | BalanceRequest) -> None:
    if not request.url.startswith(("http://", "https://")):
        raise _wrong(f"url in [{name}] must begin with http:// or https://")
    if request.body not in BODIES:
        raise _wrong(f"body in [{name}] is one of {', '.join(BODIES)}")
    try:
        nested(request.fields)
    except (TypeError, AttributeError):
        raise _wrong(f"a field in [{name}] is a value and an object at once") from None


def _wrong(why: str) -> SettingsError:
    return SettingsError(f"{SETTING} is wrong: {why}.")
