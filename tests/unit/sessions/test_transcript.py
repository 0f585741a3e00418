"""What a cumulative transcript adds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsgateway.sessions.transcript import Nothing, mark, new_answer

KEY = b"a key of the test"


@pytest.mark.parametrize(
    ("before", "text", "answer"),
    [
        ("", "1", "1"),
        ("1", "1*2", "2"),
        ("1", "1*", ""),
        ("", "1*2", "1*2"),
        ("7*a*b", "7*a*b*****", "****"),
        ("1", "1*1", "1"),
        ("1", "1", Nothing.REPEAT),
        ("", "", Nothing.REPEAT),
        ("1*2", "1", Nothing.REPEAT),
        ("1*2", "1*3*4", Nothing.ASTRAY),
        ("1", "12", Nothing.ASTRAY),
    ],
)
def test_only_what_is_new_counts(before: str, text: str, answer: str | Nothing) -> None:
    assert new_answer(text, mark(before, KEY), KEY) == answer


@given(st.lists(st.text(alphabet="0123456789*#aé", max_size=5), min_size=1, max_size=8))
def test_cumulative_transcripts_give_the_answers_one_by_one(answers: list[str]) -> None:
    transcript = answers[0] or "1"
    for answer in answers[1:]:
        longer = f"{transcript}*{answer}"
        assert new_answer(longer, mark(transcript, KEY), KEY) == answer
        transcript = longer


def test_the_mark_does_not_hold_what_was_typed() -> None:
    assert b"1987" not in mark("1*1*000122112026*1987", KEY).digest
    assert mark("1987", KEY) != mark("1987", b"another key")
