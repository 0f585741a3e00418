"""Fail points: named places that a test arms, and that cost nothing otherwise."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from smsgateway import failpoints
from smsgateway.failpoints import Action, FailPoint, Rule, reach, read
from smsgateway.storage.engine import Database

PACKAGE = Path(failpoints.__file__).parent


def armed(text: str, seed: str = "1") -> failpoints.Armed:
    plan = read({"SMSGATEWAY_FAILPOINTS": text, "SMSGATEWAY_FAILPOINTS_SEED": seed})
    assert plan is not None
    return plan


def test_nothing_is_armed_unless_the_environment_says_so() -> None:
    assert read({}) is None
    reach("sender.claimed")


def test_an_armed_place_strikes_and_the_others_do_not() -> None:
    plan = armed("sender.claimed=break")
    plan.strike("sender.marked")
    with pytest.raises(FailPoint, match=r"sender\.claimed"):
        plan.strike("sender.claimed")


def test_the_rules_of_a_process_are_a_comma_list() -> None:
    assert armed("a.b=kill, *=sleep@0.25").rules == (
        Rule("a.b", Action.KILL),
        Rule("*", Action.SLEEP, 0.25),
    )


def test_a_chance_is_drawn_the_same_way_for_the_same_seed() -> None:
    def strikes() -> list[bool]:
        plan, struck = armed("*=break@0.3"), []
        for _ in range(200):
            try:
                plan.strike("anywhere")
                struck.append(False)
            except FailPoint:
                struck.append(True)
        return struck

    first = strikes()
    assert first == strikes()
    assert 30 < sum(first) < 90


@pytest.mark.parametrize("text", ["kill", "a=explode", "=kill", "a=kill@often"])
def test_a_rule_that_cannot_be_read_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError):
        armed(text)


def test_what_struck_is_noted(tmp_path: Path) -> None:
    log = tmp_path / "strikes"
    plan = read({"SMSGATEWAY_FAILPOINTS": "*=break", "SMSGATEWAY_FAILPOINTS_LOG": str(log)})
    assert plan is not None
    for place in ("a.b", "c.d"):
        with pytest.raises(FailPoint):
            plan.strike(place)
    assert log.read_text() == "a.b\nc.d\n"


@pytest.mark.parametrize(("moment", "kept"), [("committing", 0), ("committed", 1)])
def test_a_transaction_can_be_struck_before_and_after_its_commit(
    moment: str, kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/a.db")

    def write() -> None:
        with database.begin() as connection:
            connection.execute(text("INSERT INTO note VALUES (1)"))

    with database.begin() as connection:
        connection.execute(text("CREATE TABLE note (n INTEGER)"))
    place = f"{__name__}.{write.__qualname__}:{moment}"
    monkeypatch.setattr(failpoints, "_armed", armed(f"{place}=break"))
    with pytest.raises(FailPoint, match=moment):
        write()
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM note")) == kept


def test_each_place_has_a_name_of_its_own() -> None:
    names = Counter(
        name
        for file in PACKAGE.rglob("*.py")
        for name in re.findall(r'\breach\("([\w.]+)"\)', file.read_text("utf-8"))
    )
    assert names and set(names.values()) == {1}
