"""How many SMS a text costs, and where it is cut (3GPP TS 23.040, 9.2.3.24.1).

A message alone holds 160 septets, or 70 UTF-16 code units; a part of a longer message gives up six
octets to the header that joins the parts, and holds 153 or 67. A letter that takes two units (an
escape with its code, a surrogate pair) is never cut in two: a phone would show neither half.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Literal, NamedTuple

from smsgateway.text.gsm7 import EXTENSION, septets

Encoding = Literal["gsm7", "ucs2"]


class Capacity(NamedTuple):
    """Units that fit into a message alone, and into each part of a longer one."""

    alone: int
    part: int


CAPACITY: dict[Encoding, Capacity] = {"gsm7": Capacity(160, 153), "ucs2": Capacity(70, 67)}


class Measure(NamedTuple):
    """The cost of a text. `units` are septets (gsm7) or UTF-16 code units (ucs2)."""

    encoding: Encoding
    units: int
    segments: int


def measure(text: str) -> Measure:
    """The encoding, length and number of segments of `text` as it is; an empty text costs none."""
    count = septets(text)
    encoding: Encoding = "gsm7"
    if count is None:
        encoding, count = "ucs2", utf16_units(text)
    alone, part = CAPACITY[encoding]
    if count <= alone:
        return Measure(encoding, count, 1 if count else 0)
    if count == len(text):
        return Measure(encoding, count, -(-count // part))
    return Measure(encoding, count, sum(1 for _ in _ends(text, encoding)))


def split(text: str) -> list[str]:
    """The parts in which `text` is sent, packed greedily; joined they are the text again."""
    encoding, _, segments = measure(text)
    if segments <= 1:
        return [text] * segments
    parts = []
    start = 0
    for end in _ends(text, encoding):
        parts.append(text[start:end])
        start = end
    return parts


def units(text: str) -> int:
    """The length of `text` alone: septets, or UTF-16 code units when it does not fit GSM-7."""
    count = septets(text)
    return utf16_units(text) if count is None else count


def utf16_units(text: str) -> int:
    """How many UTF-16 code units `text` takes: two for a letter beyond U+FFFF, else one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _BeyondBmp:
    def __contains__(self, letter: object) -> bool:
        return isinstance(letter, str) and letter > "\uffff"


_TWO_UNITS: dict[Encoding, Container[str]] = {"gsm7": EXTENSION, "ucs2": _BeyondBmp()}


def _ends(text: str, encoding: Encoding) -> Iterator[int]:
    """Where each part of a text that needs several ends, as an index of `text`."""
    two_units = _TWO_UNITS[encoding]
    room = left = CAPACITY[encoding].part
    for index, letter in enumerate(text):
        size = 2 if letter in two_units else 1
        if size > left:
            yield index
            left = room
        left -= size
    yield len(text)
