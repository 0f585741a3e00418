"""The few words that an SMS can command with, in French and Bambara and their usual spellings.

A message is normalised and must then match exactly: no guessing, since ɔnhɔn (yes) and ɔn-ɔn (no)
are close. A bare digit is no keyword: it answers a numbered message.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple


class Keyword(StrEnum):
    """What a person can ask for in one word."""

    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    HELP = "help"
    MENU = "menu"
    LANG_FR = "lang_fr"
    LANG_BM = "lang_bm"


class Recognised(NamedTuple):
    """A keyword and the language it was written in; None when the word is of both."""

    keyword: Keyword
    language: str | None


WORDS: dict[tuple[Keyword, str], str] = {
    (Keyword.STOP, "fr"): """
        stop, stope, estop, arrêt, arrête, arrêter, désabonner, désinscrire, annuler, fini""",
    (Keyword.STOP, "bm"): """
        dabila, a dabila, dabla, a dabla, dabula, jɔ, a jɔ, a bila, a to, a to yen, n t'a fɛ,
        n banna""",
    (Keyword.YES, "fr"): "oui, wi, we, ouai, ouais, ok, okay, dac, d'accord, yes",
    (Keyword.YES, "bm"): """
        ɔwɔ, awɔ, awɛ, awa, ɔnhɔn, ohon, iyo, naamu, n sɔnna, sɔnna, ayiwa""",
    (Keyword.NO, "fr"): "non, no, nn",
    (Keyword.NO, "bm"): "ayi, ayiyi, ai, ay, ɔn-ɔn, n t'a",
    (Keyword.START, "fr"): "start, commencer, reprendre, début, inscrire",
    (Keyword.START, "bm"): "daminɛ, damina, a daminɛ, segin",
    (Keyword.HELP, "fr"): "aide, ede, eide, aid, help, info, sos",
    (Keyword.HELP, "bm"): "dɛmɛ, dɛmɛn, n dɛmɛ",
    (Keyword.MENU, "fr"): "menu, accueil, acceuil",
    (Keyword.MENU, "bm"): "menu, meni, so",
    (Keyword.LANG_FR, "fr"): "français, franse, fr",
    (Keyword.LANG_FR, "bm"): "tubabukan, tubabu, fransɛ",
    (Keyword.LANG_BM, "fr"): "bambara, bamabara, banbara, bam, bm",
    (Keyword.LANG_BM, "bm"): "bamanankan, bamanakan, bamana, bamanan",
}
"""Each keyword's words, one of every group that normalises alike. STOP stands first and so wins.

`n banna` says both "I refuse" and "I have finished": either way no more messages.
"""

_LETTERS = str.maketrans({"ɛ": "e", "ɔ": "o", "ɲ": "ny", "ŋ": "n"})
_not_plain = re.compile(r"[^a-z0-9]+")
_doubled = re.compile(r"([a-z])\1+")


def normalise(text: str) -> str:
    """`text` as keywords are compared: plain letters and digits without marks, `ou` as `u`, no
    doubled letters. `ARRÊT !` and `arret` give `aret`; `awɔ`, `awò` and `Awoo` give `awo`.
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return _doubled.sub(r"\1", _not_plain.sub("", plain).replace("ou", "u"))


def words_of(keyword: Keyword, language: str) -> list[str]:
    """A keyword's words in one language, normalised."""
    return [normalise(word) for word in WORDS[keyword, language].split(",")]


def _index() -> dict[str, Recognised]:
    index: dict[str, Recognised] = {}
    for keyword, language in WORDS:
        for word in words_of(keyword, language):
            known = index.setdefault(word, Recognised(keyword, language))
            if known.language != language:
                index[word] = known._replace(language=None)
    return index


_INDEX = _index()
_STOP_ANYWHERE = frozenset({"stop", "stope", "estop"})
_SHORT = 40
"""Letters; a longer message is a letter to a person, in which "stop" may be any word."""


def recognise(text: str) -> Recognised | None:
    """The keyword that a message is, with its language.

    The whole message must be the keyword, with one exception, because stopping must always work:
    a short message with the word STOP in it, such as `STOP svp` or `oui stop`, is a STOP.
    """
    text = text.strip()
    if len(text) > _SHORT:
        return None
    if known := _INDEX.get(normalise(text)):
        return known
    if any(normalise(word) in _STOP_ANYWHERE for word in text.split()):
        return Recognised(Keyword.STOP, None)
    return None


def keyword_of(text: str) -> Keyword | None:
    """The keyword that a message is; None for anything else."""
    recognised = recognise(text)
    return recognised.keyword if recognised else None
