"""What a mobile network allows, and the networks that an installation knows.

No operator of Mali has published its limits: they are data (`networks.toml`), which an installation
replaces by its own file when an operator has told it otherwise.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from smsgateway.text.orthography import Policy


class Medium(StrEnum):
    """How screens reach a person."""

    USSD = "ussd"
    SMS = "sms"


@dataclass(frozen=True)
class Keys:
    """The engine's own keys. A network or gateway that keeps one for itself gets others."""

    back: str = "0"
    home: str = "00"
    more: str = "98"

    @property
    def all(self) -> frozenset[str]:
        return frozenset({self.back, self.home, self.more})


@dataclass(frozen=True)
class Network:
    """`budget`: septets of one screen without `CON `. GSM allows 182; 160 until confirmed.

    `idle_s`: seconds after which the network ends a session that nobody answers; `session_s`: those
    of a whole session. `letters`: which ones arrive; `ascii` where accents break.
    """

    name: str
    budget: int = 160
    idle_s: int = 30
    session_s: int = 180
    letters: Policy = Policy.COMPACT
    keys: Keys = field(default_factory=Keys)
    medium: Medium = Medium.USSD


DEFAULT_NETWORK = Network("default")
SMS_NETWORK = Network("sms", budget=306, idle_s=86_400, session_s=86_400, medium=Medium.SMS)
"""Dialogues by SMS: a reply is at most two segments of 153 septets, and shows no keys."""

MOST_SEPTETS = 182
"""160 octets of seven bits each (3GPP TS 23.038, 6.1.2.3)."""


class NetworksError(ValueError):
    """A file of networks that cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Networks:
    """`by_code`: network code (MCC and MNC, as gateways send it) -> what differs from `default`."""

    default: Network = DEFAULT_NETWORK
    by_code: Mapping[str, Network] = field(default_factory=dict)

    def of(self, code: str) -> Network:
        """The network of a code; the default one when nothing is known of it."""
        return self.by_code.get(code, self.default)

    @property
    def kinds(self) -> tuple[Network, ...]:
        """One network of each kind that screens can meet, SMS among them."""
        kinds: dict[Network, Network] = {}
        for one in (self.default, *self.by_code.values()):
            kinds.setdefault(replace(one, name=""), one)
        return (*kinds.values(), SMS_NETWORK)


def read_networks(text: str) -> Networks:
    """The networks of a TOML file in the format of `networks.toml`. Raises NetworksError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NetworksError(f"it is no TOML: {error}") from None
    by_code = tables.pop("networks", {})
    default = _network("default", tables.pop("default", {}), DEFAULT_NETWORK)
    if tables:
        raise NetworksError(f"there is no table {min(tables)}, only default and networks")
    for code in by_code:
        if not re.fullmatch(r"\d{5,6}", code, re.ASCII):
            raise NetworksError(f"networks.{code}: a code has five or six digits")
    return Networks(
        default,
        {code: _network(f"networks.{code}", row, default) for code, row in by_code.items()},
    )


@cache
def shipped() -> Networks:
    """The networks of the package."""
    file = resources.files("smsgateway.dialogue") / "networks.toml"
    return read_networks(file.read_text(encoding="utf-8"))


_BOUNDS = {"budget": (60, MOST_SEPTETS), "idle_s": (5, 600), "session_s": (30, 3_600)}


def _network(where: str, row: Any, basis: Network) -> Network:
    if not isinstance(row, dict):
        raise NetworksError(f"{where}: it is a table")
    changes: dict[str, Any] = {"name": row.pop("name", where.rpartition(".")[2])}
    for name, (least, most) in _BOUNDS.items():
        if name in row:
            value = row.pop(name)
            if type(value) is not int or not least <= value <= most:
                raise NetworksError(f"{where}: {name} is a whole number from {least} to {most}")
            changes[name] = value
    if "letters" in row:
        letters = row.pop("letters")
        if letters not in (Policy.COMPACT, Policy.ASCII):
            raise NetworksError(f'{where}: letters are "compact" or "ascii"')
        changes["letters"] = Policy(letters)
    if "keys" in row:
        changes["keys"] = _keys(where, row.pop("keys"))
    if row:
        raise NetworksError(f"{where}: {min(row)} is unknown")
    return replace(basis, **changes)


def _keys(where: str, row: Any) -> Keys:
    names = ("back", "home", "more")
    if not isinstance(row, dict) or not set(row) <= set(names):
        raise NetworksError(f"{where}: keys are {', '.join(names)}")
    if not all(isinstance(key, str) and re.fullmatch(r"[\d#*]{1,3}", key) for key in row.values()):
        raise NetworksError(f"{where}: a key is one to three of 0 to 9, # and *, in quotes")
    keys = Keys(**row)
    if len(keys.all) < len(names):
        raise NetworksError(f"{where}: the keys have to differ")
    return keys
