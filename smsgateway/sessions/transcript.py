"""What a callback's cumulative `text` says is new.

Africa's Talking sends all answers so far, joined by `*`. The answers hold a birth year or a PIN, so
the session keeps only the length and a keyed digest of what it has seen, never the text itself.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import Enum

DIGEST_BYTES = 16


@dataclass(frozen=True)
class Seen:
    """The mark of a transcript: how long it was, and its digest."""

    length: int
    digest: bytes


def mark(text: str, key: bytes) -> Seen:
    """The mark to keep of a transcript. `key`: at most 64 bytes of secret."""
    digest = hashlib.blake2b(text.encode(), key=key, digest_size=DIGEST_BYTES).digest()
    return Seen(len(text), digest)


class Nothing(Enum):
    """A transcript without a new answer."""

    REPEAT = "a repeated callback, or a late retry of an earlier step"
    ASTRAY = "it does not continue the transcript that we know"


def new_answer(text: str, seen: Seen, key: bytes) -> str | Nothing:
    """The answer that `text` adds to what was seen. Nothing runs where it adds none.

    >>> new_answer("1*2*3", mark("1*2", b"k"), b"k")
    '3'
    >>> new_answer("7*a*b*****", mark("7*a*b", b"k"), b"k")
    '****'
    >>> new_answer("1*", mark("1", b"k"), b"k")
    ''
    """
    if len(text) <= seen.length:
        return Nothing.REPEAT
    prefix, rest = text[: seen.length], text[seen.length :]
    if not hmac.compare_digest(mark(prefix, key).digest, seen.digest):
        return Nothing.ASTRAY
    if seen.length == 0:
        return rest
    return rest[1:] if rest[0] == "*" else Nothing.ASTRAY
