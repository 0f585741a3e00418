"""What goes wrong, and how often: fail points that strike, and a gateway that misbehaves."""

from __future__ import annotations

import random
from collections.abc import Collection

from torture.process import BETWEEN_STATEMENTS, FAULT_OF_CLOCK

AIMED = 0.25
"""The chance that a place strikes at which a process is aimed."""

POLITE = 0.3
"""The share of processes that are asked to stop before they would be killed."""

CHANCES = {
    "sender.calling": 0.0001,
    "sender.called": 0.0001,
    BETWEEN_STATEMENTS: 0.00005,
    "*": 0.0005,
}
"""Of the other places; less where each message passes."""

FAULTS = 0.002
"""The chance that the clock meets an unforeseen fault at a statement."""

MISBEHAVIOUR = {
    "cut-after": 0.001,
    "cut-before": 0.001,
    "lost": 0.002,
    "code-403": 0.004,
    "code-405": 0.0005,
    "code-407": 0.004,
    "code-500": 0.006,
    "code-502": 0.004,
    "http-400": 0.0005,
    "http-401": 0.0003,
    "http-429": 0.0005,
    "http-500": 0.0005,
    "http-502": 0.0005,
    "http-503": 0.0005,
    "wrong-type": 0.01,
    "string-codes": 0.01,
    "no-cost": 0.01,
    "empty": 0.0005,
    "receipts-in-order": 0.03,
    "receipts-out-of-order": 0.05,
    "receipts-twice": 0.05,
    "receipt-early": 0.05,
    "receipt-never": 0.005,
    "receipt-failed": 0.01,
    "receipt-absent": 0.01,
    "receipt-failed-then-success": 0.01,
    "receipt-unknown-word": 0.01,
    "receipt-unknown-id": 0.01,
}
"""Outcomes of the simulator by chance; everything else is accepted and reported once."""


def fail_points(
    places: frozenset[str], struck: Collection[str], aims: int, draw: random.Random
) -> str:
    """What arms a process: rules for all places, of which the first that fits one counts. It is
    aimed at from so many places that have not struck yet, until all have had their turn."""
    untouched = sorted(places - set(struck))
    aimed = dict.fromkeys(draw.sample(untouched, min(aims, len(untouched))), AIMED)
    chances = aimed | CHANCES | aimed  # those aimed at come first, and keep their chance
    kills = (f"{place}=kill@{chance}" for place, chance in chances.items())
    return ",".join([f"{FAULT_OF_CLOCK}=break@{FAULTS}", *kills])
