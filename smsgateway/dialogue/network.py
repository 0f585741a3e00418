"""What a mobile network allows. No operator of Mali has published its limits: they are data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


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
    """`budget`: septets of one screen without `CON `. GSM allows 182; 160 until confirmed."""

    name: str
    budget: int = 160
    medium: Medium = Medium.USSD
    keys: Keys = field(default_factory=Keys)


DEFAULT_NETWORK = Network("default")
SMS_NETWORK = Network("sms", budget=306, medium=Medium.SMS)
"""Dialogues by SMS: a reply is at most two segments of 153 septets, and shows no keys."""

NETWORKS: dict[str, Network] = {}
"""Network code (MCC+MNC as the gateway sends it) -> its limits, where they differ from default."""


def network_of(code: str) -> Network:
    """The limits of a network code; the default ones when nothing is known of it."""
    return NETWORKS.get(code, DEFAULT_NETWORK)
