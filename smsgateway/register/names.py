"""Comparing names however they were typed."""

from __future__ import annotations

import unicodedata


def plain(name: str) -> str:
    """A name without accents, capitals, spaces and signs, for comparison."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
