"""The engine's own words, and how it asks for any other."""

from __future__ import annotations

from typing import Protocol

from smsgateway.text.catalogue import N_

BACK_LABEL = N_("Retour")
HOME_LABEL = N_("Accueil")
MORE_LABEL = N_("Suite")
WRONG_CHOICE = N_("Choix non valable.")
FRESH_START = N_("Reprenons au début.")

ENGINE_TEXTS = (BACK_LABEL, HOME_LABEL, MORE_LABEL, WRONG_CHOICE, FRESH_START)


class Words(Protocol):
    """A source of translations; French is the key."""

    def text(self, msgid: str, language: str) -> str: ...
