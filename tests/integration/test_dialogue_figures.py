"""Counts of dialogues on their way: from a step through Redis into SQL, each once, and shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sample_dialogue import application_of, sample_flow
from sqlalchemy import select

from smsgateway.aggregators.ussd import UssdTurn
from smsgateway.cli import cli
from smsgateway.dialogue.application import Application
from smsgateway.register import phones
from smsgateway.service import Service
from smsgateway.sessions import tally
from smsgateway.sessions.funnel import figures
from smsgateway.sessions.tables import dialogue_count
from smsgateway.sessions.tally import Tally
from smsgateway.sessions.turn import Turns
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.web.app import create_app

PHONE = "+22370000001"
DAY = date(2026, 11, 23)


def application() -> Application:
    return application_of(sample_flow())


@pytest.fixture
def turns(service: Service) -> Turns:
    with service.database.begin() as connection:
        phones.set_language(connection, PHONE, "fr", service.clock.now())
    return Turns(service, application(), {})


def call(turns: Turns, *answers: str, session: str = "ATUid_1") -> None:
    """Dial and answer."""
    for end in range(len(answers) + 1):
        text = "*".join(answers[:end])
        turns.answer(UssdTurn("africastalking", "main", session, PHONE, "*123#", "61002", text))


@pytest.fixture
def moved(service: Service) -> Tally:
    return Tally(service.redis, service.database)


def stored(database: Database) -> Mapping[tuple[str, str], int]:
    """Node without its flow and event -> amount; times of look-ups left out."""
    with database.read() as connection:
        rows = connection.execute(select(dialogue_count)).all()
    assert {(row.day, row.version, row.language, row.medium) for row in rows} <= {
        (DAY, 1, "fr", "ussd")
    }
    return {
        (row.node.partition(".")[2], row.event): row.amount
        for row in rows
        if row.event != "milliseconds"
    }


def test_the_counts_of_steps_arrive_in_sql(
    turns: Turns, moved: Tally, service: Service, clock: FixedClock
) -> None:
    call(turns, "1", "x")
    clock.move(timedelta(seconds=9))
    call(turns, "1", "x", "222")
    assert moved.move(clock.now()) > 0
    assert stored(service.database) == {
        ("home", "entered"): 1,
        ("home", "answered"): 1,
        ("home", "seconds"): 0,
        ("number", "entered"): 1,
        ("number", "invalid"): 1,
        ("number", "answered"): 1,
        ("number", "seconds"): 9,
        ("secret", "entered"): 1,
    }


def test_a_look_up_that_fails_is_counted_as_down_and_shown(
    turns: Turns, moved: Tally, service: Service
) -> None:
    """The sample's look-up takes bare values, which the service does not give."""
    call(turns, "1", "222", "1234")
    moved.move(service.clock.now())
    assert stored(service.database)["search", "called"] == 1
    with service.database.read() as connection:
        (flow,) = figures(connection, application(), DAY)
    assert [(one.name, one.outcome, one.calls) for one in flow.look_ups] == [
        ("demo.search", "down", 1)
    ]


def test_a_repeated_callback_counts_nothing(turns: Turns, moved: Tally, service: Service) -> None:
    call(turns, "1")
    call(turns, "1")
    moved.move(service.clock.now())
    assert stored(service.database)["home", "entered"] == 1
    assert stored(service.database)["home", "answered"] == 1


def test_counts_add_up_from_one_move_to_the_next(
    turns: Turns, moved: Tally, service: Service
) -> None:
    for session in ("ATUid_1", "ATUid_2", "ATUid_3"):
        call(turns, "1", session=session)
        moved.move(service.clock.now())
    assert stored(service.database)["home", "answered"] == 3
    assert moved.move(service.clock.now()) == 0


def test_a_crash_between_sql_and_redis_counts_nothing_twice(
    turns: Turns, moved: Tally, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(turns, "1")
    with monkeypatch.context() as dying:
        dying.setattr(moved, "_drop", _die)
        with pytest.raises(SystemExit):
            moved.move(service.clock.now())
    call(turns, "1", session="ATUid_2")
    assert moved.move(service.clock.now()) > 0, "the batch that was left"
    assert stored(service.database)["home", "answered"] == 1
    moved.move(service.clock.now())
    assert stored(service.database)["home", "answered"] == 2


def test_a_crash_before_sql_loses_no_count(
    turns: Turns, moved: Tally, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(turns, "1")
    with monkeypatch.context() as dying:
        dying.setattr(tally, "_add", _die)
        with pytest.raises(SystemExit):
            moved.move(service.clock.now())
    moved.move(service.clock.now())
    assert stored(service.database)["home", "answered"] == 1


def _die(*_: object) -> None:
    raise SystemExit


def test_losing_redis_loses_counts_and_breaks_nothing(
    turns: Turns, moved: Tally, service: Service
) -> None:
    call(turns, "1")
    service.redis.flushall()
    assert moved.move(service.clock.now()) == 0
    call(turns, "1", session="ATUid_2")
    assert moved.move(service.clock.now()) > 0


def test_whoever_came_and_was_not_heard_of_again_has_given_up(
    turns: Turns, moved: Tally, service: Service
) -> None:
    call(turns, "1", "222", session="ATUid_1")
    call(turns, "1", session="ATUid_2")
    call(turns, "1", "0", session="ATUid_3")
    call(turns, "2", session="ATUid_4")
    moved.move(service.clock.now())
    with service.database.read() as connection:
        (flow,) = figures(connection, application(), DAY, flow="demo")
        assert figures(connection, application(), DAY + timedelta(days=1)) == []
    screens = {one.name.partition(".")[2]: one for one in flow.screens}
    assert list(screens) == ["home", "number", "secret", "bye"], "in the order of the flow"
    number = screens["number"]
    assert (number.reached, number.answered, number.left_by_key, number.abandoned) == (3, 1, 1, 1)
    assert screens["secret"].abandoned == 1
    assert screens["bye"].abandoned == 0


def test_the_command_shows_the_drop_out_and_says_when_there_is_none(
    turns: Turns,
    moved: Tally,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", service.settings.database_url)
    monkeypatch.setenv("VAR_DIR", str(service.settings.var_dir))
    monkeypatch.setenv("FLOWS", "test_dialogue_figures:sample")
    monkeypatch.setenv("COLUMNS", "140")

    def funnel(*options: str) -> str:
        result = CliRunner().invoke(cli, ["flows", "funnel", "--days", "40000", *options])
        assert result.exit_code in (0, 2), result.output
        return result.output

    assert "Nobody has been counted in any dialogue since" in funnel()
    call(turns, "1", "x")
    moved.move(service.clock.now())
    shown = funnel("--flow", "demo")
    assert "demo, version 1, since" in shown
    assert "1 (100%)" in shown
    assert "█" in shown
    assert "there is no flow nothing; there are demo" in " ".join(
        funnel("--flow", "nothing").split()
    )


sample = application()
"""What the command loads."""


def test_figures_are_there_for_prometheus(turns: Turns, moved: Tally, service: Service) -> None:
    call(turns, "1", "222", "1234")
    moved.move(service.clock.now())
    shown = create_app(service, application()).test_client().get("/metrics").text
    assert (
        'smsgateway_dialogue_events_total{event="entered",flow="demo",medium="ussd"} 4.0' in shown
    )
    assert 'smsgateway_look_ups_total{node="demo.search",outcome="down"} 1.0' in shown
    assert PHONE not in shown
