"""The words an SMS can command with."""

import csv
from itertools import combinations
from pathlib import Path

import pytest

from smsgateway.text.keywords import (
    WORDS,
    Keyword,
    Recognised,
    keyword_of,
    normalise,
    recognise,
    words_of,
)

TABLE = list(
    csv.DictReader(
        (Path(__file__).parent / "keywords.tsv").read_text(encoding="utf-8").splitlines(),
        delimiter="\t",
    )
)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['action']} {row['raw_variant']}")
def test_a_word_of_the_table_is_recognised(row: dict[str, str]) -> None:
    assert normalise(row["raw_variant"]) == row["normalised"]
    recognised = recognise(row["raw_variant"])
    assert recognised is not None
    assert recognised.keyword is Keyword[row["action"]]
    assert recognised.language in (row["language"], None)


def test_no_word_means_two_things() -> None:
    meanings = {key: set(words_of(*key)) for key in WORDS}
    for (one, words), (other, others) in combinations(meanings.items(), 2):
        if one[0] is not other[0]:
            assert words.isdisjoint(others), (one, other)


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("STOP", Keyword.STOP),
        (" stop. " + " " * 50, Keyword.STOP),
        ("S.T.O.P", Keyword.STOP),
        ("STOP svp", Keyword.STOP),
        ("oui stop", Keyword.STOP),
        ("Arrêt !", Keyword.STOP),
        ("ARRE\u0302T", Keyword.STOP),
        ("DABILA", Keyword.STOP),
        ("N t’a fɛ", Keyword.STOP),
        ("jɔ", Keyword.STOP),
        ("Ɔ̀wɔ́", Keyword.YES),
        ("ɔnhɔn", Keyword.YES),
        ("ɔn-ɔn", Keyword.NO),
        ("Non merci", None),
        ("onhn", None),
        ("a ma jo", None),
        ("ne bɛ so", None),
        ("ato ka na", None),
        ("DÈMÈ", Keyword.HELP),
        ("so", Keyword.MENU),
        ("Français", Keyword.LANG_FR),
        ("bamanankan", Keyword.LANG_BM),
        ("1", None),
        ("0", None),
        ("", None),
        ("?!", None),
        ("stoppez", None),
        ("nonstop", None),
        ("Le vaccin a été stop hier, pourquoi, dites-moi ?", None),
        ("o" * 100_000, None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_a_message_commands(text: str, keyword: Keyword | None) -> None:
    assert keyword_of(text) is keyword


def test_the_language_of_a_word_is_known_unless_it_is_of_both() -> None:
    assert recognise("dabila") == Recognised(Keyword.STOP, "bm")
    assert recognise("arrêt") == Recognised(Keyword.STOP, "fr")
    assert recognise("menu") == Recognised(Keyword.MENU, None)
    assert recognise("bonjour") is None
