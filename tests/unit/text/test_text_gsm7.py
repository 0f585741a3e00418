"""The alphabet against the standard, letter by letter."""

import pytest
from gsm0338.codec import Codec

from smsgateway.text.gsm7 import ALPHABET, BASIC, ESCAPE, EXTENSION, septets

standard = Codec()
"""An independent implementation of GSM 03.38."""


def septets_by_the_standard(letter: str) -> int | None:
    try:
        return len(standard.encode(letter)[0])
    except UnicodeEncodeError:
        return None


def test_every_character_of_the_basic_plane_takes_what_the_standard_says() -> None:
    differing = [
        hex(code)
        for code in range(0x10000)
        if chr(code) != ESCAPE and septets(chr(code)) != septets_by_the_standard(chr(code))
    ]
    assert differing == []


def test_the_place_of_a_letter_in_the_basic_table_is_its_code() -> None:
    assert len(BASIC) == 128
    assert standard.decode(bytes(set(range(128)) - {0x1B}))[0] == BASIC.replace(ESCAPE, "")


def test_the_code_of_an_extended_letter_follows_an_escape() -> None:
    assert {letter: standard.encode(letter)[0] for letter in EXTENSION} == {
        letter: bytes([0x1B, code]) for letter, code in EXTENSION.items()
    }


def test_the_escape_itself_is_no_letter() -> None:
    assert ESCAPE not in ALPHABET
    assert septets(ESCAPE) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("Bonjour", 7, id="plain"),
        pytest.param("prix : 500 €", 13, id="one extended letter"),
        pytest.param("[{^~|\\}]\f€", 20, id="nothing but extended letters"),
        pytest.param("kɔnɔ", None, id="a letter outside"),
        pytest.param("€ et ê", None, id="extended and outside"),
        pytest.param("Ç", 1, id="capital c with cedilla"),
        pytest.param("ç", None, id="small c with cedilla"),
        pytest.param("😀", None, id="beyond the basic plane"),
        pytest.param("`", None, id="ASCII but not GSM"),
    ],
)
def test_septets_of(text: str, expected: int | None) -> None:
    assert septets(text) == expected
