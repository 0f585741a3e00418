"""What is stored against what is sent."""

import csv
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsgateway.text.gsm7 import ALPHABET, septets
from smsgateway.text.orthography import Policy, fold, unsendable

TABLE = list(
    csv.DictReader(
        (Path(__file__).parent / "folding_table.tsv").read_text(encoding="utf-8").splitlines(),
        delimiter="\t",
    )
)
LATIN = st.characters(min_codepoint=0x20, max_codepoint=0x24F)
TEXTS = st.text(
    LATIN | st.sampled_from("ɛɔɲŋƐƆƝŊ\u0300\u0301\u0302\u030c’«»…\u00a0漢😀") | st.characters()
)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["codepoint"])
def test_a_letter_folds_as_the_table_says(row: dict[str, str]) -> None:
    letter = chr(int(row["codepoint"].removeprefix("U+"), 16))
    assert fold(letter, Policy.COMPACT) == row["compact"]
    assert fold(letter, Policy.ASCII) == row["ascii"]
    assert unsendable(letter) == ""


@pytest.mark.parametrize(
    ("text", "compact", "ascii_only"),
    [
        pytest.param("sɔgɔma", "sògòma", "sogoma", id="official Bambara"),
        pytest.param("Ɲɛnajɛ ŋɔmi", "Nyènajè ngòmi", "Nyenaje ngomi", id="all four letters"),
        pytest.param("sɔ̀gɔ́ma ɛ̌ ɲ̀", "sògòma è ny", "sogoma e ny", id="tone marks"),
        pytest.param("n\u0300 m\u0301", "n m", "n m", id="tones on n and m"),
        pytest.param("e\u0302tre pre\u0301t", "etre prét", "etre pret", id="letters in two parts"),
        pytest.param("À bientôt, ça va", "A bientot, ca va", "A bientot, ca va", id="French"),
        pytest.param(
            "N’Dèye « Haïdara »…", 'N\'Dèye " Haidara "...', 'N\'Deye " Haidara "...', id="quotes"
        ),
        pytest.param("Nguyễn Ångström", "Nguyen Ångström", "Nguyen Angstrom", id="NFKD bases"),
        pytest.param("ﬁn № ２", "fin No 2", "fin No 2", id="compatibility letters"),
        pytest.param("Ǽ ǿ", "Æ ø", "AE ", id="a base letter goes through the table"),
        pytest.param("500\u202f€", "500 €", "500 ", id="euro"),
        pytest.param("a\nb", "a\nb", "a\nb", id="lines stay"),
    ],
)
def test_folding(text: str, compact: str, ascii_only: str) -> None:
    assert fold(text) == compact
    assert fold(text, Policy.ASCII) == ascii_only


def test_the_exact_policy_keeps_the_official_spelling() -> None:
    assert fold("Ɲɛnajɛ, bientôt « ça »", Policy.EXACT) == "Ɲɛnajɛ, bientôt « ça »"
    assert fold("e\u0302", Policy.EXACT) == "ê"


@pytest.mark.parametrize(
    ("text", "policy", "lost"),
    [
        pytest.param("I ni ce, Aïssata ɲ̀", Policy.COMPACT, "", id="nothing"),
        pytest.param("محمد 漢", Policy.COMPACT, "محمد漢", id="other scripts"),
        pytest.param("ok 😀😀", Policy.COMPACT, "😀😀", id="each time it occurs"),
        pytest.param("Αwa", Policy.COMPACT, "Α", id="a Greek letter that looks like A"),
        pytest.param("a\u200bb", Policy.COMPACT, "\u200b", id="an invisible space"),
        pytest.param("5 £ ø", Policy.ASCII, "£ø", id="GSM letters that ASCII lacks"),
        pytest.param("5 £ ø 漢", Policy.EXACT, "", id="all can be sent exactly"),
        pytest.param("a\ud800", Policy.EXACT, "\ud800", id="a lone surrogate"),
    ],
)
def test_unsendable_names_what_the_fold_leaves_out(text: str, policy: Policy, lost: str) -> None:
    assert unsendable(text, policy) == lost
    assert not set(lost) & set(fold(text, policy))


@given(TEXTS, st.sampled_from(Policy))
@settings(deadline=None)
def test_folding_twice_changes_nothing(text: str, policy: Policy) -> None:
    once = fold(text, policy)
    assert fold(once, policy) == once
    assert unsendable(once, policy) == ""


@given(TEXTS)
@settings(deadline=None)
def test_a_compact_text_is_gsm_and_never_has_the_cedilla(text: str) -> None:
    folded = fold(text, Policy.COMPACT)
    assert septets(folded) is not None
    assert "Ç" not in folded


@given(TEXTS)
@settings(deadline=None)
def test_an_ascii_text_is_ascii_and_gsm(text: str) -> None:
    folded = fold(text, Policy.ASCII)
    assert folded.isascii()
    assert septets(folded) is not None


@given(st.text(st.sampled_from(sorted(ALPHABET - {"Ç"}))))
@settings(deadline=None)
def test_a_gsm_text_without_cedilla_is_left_alone(text: str) -> None:
    assert fold(text) == text


@given(TEXTS, st.sampled_from([Policy.COMPACT, Policy.ASCII]))
@settings(deadline=None)
def test_a_text_folds_letter_by_letter(text: str, policy: Policy) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert fold(text, policy) == "".join(fold(letter, policy) for letter in composed)
