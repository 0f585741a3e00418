"""Laying out a screen: text, numbered options and navigation keys, in pages that fit a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smsgateway.dialogue.network import BACK_KEY, HOME_KEY, MORE_KEY
from smsgateway.text.gsm7 import septets

UNSENDABLE = 10_000
"""The width of a line with a letter outside the alphabet: more than any screen has."""


@dataclass(frozen=True)
class Navigation:
    """The engine's own keys with their labels, folded, in the reader's language."""

    back: str
    home: str
    more: str

    def line(self, *, more: bool, back: bool, home: bool) -> str:
        """The last line of a page; empty where no key applies."""
        keys = []
        if more:
            keys.append(f"{MORE_KEY} {self.more}")
        if back:
            keys.append(f"{BACK_KEY} {self.back}")
        if home:
            keys.append(f"{HOME_KEY} {self.home}")
        return "  ".join(keys)


def lay_out(
    text: str,
    options: Sequence[str],
    navigation: Navigation,
    budget: int,
    *,
    leave: bool = False,
) -> list[str]:
    """The pages of a screen, each at most `budget` septets where its words allow it.

    `text` may be broken between words, an option never. `leave`: whether the screen itself can be
    left by back and home; a page after the first one always leads back to the one before.
    """
    whole = _join([text, *options], navigation.line(more=False, back=leave, home=leave))
    if width(whole) <= budget:
        return [whole]
    fullest = navigation.line(more=True, back=True, home=leave)
    bodies = list(_fill([*_paragraphs(text), *options], len(options), budget - width(fullest) - 1))
    last = len(bodies) - 1
    return [
        _join(body, navigation.line(more=page < last, back=leave or page > 0, home=leave))
        for page, body in enumerate(bodies)
    ]


def width(text: str) -> int:
    """Septets of a text; more than any screen has when a letter cannot be sent as GSM-7."""
    count = septets(text)
    return UNSENDABLE if count is None else count


def _join(lines: Sequence[str], navigation: str) -> str:
    return "\n".join([*(line for line in lines if line), *([navigation] if navigation else [])])


def _paragraphs(text: str) -> list[str]:
    return text.split("\n") if text else []


def _fill(lines: list[str], options: int, room: int) -> Iterator[list[str]]:
    """Fill pages greedily; only the lines before the last `options` may be broken."""
    first_option = len(lines) - options
    page: list[str] = []
    used = 0
    for index, line in enumerate(lines):
        pieces = [line] if index >= first_option else list(_break(line, room))
        for piece in pieces:
            cost = width(piece) + (1 if page else 0)
            if page and used + cost > room:
                yield page
                page, used, cost = [], 0, width(piece)
            page.append(piece)
            used += cost
    if page:
        yield page


def _break(line: str, room: int) -> Iterator[str]:
    """Break a line between words into pieces of at most `room` septets, a longer word anywhere."""
    piece = ""
    for word in line.split(" "):
        longer = f"{piece} {word}" if piece else word
        if width(longer) <= room:
            piece = longer
            continue
        if piece:
            yield piece
        *full, piece = _cut(word, room)
        yield from full
    yield piece


def _cut(word: str, room: int) -> list[str]:
    """A word in pieces of at most `room` septets."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width(pieces[-1] + letter) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces
