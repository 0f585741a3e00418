"""Hashes of PINs and invitation codes.

Four digits do not withstand somebody who has the database and time; argon2 buys time there, and
the lock after three tries protects against everybody else.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

CODE_DIGITS = 6

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's smallest setting of argon2id (19 MiB, two passes): about 20 ms on a small machine."""


def hash_secret(secret: str) -> str:
    """The hash of a PIN or code, with its own salt."""
    return _hasher.hash(secret)


def matches(hashed: str, secret: str) -> bool:
    """Whether `secret` is what was hashed. Raises what argon2 raises for a hash that is broken."""
    try:
        return _hasher.verify(hashed, secret)
    except VerifyMismatchError:
        return False


def new_code() -> str:
    """A one-time code to invite somebody with."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def keyed_mark(text: str, key: str) -> str:
    """A mark of 32 letters by which a text is known again, and not found without the key."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
