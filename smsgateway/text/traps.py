"""Wordings that are spelt right and still go wrong: each rule says why.

The evidence is in dictionaries and corpora of Bambara (Bamadaba, the reference corpus) and in how
phones are shared; a native speaker's word stands above it. Texts are read in the official spelling,
before any fold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from smsgateway.text.orthography import Policy, fold


@dataclass(frozen=True)
class Wording:
    """A text with what decides which rules concern it.

    `by_sms`: it lies on a phone that others read, and may travel a route without accents.
    `numbers`: the placeholders that stand for a count. `claimed`: it is said only for a health
    centre that makes the claim in its settings.
    """

    text: str
    language: str
    by_sms: bool = False
    numbers: frozenset[str] = field(default_factory=frozenset)
    claimed: bool = False


@dataclass(frozen=True)
class Trap:
    """One rule. `find` yields the passages of a text that break it."""

    id: str
    reason: str
    find: Callable[[Wording], Iterator[str]]


@dataclass(frozen=True)
class Caught:
    """A passage of a text in a trap."""

    trap: Trap
    passage: str

    def __str__(self) -> str:
        return f"{self.passage!r} ({self.trap.id}): {self.trap.reason}"


def caught(wording: Wording) -> list[Caught]:
    """Every trap that a text is in, each passage once."""
    return [
        Caught(trap, passage) for trap in TRAPS for passage in dict.fromkeys(trap.find(wording))
    ]


def _words(
    bm: str = "", fr: str = "", *, sms_only: bool = False, screen_only: bool = False
) -> Callable[[Wording], Iterator[str]]:
    """A search by one pattern for each language; an empty one finds nothing."""
    patterns = {
        language: re.compile(pattern, re.IGNORECASE | re.MULTILINE)
        for language, pattern in (("bm", bm), ("fr", fr))
        if pattern
    }

    def find(wording: Wording) -> Iterator[str]:
        if (sms_only and not wording.by_sms) or (screen_only and wording.by_sms):
            return
        if pattern := patterns.get(wording.language):
            text = unicodedata.normalize("NFC", wording.text)
            yield from (match[0].strip() for match in pattern.finditer(text))

    return find


def _unclaimed(
    find: Callable[[Wording], Iterator[str]],
) -> Callable[[Wording], Iterator[str]]:
    return lambda wording: iter(()) if wording.claimed else find(wording)


def _plural_after_number(wording: Wording) -> Iterator[str]:
    """The noun stands before its number: `tile 3`, `mɔgɔ {n}`."""
    names = "|".join(map(re.escape, sorted(wording.numbers)))
    number = rf"(?:\d+|\{{(?:{names})\}})" if names else r"\d+"
    yield from _words(bm=rf"\b\w{{2,}}w {number}")(wording)


def _bo_in_ascii(wording: Wording) -> Iterator[str]:
    if wording.language == "bm" and wording.by_sms:
        for word in re.findall(r"\w+", wording.text):
            if fold(word, Policy.ASCII).lower() == "bo":
                yield word


def _odd_letters(wording: Wording) -> Iterator[str]:
    for letter in unicodedata.normalize("NFC", wording.text):
        category = unicodedata.category(letter)
        foreign = category[0] == "L" and not unicodedata.name(letter, "").startswith("LATIN ")
        unseen = category in {"Cf", "Cc", "Co", "Cn"} and letter != "\n"
        if foreign or unseen or category[0] == "M" or letter in _NOT_BAMBARA[wording.language]:
            yield f"{letter} U+{ord(letter):04X}"


_NOT_BAMBARA = {"fr": frozenset(), "bm": frozenset("èòÈÒìùñÑəǝɳʃ")}
"""Latin letters that stand for a Bambara one: folded, or taken for ɛ ɔ ɲ ŋ. Nothing folded is
stored; é and ç stay for French names."""

_COUNTED = (
    "deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|quarante"
    "|cinquante|soixante|cents?|mille"
)

_KEY = r"^\s*\d{1,2}[.:)] |(?<!\w)(?:0|00|98)(?:[.:)] | (?-i:[A-ZƐƆƝŊ]))"

TRAPS = (
    Trap(
        "ban",
        "bàn, to refuse, and bán, to finish, are written alike. Say `sɔn ma kɛ ... ma`, "
        "`waati tɛmɛna` or `labɛnna`.",
        _words(bm=r"\bban(?:na|nen|nan|ni)?\b"),
    ),
    Trap(
        "sara",
        "`X sara` also says that X is dead (sa+ra). Only the negative `wari tɛ sara` is safe.",
        _words(bm=r"(?:[\w{}']+ )?(?<!\bwari tɛ )\bsara\b"),
    ),
    Trap(
        "fu",
        "fu also says worthless: `boloci ye fu ye` may read as vaccination is useless.",
        _words(bm=r"\bfu\b"),
    ),
    Trap(
        "bo_in_ascii",
        "Without its accent bɔ is a vulgar word, and an SMS may travel a route without accents. "
        "Leave the word out.",
        _bo_in_ascii,
    ),
    Trap(
        "jon",
        "jɔn, who, and jɔn, slave, are written alike: `jɔnw bɛ kariti kan` may ask for slaves. Say "
        "`mɔgɔ jumɛnw`.",
        _words(bm=r"\bjɔnw?\b"),
    ),
    Trap(
        "mother",
        "ba and bamuso, mother, are written like goat and river. Say `denba`.",
        _words(bm=r"\bba(?:muso)?w?\b"),
    ),
    Trap(
        "la_na_after_placeholder",
        "la or na is chosen by the word before it, which is not known. Put a noun between, "
        "`{commune} meri la`, or turn the sentence.",
        _words(bm=r"\}[ -]?(?-i:la|na)\b"),
    ),
    Trap(
        "plural_after_number",
        "A noun with a number has no plural: `tile 3`, `mɔgɔ {n}`.",
        _plural_after_number,
    ),
    Trap(
        "amount_in_words",
        "Bambara counts money in dɔrɔmɛ of 5 FCFA, so an amount in words is off by five. "
        "Write digits: `500 FCFA`.",
        _words(
            bm=r"\bdɔrɔmɛ\w*|\bsefawari\w*|\bsefa\b",
            fr=rf"\b(?:{_COUNTED}|un)[ -](?:francs?|fcfa|cfa)\b",
        ),
    ),
    Trap(
        "clock_in_words",
        "People say the time of day in French, and press Bambara is not understood. Write `8h`.",
        _words(
            bm=r"\bnɛgɛ ?kan?ɲɛ\w*|\blɛr[iɛ]w?\b",
            fr=rf"\b(?:{_COUNTED}) heures?\b|(?<!dans )\bune heure\b",
        ),
    ),
    Trap(
        "pregnancy_in_sms",
        "A phone is shared: an SMS that names a pregnancy tells it to whoever reads. "
        "Say `lajɛli`, a visit.",
        _words(
            bm=r"\bkɔnɔma\w*|\blasirilen\w*|\bjigin(?:ni|na)?\b",
            fr=r"\benceintes?\b|\bgrossesses?\b|\baccouch\w*|\bpr[ée]nata\w*|\bcpn\b",
            sms_only=True,
        ),
    ),
    Trap(
        "poor",
        "`faantan` may humiliate, and neither word for a poor person belongs on a shared phone.",
        _words(bm=r"\bfaantan\w*|\bdɛsɛbagatɔ\w*", fr=r"\bindigen\w*|\bpauvre\w*", sms_only=True),
    ),
    Trap(
        "free_of_charge",
        "That something costs nothing is for each health centre to say: make it the claim of a "
        "template, said where the centre's `free_services` back it.",
        _unclaimed(
            _words(
                bm=r"\bwari tɛ sara\b|\bsara tɛ\b",
                fr=r"\bgratuit\w*|\bsans (?:frais|payer)\b|\bne payez rien\b",
            )
        ),
    ),
    Trap(
        "odd_letter",
        "Not a letter of the official spelling: of another alphabet, invisible, a tone mark, or "
        "folded already. It looks right and is sent wrong.",
        _odd_letters,
    ),
    Trap(
        "key_in_text",
        "The engine adds the keys 0, 00, 98 and the numbers of options; written inside a text "
        "they go stale.",
        _words(bm=_KEY, fr=_KEY, screen_only=True),
    ),
)
"""Every rule, in the order in which they are reported."""
