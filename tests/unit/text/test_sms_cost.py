"""What the fold saves on a whole set of messages, as `python -m benchmarks sms_cost` prints it."""

import pytest

from benchmarks.render import sms_cost


@pytest.mark.parametrize(("language", "folded", "written"), [("bm", 24, 44), ("fr", 24, 29)])
def test_every_message_of_the_set_is_one_segment_once_folded(
    language: str, folded: int, written: int
) -> None:
    (result,) = [one for one in sms_cost() if one.name == f"sms_cost_{language}"]
    assert (result.ours, result.reference) == (folded, written)
