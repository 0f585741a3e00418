"""What a mobile network allows. No operator of Mali has published its limits: they are settings."""

from __future__ import annotations

from dataclasses import dataclass

MORE_KEY = "98"
BACK_KEY = "0"
HOME_KEY = "00"
NAVIGATION_KEYS = frozenset({BACK_KEY, HOME_KEY, MORE_KEY})


@dataclass(frozen=True)
class Network:
    """`budget`: septets of one screen without `CON `. GSM allows 182; 160 until confirmed."""

    name: str
    budget: int = 160


DEFAULT_NETWORK = Network("default")
NETWORKS: dict[str, Network] = {}
"""Network code (MCC+MNC as the gateway sends it) -> its limits, where they differ from default."""


def network_of(code: str) -> Network:
    """The limits of a network code; the default ones when nothing is known of it."""
    return NETWORKS.get(code, DEFAULT_NETWORK)
