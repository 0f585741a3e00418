"""What a text costs, and where it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsgateway.text.gsm7 import ALPHABET, BASIC, ESCAPE, septets
from smsgateway.text.segments import CAPACITY, Measure, measure, split

LETTERS = st.one_of(
    st.sampled_from("aé €[^"),
    st.sampled_from(sorted(ALPHABET)),
    st.sampled_from("ɛɔê😀𞤀"),
    st.characters(),
)
RUNS = st.tuples(LETTERS, st.integers(1, 170)).map(lambda run: run[0] * run[1])
TEXTS = st.lists(RUNS | LETTERS, max_size=8).map("".join)
GSM_TEXTS = st.lists(st.sampled_from(["a" * 75, "€" * 38, "a", "€", "["]), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", ("gsm7", 0, 0), id="empty"),
        pytest.param("é", ("gsm7", 1, 1), id="accent of the alphabet"),
        pytest.param("€", ("gsm7", 2, 1), id="euro"),
        pytest.param("^", ("gsm7", 2, 1), id="circumflex"),
        pytest.param("[", ("gsm7", 2, 1), id="bracket"),
        pytest.param("ê", ("ucs2", 1, 1), id="accent outside the alphabet"),
        pytest.param("😀", ("ucs2", 2, 1), id="emoji"),
        pytest.param("€😀", ("ucs2", 3, 1), id="euro with emoji counts as UCS-2"),
        pytest.param(ESCAPE, ("ucs2", 1, 1), id="a bare escape"),
        pytest.param(BASIC.replace(ESCAPE, ""), ("gsm7", 127, 1), id="the whole basic table"),
        pytest.param("a" * 160, ("gsm7", 160, 1), id="160 septets"),
        pytest.param("a" * 161, ("gsm7", 161, 2), id="161 septets"),
        pytest.param("a" * 159 + "€", ("gsm7", 161, 2), id="159 and a euro"),
        pytest.param("a" * 158 + "€", ("gsm7", 160, 1), id="158 and a euro"),
        pytest.param("a" * 306, ("gsm7", 306, 2), id="two full parts"),
        pytest.param("a" * 307, ("gsm7", 307, 3), id="one septet more than two parts"),
        pytest.param("a" * 152 + "€" + "a" * 152, ("gsm7", 306, 3), id="a pair at the cut"),
        pytest.param("[" * 80, ("gsm7", 160, 1), id="80 brackets"),
        pytest.param("[" * 152, ("gsm7", 304, 2), id="152 brackets fill two parts to 152"),
        pytest.param("[" * 153, ("gsm7", 306, 3), id="153 brackets cannot share a septet"),
        pytest.param("ɛ" * 70, ("ucs2", 70, 1), id="70 units"),
        pytest.param("ɛ" * 71, ("ucs2", 71, 2), id="71 units"),
        pytest.param("ɛ" * 134, ("ucs2", 134, 2), id="two full parts of UCS-2"),
        pytest.param("ɛ" * 135, ("ucs2", 135, 3), id="one unit more than two parts"),
        pytest.param(
            "ɛ" * 66 + "😀" + "ɛ" * 66, ("ucs2", 134, 3), id="a surrogate pair at the cut"
        ),
        pytest.param("a" * 160 + "ɛ", ("ucs2", 161, 3), id="one letter turns all to UCS-2"),
    ],
)
def test_measure_of(text: str, expected: Measure) -> None:
    assert measure(text) == expected


def test_a_lone_surrogate_is_one_unit_and_no_accident() -> None:
    assert measure("a\ud83d") == ("ucs2", 2, 1)
    assert split("\ud83d" * 71) == ["\ud83d" * 67, "\ud83d" * 4]


@given(TEXTS | GSM_TEXTS)
@settings(deadline=None)
def test_the_parts_joined_are_the_text(text: str) -> None:
    assert "".join(split(text)) == text


@given(TEXTS | GSM_TEXTS)
@settings(deadline=None)
def test_there_are_as_many_parts_as_segments(text: str) -> None:
    assert len(split(text)) == measure(text).segments


@given(TEXTS | GSM_TEXTS)
@settings(deadline=None)
def test_no_part_is_empty_or_over_its_room_and_none_could_take_one_letter_more(text: str) -> None:
    encoding = measure(text).encoding
    alone, room = CAPACITY[encoding]
    parts = split(text)
    if len(parts) == 1:
        assert 0 < _units(parts[0], encoding) <= alone
        return
    assert all(0 < _units(part, encoding) <= room for part in parts)
    for part, following in pairwise(parts):
        assert _units(part + following[0], encoding) > room


@given(TEXTS | GSM_TEXTS, LETTERS, st.data())
@settings(deadline=None)
def test_adding_a_character_anywhere_never_lowers_the_count(
    text: str, letter: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(text)))
    longer = text[:place] + letter + text[place:]
    assert measure(longer).segments >= measure(text).segments


def _units(text: str, encoding: str) -> int:
    if encoding == "gsm7":
        count = septets(text)
        assert count is not None
        return count
    return len(text.encode("utf-16-le")) // 2
