"""The callbacks over HTTP: kept before they are answered, whatever is down behind them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from flask import Flask
from flask.testing import FlaskClient
from messaging_world import put, row, sender, state
from redis import Redis
from rq import Queue
from sqlalchemy import func, insert, select
from werkzeug.test import TestResponse

from smsgateway.aggregators.registry import aggregators_of
from smsgateway.gateway_settings import GatewaySettings, KannelSettings, OrangeSettings
from smsgateway.messaging.bell import SERIALIZER
from smsgateway.messaging.channels import pause
from smsgateway.messaging.port import BadCredentials
from smsgateway.messaging.receipts import settle_parked
from smsgateway.messaging.tables import (
    delivery_report,
    inbound_message,
    unread_callback,
    ussd_event,
)
from smsgateway.register.phones import profile
from smsgateway.reminders.tables import clock_tick
from smsgateway.service import Service, connect_redis
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.web import health
from smsgateway.web.webhooks import sms
from smsgateway.web.webhooks.intake import MOST_A_MINUTE, Intake
from smsgateway.web.webhooks.readings import READ, Kind

AMINATA = "+22370000001"
KINDS = ["delivery-reports", "sms", "opt-outs", "ussd-events"]
RECEIPT = {"id": "loop-1", "status": "Success", "phoneNumber": AMINATA, "networkCode": "61002"}
STOP = {"id": "77", "from": AMINATA, "to": "36077", "text": "STOP", "date": "2026-11-23 09:00:00"}
SESSION_END = {
    "durationInMillis": "192",
    "phoneNumber": AMINATA,
    "lastAppResponse": "END secret",
    "hopsCount": "3",
    "status": "Incomplete",
    "sessionId": "ATUid_1",
    "input": "1*secret",
}
USABLE = {
    "delivery-reports": RECEIPT,
    "sms": STOP,
    "opt-outs": {"senderId": "36077", "phoneNumber": AMINATA},
    "ussd-events": SESSION_END,
}


def path(
    kind: str,
    *,
    aggregator: str = "africastalking",
    channel: str = "main",
    token: str = "token-for-tests-alone",
) -> str:
    return f"/webhooks/{aggregator}/{channel}/{token}/{kind}"


def app_of(service: Service) -> Flask:
    app = Flask("test")
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.register_blueprint(sms.blueprint(service))
    app.register_blueprint(health.blueprint(service))
    return app


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return app_of(service).test_client()


def post(client: FlaskClient, kind: str, **fields: str) -> TestResponse:
    return client.post(path(kind), data=fields or USABLE[kind])


def jobs(redis: Redis, queue: str) -> list[str]:
    return [job.func_name for job in Queue(queue, connection=redis, serializer=SERIALIZER).jobs]


def count(database: Database, table: object) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


@contextmanager
def without_sql(service: Service, tmp_path: Path) -> Iterator[FlaskClient]:
    """The same service with a database that nobody answers for."""
    away = Database(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    try:
        yield app_of(replace(service, database=away)).test_client()
    finally:
        away.dispose()


def without_redis(service: Service, tmp_path: Path) -> Service:
    away = replace(service.settings, redis_url=f"unix://{tmp_path}/nowhere.sock")
    return replace(service, redis=connect_redis(away))


def test_a_receipt_is_kept_and_somebody_is_woken_for_it(
    client: FlaskClient, database: Database, clock: FixedClock, redis: Redis
) -> None:
    one = put(database, clock)
    sender(database, clock).drain()
    assert post(client, "delivery-reports").status_code == 200
    assert state(database, one) == "sent", "nothing is worked on while the aggregator waits"
    assert jobs(redis, "background") == ["workers.inbound.settle_receipts"]
    with database.read() as connection:
        assert connection.scalar(select(delivery_report.c.raw)) == RECEIPT
    settle_parked(database, clock.now())
    assert state(database, one) == "delivered"


def test_an_inbound_message_is_kept_once_and_somebody_is_woken_for_it(
    client: FlaskClient, database: Database, redis: Redis
) -> None:
    assert [post(client, "sms").status_code for _ in range(2)] == [200, 200]
    with database.read() as connection:
        kept = connection.execute(select(inbound_message)).one()
    assert (kept.msisdn, kept.body, kept.recipient) == (AMINATA, "STOP", "36077")
    assert kept.raw == STOP
    assert jobs(redis, "replies") == ["workers.inbound.answer"]


def test_what_was_written_to_another_number_is_kept_and_left_alone(
    service: Service, database: Database
) -> None:
    settings = replace(service.settings, sms_numbers=frozenset({"36077"}))
    client = app_of(replace(service, settings=settings)).test_client()
    for number, to in enumerate(["36077", "36078", ""]):
        assert post(client, "sms", **STOP | {"id": str(number), "to": to}).status_code == 200
    with database.read() as connection:
        kept = connection.execute(
            select(inbound_message.c.outcome).order_by(inbound_message.c.aggregator_message_id)
        ).scalars()
        assert list(kept) == [None, "other_number", None]


def test_an_opt_out_holds_from_the_moment_it_is_answered(
    client: FlaskClient, database: Database, clock: FixedClock
) -> None:
    waiting = put(database, clock)
    assert post(client, "opt-outs").status_code == 200
    with database.read() as connection:
        known = profile(connection, AMINATA)
    assert known and known.opted_out
    assert state(database, waiting) == "cancelled"


def test_the_end_of_a_session_is_kept_once_without_what_is_personal(
    client: FlaskClient, database: Database
) -> None:
    assert [post(client, "ussd-events").status_code for _ in range(2)] == [200, 200]
    with database.read() as connection:
        kept = connection.execute(select(ussd_event)).one()
    assert (kept.session_id, kept.status, kept.hops, kept.duration_ms) == (
        "ATUid_1",
        "Incomplete",
        3,
        192,
    )
    assert "secret" not in str(kept)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "wrong",
    [{"token": "wrong-token-wrong"}, {"aggregator": "nobody"}, {"channel": "nowhere"}],
    ids=["token", "aggregator", "channel"],
)
def test_who_does_not_know_the_address_finds_nothing(
    client: FlaskClient, kind: str, wrong: dict[str, str]
) -> None:
    assert client.post(path(kind, **wrong), data=USABLE[kind]).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_over_the_limit_is_refused(client: FlaskClient, kind: str) -> None:
    assert post(client, kind, **USABLE[kind], extra="x" * 65536).status_code == 413


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"nothing=usable", "application/x-www-form-urlencoded"),
        (b'{"from": "+22370000001"}', "application/json"),
        (b"\xff\xfe%%%=&&&==", "application/x-www-form-urlencoded"),
        (b"from=a", ""),
    ],
    ids=["empty", "other fields", "json", "garbage", "no type"],
)
def test_what_holds_nothing_usable_is_kept_as_it_came_and_refused(
    client: FlaskClient, database: Database, kind: str, body: bytes, content_type: str
) -> None:
    assert client.post(path(kind), data=body, content_type=content_type).status_code == 400
    with database.read() as connection:
        kept = connection.execute(select(unread_callback)).one()
    assert (kept.kind, kept.channel, kept.body) == (kind, "main", body)
    assert kept.content_type == content_type
    assert kept.error


@pytest.mark.parametrize(
    ("status", "after", "reason"),
    [
        ("Sent", "sent", None),
        ("Submitted", "sent", "submitted"),
        ("Buffered", "sent", "buffered"),
        ("Success", "delivered", None),
        ("Delivered", "delivered", None),
        ("Rejected", "failed", "rejected"),
        ("Failed", "failed", "undelivered"),
        ("AbsentSubscriber", "sent", "absent"),
        ("Expired", "failed", "expired"),
        ("Teleported", "sent", None),
    ],
)
def test_each_status_of_the_table_of_receipts_does_what_it_says(
    client: FlaskClient,
    database: Database,
    clock: FixedClock,
    status: str,
    after: str,
    reason: str | None,
) -> None:
    one = put(database, clock)
    sender(database, clock).drain()
    assert post(client, "delivery-reports", **RECEIPT | {"status": status}).status_code == 200
    settle_parked(database, clock.now())
    found = row(database, one)
    assert (found.state, found.reason) == (after, reason)


@pytest.mark.parametrize("status", ["Teleported", "x" * 500, "Échec", "a\0b"])
def test_a_status_that_nobody_knows_is_kept(
    client: FlaskClient, database: Database, status: str
) -> None:
    fields = RECEIPT | {"status": status}
    assert post(client, "delivery-reports", **fields).status_code == 200
    assert count(database, delivery_report) == 1


def test_fields_of_any_length_and_letters_are_taken(
    client: FlaskClient, database: Database
) -> None:
    fields = {"id": "i" * 300, "from": "f" * 300, "to": "t" * 300, "text": "ɲɛ😀\0" * 1000}
    assert post(client, "sms", **fields).status_code == 200
    assert count(database, inbound_message) == 1


def test_receipts_without_end_are_asked_to_wait_and_a_person_never_is(
    client: FlaskClient, database: Database, redis: Redis
) -> None:
    most = MOST_A_MINUTE[Kind.DELIVERY_REPORTS]
    answers = [post(client, "delivery-reports") for _ in range(most + 1)]
    assert [answer.status_code for answer in answers] == [200] * most + [429]
    assert answers[-1].headers["Retry-After"]
    assert post(client, "delivery-reports", **RECEIPT | {"phoneNumber": "+1"}).status_code == 200
    assert post(client, "ussd-events").status_code == 200
    assert [post(client, kind).status_code for kind in ("sms", "opt-outs")] == [200, 200]
    assert all(AMINATA[1:] not in str(key) for key in redis.scan_iter())


@pytest.mark.parametrize("kind", ["sms", "opt-outs"])
def test_what_a_person_sends_is_kept_however_often_it_comes(client: FlaskClient, kind: str) -> None:
    answers = [post(client, kind, **USABLE[kind] | {"id": str(n)}) for n in range(130)]
    assert {answer.status_code for answer in answers} == {200}


def test_a_callback_that_breaks_its_reader_is_kept_unread(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OverflowError("date value out of range")

    monkeypatch.setitem(READ, Kind.SMS, broken)  # type: ignore[arg-type]
    assert post(client, "sms").status_code == 200
    with database.read() as connection:
        kept = connection.execute(select(unread_callback)).one()
    assert (kept.kind, kept.error) == ("sms", "OverflowError")
    assert parse_qs(kept.body.decode()) == {name: [value] for name, value in STOP.items()}


def test_without_redis_everything_is_kept_and_nothing_limited(
    service: Service, database: Database, tmp_path: Path
) -> None:
    away = without_redis(service, tmp_path)
    client = app_of(away).test_client()
    answers = [post(client, "sms", **STOP | {"id": str(n)}) for n in range(62)]
    assert {answer.status_code for answer in answers} == {200}
    assert count(database, inbound_message) == 62


@pytest.mark.parametrize("kind", KINDS)
def test_while_sql_is_down_callbacks_are_spooled_and_replayed(
    service: Service, database: Database, tmp_path: Path, kind: str
) -> None:
    table = {
        "delivery-reports": delivery_report,
        "sms": inbound_message,
        "ussd-events": ussd_event,
    }.get(kind)
    with without_sql(service, tmp_path) as client:
        assert post(client, kind).status_code == 200
        assert post(client, kind, nothing="usable").status_code == 400
    intake = Intake(service, aggregators_of(service.settings))
    assert intake.replay() == 2
    assert intake.replay() == 0
    assert count(database, unread_callback) == 1
    if table is not None:
        assert count(database, table) == 1
    else:
        with database.read() as connection:
            known = profile(connection, AMINATA)
        assert known and known.opted_out


def test_what_was_spooled_keeps_the_time_at_which_it_came(
    service: Service, database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    came = clock.now()
    with without_sql(service, tmp_path) as client:
        post(client, "delivery-reports")
    clock.move(timedelta(hours=3))
    Intake(service, aggregators_of(service.settings)).replay()
    with database.read() as connection:
        assert connection.scalar(select(delivery_report.c.received_at)) == came


def test_a_replay_while_sql_is_still_down_loses_nothing(
    service: Service, database: Database, tmp_path: Path
) -> None:
    with without_sql(service, tmp_path) as client:
        for n in range(5):
            post(client, "sms", **STOP | {"id": str(n)})
    away = replace(service, database=Database(f"postgresql+psycopg://nobody@/x?host={tmp_path}"))
    aggregators = aggregators_of(service.settings)
    with pytest.raises(Exception, match="connection"):
        Intake(away, aggregators).replay()
    assert Intake(service, aggregators).replay() == 5
    assert count(database, inbound_message) == 5


def test_a_spooled_line_that_a_crash_cut_short_is_set_aside(
    service: Service, database: Database, tmp_path: Path
) -> None:
    with without_sql(service, tmp_path) as client:
        post(client, "sms")
        with (tmp_path / "spool" / "waiting.jsonl").open("a") as file:
            file.write('{"kind": "sms", "chan')
        post(client, "sms", **STOP | {"id": "78"})
    assert Intake(service, aggregators_of(service.settings)).replay() == 2
    assert count(database, inbound_message) == 2
    aside = (tmp_path / "spool" / "aside.jsonl").read_text().split()
    assert aside == ['{"kind":', '"sms",', '"chan']


def test_a_callback_that_sql_never_takes_is_set_aside_and_holds_up_no_other(
    service: Service, database: Database, tmp_path: Path
) -> None:
    with without_sql(service, tmp_path) as client:
        post(client, "sms")
        waiting = tmp_path / "spool" / "waiting.jsonl"
        line = json.loads(waiting.read_text())
        waiting.write_text(json.dumps(line | {"channel": "gone"}) + "\n")
        post(client, "sms")
    assert Intake(service, aggregators_of(service.settings)).replay() == 1
    assert count(database, inbound_message) == 1
    assert (tmp_path / "spool" / "aside.jsonl").exists()


def test_the_spool_is_for_the_owner_alone(service: Service, tmp_path: Path) -> None:
    with without_sql(service, tmp_path) as client:
        post(client, "sms")
    folder = tmp_path / "spool"
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


def test_what_can_be_kept_nowhere_is_asked_for_again(service: Service, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    with without_sql(service, tmp_path) as client:
        answer = post(client, "delivery-reports")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_a_log_holds_no_number_and_no_text(
    service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="smsgateway")
    with without_sql(service, tmp_path) as client:
        post(client, "sms", **STOP | {"text": "secret"})
        post(client, "opt-outs")
        post(client, "sms", text="secret")
    assert caplog.records
    assert "70000001" not in caplog.text and "secret" not in caplog.text


def test_the_process_says_that_it_lives(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200


def test_readiness_tells_the_parts_and_the_ages(
    client: FlaskClient, database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection:
        connection.execute(insert(clock_tick), {"name": "clock", "ticked_at": clock.now()})
    put(database, clock)
    put(database, clock, due_at=clock.now() + timedelta(hours=1))
    clock.move(timedelta(seconds=90))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "ready": True,
        "sql": True,
        "redis": True,
        "oldest_due_age_s": 90,
        "clock_tick_age_s": 90,
        "ticks_age_s": {"clock": 90},
        "channels_paused": {},
    }


def test_readiness_is_refused_while_a_part_is_down(service: Service, tmp_path: Path) -> None:
    with without_sql(service, tmp_path) as client:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json["sql"]) == (503, False)  # type: ignore[index]
        assert client.get("/metrics").status_code == 503
    away = without_redis(service, tmp_path)
    answer = app_of(away).test_client().get("/readyz")
    assert (answer.status_code, answer.json["redis"]) == (503, False)  # type: ignore[index]


def test_figures_count_messages_and_show_nobody(
    client: FlaskClient, database: Database, clock: FixedClock
) -> None:
    put(database, clock, body="secret")
    sent = put(database, clock)
    sender(database, clock).send([sent])
    with database.begin() as connection:
        pause(connection, "main", [BadCredentials("401")], clock.now())
    text = client.get("/metrics").text
    assert 'smsgateway_messages{class="reminder",state="sent"} 1.0' in text
    assert 'smsgateway_messages{class="reminder",state="queued"} 1.0' in text
    assert 'smsgateway_channel_paused{channel="main"} 1.0' in text
    assert "secret" not in text and row(database, sent).msisdn[1:] not in text


def several_ways_out(service: Service) -> Service:
    """The same service with four gateways; the described one speaks JSON."""
    gateways = GatewaySettings(
        orange=OrangeSettings("id", "secret", "+2230000"),
        kannel=KannelSettings("http://127.0.0.1:13013", "user", "secret"),
        http={
            "send": {"url": "https://sms.example"},
            "receipts": {"id": "id", "status": "status", "delivered": ["done"]},
            "inbound": {"id": "id", "sender": "from", "text": "text"},
            "reply": {"body": "ACK/example", "status": 202},
        },
    )
    names = {"main": "africastalking", "orange": "orange", "smpp": "kannel", "example": "http"}
    return replace(service, settings=replace(service.settings, channels=names, gateways=gateways))


ORANGE_RECEIPT = {
    "deliveryInfoNotification": {
        "callbackData": "abc",
        "deliveryInfo": {"address": f"tel:{AMINATA}", "deliveryStatus": "DeliveredToTerminal"},
    }
}
ORANGE_SMS = {
    "inboundSMSMessageNotification": {
        "inboundSMSMessage": {"senderAddress": f"tel:{AMINATA}", "message": "STOP"}
    }
}
KANNEL_RECEIPT = {"reference": "7", "status": "1", "to": AMINATA, "answer": ""}
KANNEL_SMS = {"id": "a-b", "from": AMINATA, "to": "36000", "text": "STOP", "charset": "UTF-8"}


@pytest.mark.parametrize(
    ("aggregator", "channel", "receipt", "inbound", "reply"),
    [
        ("orange", "orange", {"json": ORANGE_RECEIPT}, {"json": ORANGE_SMS}, (200, "OK")),
        (
            "kannel",
            "smpp",
            {"method": "GET", "query_string": KANNEL_RECEIPT},
            {"method": "GET", "query_string": KANNEL_SMS},
            (200, ""),
        ),
        (
            "http",
            "example",
            {"json": {"id": 4, "status": "done"}},
            {"json": {"id": 5, "from": AMINATA, "text": "STOP"}},
            (202, "ACK/example"),
        ),
    ],
)
@pytest.mark.parametrize("sql_is_down", [False, True], ids=["at once", "by the spool"])
def test_each_gateway_calls_back_in_its_own_way_and_is_answered_as_it_wants(
    service: Service,
    database: Database,
    tmp_path: Path,
    aggregator: str,
    channel: str,
    receipt: dict[str, Any],
    inbound: dict[str, Any],
    reply: tuple[int, str],
    sql_is_down: bool,
) -> None:
    several = several_ways_out(service)
    calls = [("delivery-reports", receipt), ("sms", inbound)]
    with without_sql(several, tmp_path) if sql_is_down else within(several) as client:
        for kind, callback in calls:
            where = path(kind, aggregator=aggregator, channel=channel)
            answer = client.open(where, **{"method": "POST", **callback})
            assert (answer.status_code, answer.get_data(as_text=True)) == reply
    assert Intake(several, aggregators_of(several.settings)).replay() == (2 if sql_is_down else 0)
    with database.read() as connection:
        kept = connection.execute(select(delivery_report)).one()
        written = connection.execute(select(inbound_message)).one()
    assert (kept.aggregator, kept.channel, kept.state) == (aggregator, channel, "delivered")
    assert (written.channel, written.msisdn, written.body) == (channel, AMINATA, "STOP")


@contextmanager
def within(service: Service) -> Iterator[FlaskClient]:
    yield app_of(service).test_client()


def test_what_a_gateway_posts_is_not_taken_from_an_address(client: FlaskClient) -> None:
    where = path("delivery-reports")
    assert client.get(where, query_string=RECEIPT).status_code == 405
    assert client.head(where, query_string=RECEIPT).status_code == 405


@pytest.mark.parametrize("text", ["a\0b", "half \ud83d a pair", "ɲɛ😀"])
def test_a_text_in_json_is_kept_whatever_its_letters(
    service: Service, database: Database, text: str
) -> None:
    client = app_of(several_ways_out(service)).test_client()
    where = path("sms", aggregator="http", channel="example")
    body = json.dumps({"id": 5, "from": AMINATA, "text": text})
    answer = client.post(where, data=body, content_type="application/json")
    assert answer.status_code == 202
    assert count(database, inbound_message) == 1


def test_readiness_names_a_paused_channel_and_stays_ready(
    client: FlaskClient, database: Database, clock: FixedClock
) -> None:
    with database.begin() as connection:
        pause(connection, "main", [BadCredentials("401")], clock.now())
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json and answer.json["channels_paused"] == {"main": "credentials"}
