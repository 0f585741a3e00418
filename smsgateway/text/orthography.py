"""From the official spelling, which is stored, to the practical spelling, which is sent.

One ɛ turns a message into UCS-2 and more than halves what it holds. So a text is folded on its
way out: Bambara ɛ ɔ ɲ ŋ to è ò ny ng, the letters of primers before the decree of 1982 and still
met in everyday writing; French ê ô ç to the plain letter. It is an encoding of the official text,
not a rival spelling: nothing folded is stored, and a template or a person may ask for the exact.

Folding goes letter by letter after NFC: the table below, else the letter's NFKD base letters. What
is then still outside the alphabet is dropped; `unsendable` names it beforehand.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from smsgateway.text.gsm7 import ALPHABET


class Policy(StrEnum):
    """Which letters may go on the wire."""

    COMPACT = "compact"
    """GSM-7 with its accents, the default."""
    EXACT = "exact"
    """The official spelling as it is, at the price of UCS-2."""
    ASCII = "ascii"
    """For routes that break the accents of GSM-7."""


_BOTH = {
    "Ɛ": "E",
    "Ɔ": "O",
    "ɲ": "ny",
    "Ɲ": "Ny",
    "ŋ": "ng",
    "Ŋ": "Ng",
    "ç": "c",
    "Ç": "C",
    "œ": "oe",
    "Œ": "OE",
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "•": "-",
    "…": "...",
    "°": "o",
    "×": "x",
    "½": "1/2",
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
    "\t": " ",
}
"""Letters that fold alike whether accents can be sent or not.

Ç is in the GSM alphabet, but gateways disagree about its code.
"""

_TABLES = {
    Policy.COMPACT: _BOTH | {"ɛ": "è", "ɔ": "ò"},
    Policy.ASCII: _BOTH | {"ɛ": "e", "ɔ": "o", "æ": "ae", "Æ": "AE"},
}

_SETTLED = {
    Policy.COMPACT: frozenset(ALPHABET - _BOTH.keys()),
    Policy.ASCII: frozenset(letter for letter in ALPHABET if letter.isascii()),
}
"""What stays as it is, and all that can come out of a fold. ASCII alone has a letter (`) that would
turn a message into UCS-2, so the ascii policy keeps what is in both alphabets."""

_LATIN = range(0xA0, 0x180)
"""Letters whose fold is worked out at the start: names are full of ï and ô."""


class _Fold:
    """The fold of one policy. `__call__` is the way of every message; it skips clean text."""

    def __init__(self, policy: Policy) -> None:
        letters = re.escape("".join(sorted(_SETTLED[policy])))
        self._settled = _SETTLED[policy]
        self._is_clean = re.compile(f"[{letters}]*+").fullmatch
        self._unsettled = re.compile(f"[^{letters}]")
        self._table = dict(_TABLES[policy])
        self._table |= {letter: self._letter(letter) for letter in map(chr, _LATIN)}

    def __call__(self, text: str) -> str:
        if self._is_clean(text):
            return text
        known = self._table
        return self._unsettled.sub(
            lambda match: known.get(match[0]) or self._letter(match[0]),
            unicodedata.normalize("NFC", text),
        )

    def lost(self, text: str) -> list[str]:
        """The letters of `text` of which nothing is left."""
        known = self._table
        letters = self._unsettled.findall(unicodedata.normalize("NFC", text))
        return [letter for letter in letters if not (known.get(letter) or self._letter(letter))]

    def _letter(self, letter: str) -> str:
        if letter in self._settled:
            return letter
        if letter in self._table:
            return self._table[letter]
        bases = unicodedata.normalize("NFKD", letter)
        return "" if bases == letter else "".join(map(self._letter, bases))


class _Exact:
    """NFC without lone surrogates, which no encoding can carry."""

    _surrogate = re.compile("[\ud800-\udfff]")

    def __call__(self, text: str) -> str:
        return unicodedata.normalize("NFC", self._surrogate.sub("", text))

    def lost(self, text: str) -> list[str]:
        return self._surrogate.findall(text)


_FOLDS: dict[Policy, _Fold | _Exact] = {
    Policy.COMPACT: _Fold(Policy.COMPACT),
    Policy.EXACT: _Exact(),
    Policy.ASCII: _Fold(Policy.ASCII),
}


def fold(text: str, policy: Policy = Policy.COMPACT) -> str:
    """`text` as it goes on the wire under `policy`; folding it again changes nothing.

    Letters that cannot be sent are left out: check fixed texts with `unsendable` before.
    """
    return _FOLDS[policy](text)


def unsendable(text: str, policy: Policy = Policy.COMPACT) -> str:
    """The letters that `fold` leaves out, in order, each as often as it occurs.

    An accent or tone mark is part of its letter and no loss: `m̀` is sent as `m`.
    """
    lost = _FOLDS[policy].lost(text)
    return "".join(letter for letter in lost if unicodedata.category(letter)[0] != "M")
