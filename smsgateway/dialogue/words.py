"""The engine's own words, and how it asks for any other."""

from __future__ import annotations

from string import Formatter
from typing import Protocol

from smsgateway.text.catalogue import N_

BACK_LABEL = N_("Retour")
HOME_LABEL = N_("Accueil")
MORE_LABEL = N_("Suite")
WRONG_CHOICE = N_("Choix non valable.")
FRESH_START = N_("Session perdue. Reprenons au début.")
CHANGED = N_("Le service a changé.")
MORE_BY_SMS = N_("Pour la suite, répondez SUITE.")

YES = N_("Oui")
NO = N_("Non")

ENGINE_TEXTS = (
    BACK_LABEL,
    HOME_LABEL,
    MORE_LABEL,
    WRONG_CHOICE,
    FRESH_START,
    CHANGED,
    MORE_BY_SMS,
)


class Words(Protocol):
    """A source of translations; French is the key."""

    def text(self, msgid: str, language: str) -> str: ...


class Searchable(Words, Protocol):
    """A source of translations that can be asked what it has."""

    def has(self, msgid: str, language: str) -> bool: ...


def placeholders_of(text: str) -> frozenset[str]:
    """The names in braces of a text. Raises ValueError where the braces do not match."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
