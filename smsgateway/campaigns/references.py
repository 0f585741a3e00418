"""References that people read out over the telephone."""

from __future__ import annotations

import secrets

LETTERS = "23456789ABCDEFGHJKMNPRSTWXYZ"
"""Without those that look or sound like others: 0 and O, 1 and I and L, U and V, Q."""

LENGTH = 6


def new_reference() -> str:
    """A random reference such as C7K3FX: about 480 million of them."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
