"""The clock: rounds of ticks that may fail, run twice or stop at any moment."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

import pytest
from redis import Redis
from reminder_world import World
from rq import Queue
from sqlalchemy import insert, select

from smsgateway.messaging.bell import SERIALIZER
from smsgateway.messaging.tables import inbound_message
from smsgateway.reminders import planner, release
from smsgateway.reminders.tables import clock_tick
from smsgateway.reminders.ticks import Tick, Ticks
from smsgateway.storage.engine import Database
from smsgateway.web.webhooks.spool import Spool, Spooled
from workers import clock as clock_process

THURSDAY = date(2026, 11, 26)


@pytest.fixture
def world(service, clock):
    """The service reads French alone here, so that no test depends on the catalogues' words."""
    return World(service.database, service.settings, clock)


def always() -> bool:
    return True


def rung(service, queue):
    jobs = Queue(queue, connection=service.redis, serializer=SERIALIZER).get_jobs()
    return [job.func_name for job in jobs]


def test_one_round_takes_a_registered_child_to_a_message_and_rings(service, world):
    world.child(visit_on=THURSDAY)

    Ticks(service, world.schedule).round(world.now, always)

    assert [row.state for row in world.messages()] == ["queued"]
    assert rung(service, "sending") == ["workers.sending.drain"]


def test_with_redis_down_the_message_is_written_all_the_same(service, world, tmp_path):
    world.child(visit_on=THURSDAY)
    deaf = replace(service, redis=Redis(unix_socket_path=str(tmp_path / "nobody.sock")))

    Ticks(deaf, world.schedule).round(world.now, always)

    assert len(world.messages()) == 1


def test_an_inbound_message_that_nobody_answered_is_rung_for(service, world):
    with service.database.begin() as connection:
        connection.execute(
            insert(inbound_message).values(
                aggregator="loopback",
                channel="main",
                aggregator_message_id="in-1",
                msisdn="+22370000001",
                body="STOP",
                raw={},
                received_at=world.now,
            )
        )

    Ticks(service, world.schedule).round(world.now, always)

    assert rung(service, "replies") == ["workers.inbound.answer"]


def test_a_tick_that_fails_is_logged_and_the_others_do_their_work(
    service, world, monkeypatch, caplog
):
    world.child(visit_on=THURSDAY)
    Ticks(service, world.schedule).round(world.now, always)

    def broken(*args, **kwargs):
        raise RuntimeError("a fault in the planner")

    monkeypatch.setattr(planner, "plan_marked", broken)
    world.at("2026-11-25 08:00")
    Ticks(service, world.schedule).round(world.now, always)

    assert "the tick plan failed" in caplog.text
    assert len(world.messages()) == 2


def test_without_the_database_a_round_ends_with_a_line_for_each_tick(service, world, caplog):
    """The clock goes on, and the log is not filled with tracebacks."""
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    Ticks(replace(service, database=away), world.schedule).round(world.now, always)

    assert "the tick plan waits for the database" in caplog.text
    assert "Traceback" not in caplog.text


def test_what_was_spooled_while_sql_was_down_is_taken_in(service, world):
    spool = Spool(service.settings.var_dir / "spool")
    body = urlencode({"id": "in-1", "from": "+22370000001", "to": "123", "text": "STOP"})
    form = "application/x-www-form-urlencoded"
    spool.append(Spooled("sms", "main", form, body.encode(), world.now))

    clock_process.ticks_of(service, world.schedule).round(world.now, always)

    with service.database.read() as connection:
        assert connection.scalars(select(inbound_message.c.body)).all() == ["STOP"]


def test_a_round_leaves_its_heartbeat(service, world):
    Ticks(service, world.schedule).round(world.now, always)

    with service.database.read() as connection:
        beats = dict(connection.execute(select(clock_tick.c.name, clock_tick.c.ticked_at)).all())
    assert {"clock", "plan", "release"} <= set(beats)
    assert set(beats.values()) == {world.now}


def test_a_tick_is_looked_for_as_often_as_it_says_also_when_time_goes_backwards():
    tick = Tick("test", timedelta(seconds=5), lambda now, go_on: None)
    noon = datetime.fromisoformat("2026-11-23T12:00+00:00")
    assert tick.is_due(noon)
    tick.last = noon

    due = [tick.is_due(noon + timedelta(seconds=seconds)) for seconds in (4, 5, -60)]

    assert due == [False, True, True]


def test_a_visit_that_was_missed_is_reviewed_by_the_clock(service, world):
    world.child(visit_on=THURSDAY)
    ticks = Ticks(service, world.schedule)
    ticks.round(world.now, always)
    before = world.visits("open")[0].review_on
    world.at("2026-11-27 06:00")

    ticks.round(world.now, always)

    [late] = world.visits("open")
    assert (before, late.visit_date) == (date(2026, 11, 27), THURSDAY)
    assert late.review_on > world.today


def test_two_clocks_at_once_send_each_family_one_message(service, world):
    for family in range(40):
        for name in ("Awa", "Bakary"):
            world.child(name, visit_on=THURSDAY, phones=(f"+2237000{family:04}",))
    both = threading.Barrier(2)

    def rounds(_number):
        ticks = Ticks(service, world.schedule)
        both.wait()
        for _ in range(6):
            ticks.plan(world.now, always)
            ticks.release(world.now, always)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(rounds, range(2)))

    assert len(world.visits("open")) == 80
    assert len(world.reminders("released")) == 80
    assert {row.template for row in world.messages()} == {"rem_3d_family"}
    assert len({row.msisdn for row in world.messages()}) == len(world.messages()) == 40


def test_the_clock_stops_within_a_second_and_in_the_middle_of_its_work(service, world, monkeypatch):
    """Work without end is interrupted between two batches."""
    begun, stop = threading.Event(), threading.Event()

    def endless(*args, **kwargs):
        while True:
            begun.set()
            time.sleep(0.05)
            yield [1]

    monkeypatch.setattr(release, "release_due", endless)
    thread = threading.Thread(target=clock_process.run, args=(service, world.schedule, stop))
    thread.start()
    assert begun.wait(timeout=10)

    stop.set()
    thread.join(timeout=1)

    assert not thread.is_alive()


def test_the_clock_says_that_its_schedule_is_not_confirmed(service, world, caplog):
    stop = threading.Event()
    stop.set()

    clock_process.run(service, world.schedule, stop)

    assert "to be confirmed by the Centre National d'Immunisation" in caplog.text
