"""A short fault campaign; `make torture` plays the long one."""

from __future__ import annotations

import pytest
from torture.campaign import run
from torture.places import places


@pytest.mark.stack
def test_nothing_is_lost_and_nothing_done_twice_whatever_is_killed() -> None:
    said: list[str] = []
    result = run(
        messages=150, people=8, seed=11, backend="sqlite", aims=5, patience_s=400, say=said.append
    )
    assert result.account.faults == {}, result.output[-4000:]
    assert result.people.faults == {}, result.output[-4000:]
    assert sum(result.account.by_state.values()) == result.account.messages >= result.written > 0
    assert result.people.counts["SMS that people wrote, answered 200"]
    assert result.people.counts["USSD calls"]
    assert result.kills, "nothing was killed"


def test_every_place_where_a_process_can_be_struck_is_known() -> None:
    """Around each transaction, and where Redis, the gateway or the disk is touched."""
    assert {
        "bell.rung_for",
        "intake.stored",
        "leadership.taken",
        "reminders.planner.plan_marked:committed",
        "reminders.release.release_phones:committing",
        "sender.calling",
        "sessions.effects.write_step:committed",
        "spool.appended",
        "tally.taken",
        "turn.arrived",
    } <= places()
