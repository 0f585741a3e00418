"""Laying out a screen: text, numbered options and navigation keys, in pages that fit a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smsgateway.text.gsm7 import septets

UNSENDABLE = 10_000
"""The width of a line with a letter outside the alphabet: more than any screen has."""


@dataclass(frozen=True)
class Navigation:
    """What a network shows of the engine's own keys: folded, in the reader's language."""

    back: str
    home: str
    more: str

    def line(self, *, more: bool, back: bool, home: bool) -> str:
        """The last line of a page; empty where no key applies."""
        shown = ((more, self.more), (back, self.back), (home, self.home))
        return "  ".join(label for applies, label in shown if applies and label)


@dataclass(frozen=True)
class Exits:
    """How a screen can be left: back to another one, home, or not at all since the call `ends`."""

    back: bool = False
    home: bool = False
    ends: bool = False


def lay_out(
    text: str, options: Sequence[str], navigation: Navigation, budget: int, exits: Exits
) -> list[str]:
    """The pages of a screen, each at most `budget` septets where its words allow it.

    `text` may be broken between words, an option never. A page after the first one always leads
    back to the one before, unless it is the last of a call.
    """
    whole = _join([text, *options], navigation.line(more=False, back=exits.back, home=exits.home))
    if width(whole) <= budget:
        return [whole]
    fullest = navigation.line(more=True, back=True, home=exits.home)
    bodies = list(_fill([*_paragraphs(text), *options], len(options), budget - width(fullest) - 1))
    last = len(bodies) - 1
    pages = []
    for page, body in enumerate(bodies):
        back = exits.back or page > 0
        if page == last and exits.ends:
            back = False
        pages.append(_join(body, navigation.line(more=page < last, back=back, home=exits.home)))
    return pages


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
    left = room
    for index, line in enumerate(lines):
        pieces = [line] if index >= first_option else list(_break(line, left, room))
        for piece in pieces:
            if page and width(piece) > left:
                yield page
                page, left = [], room
            page.append(piece)
            left -= width(piece) + 1
    if page:
        yield page


def _break(line: str, first: int, room: int) -> Iterator[str]:
    """Break a line between words into pieces of at most `room` septets, a longer word anywhere.

    The first piece takes at most `first` septets, what its page has left, if a word fits there.
    """
    piece, limit = "", first
    for word in line.split(" "):
        longer = f"{piece} {word}" if piece else word
        if width(longer) <= limit:
            piece = longer
            continue
        if piece:
            yield piece
        limit = room
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
