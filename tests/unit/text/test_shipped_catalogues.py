"""The catalogues that ship: every marked text is there, in both languages, with its review."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from smsgateway.paths import locales_dir

ROOT = Path(__file__).parents[3]


def shipped(language: str) -> Catalog:
    path = locales_dir() / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def marked() -> set[str]:
    """Every text that the code marks with N_."""
    return {
        message
        for folder in ("smsgateway", "flows")
        for _, _, message, _, _ in extract_from_dir(
            ROOT / folder, [("**.py", "python")], keywords={"N_": None}
        )
    }


@pytest.mark.parametrize("language", ["fr", "bm"])
def test_the_catalogue_holds_what_the_code_marks_and_nothing_else(language: str) -> None:
    """When it fails: `make catalogues`, then translate what is empty."""
    assert {message.id for message in shipped(language) if message.id} == marked()


def test_every_bambara_text_is_there_and_says_who_approved_it() -> None:
    for message in shipped("bm"):
        if message.id:
            assert message.string, message.id
            assert any(line.startswith("review: ") for line in message.user_comments), message.id
