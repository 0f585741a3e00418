"""A short fault campaign; `make torture` plays the long one."""

from __future__ import annotations

import pytest
from torture.campaign import run


@pytest.mark.stack
def test_nothing_is_lost_and_nothing_sent_twice_whatever_is_killed() -> None:
    said: list[str] = []
    result = run(messages=300, seed=11, backend="sqlite", patience_s=400, say=said.append)
    assert result.account.faults == {}, result.output[-4000:]
    assert result.account.messages == 300
    assert sum(result.account.by_state.values()) == 300
    assert result.kills, "nothing was killed"
