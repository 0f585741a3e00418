"""USSD steps through granian with two workers, beside a bare Flask answer under the same server.

Whole calls of five steps over keep-alive connections; a light client in this process drives both,
so it takes its part of the same cores in either case.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple
from urllib.parse import urlencode

from benchmarks.results import Result, from_runs
from benchmarks.ussd_step import BEFORE, MEASURED, PATH, TOKEN, form, service_on

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = (1, 16, 128)
ROUNDS = 3
SECONDS = 2.0
WARM_UP_S = 0.5
SERVER = "-m granian --interface wsgi --workers 2 --blocking-threads 16 --no-ws --http 1 --no-log"


class Load(NamedTuple):
    """What a server did: steps a second, and how long a step took, in milliseconds."""

    rate: float
    p50: float
    p99: float


def served() -> list[Result]:
    """Rate and latency at each number of connections, on SQLite."""
    results = []
    with service_on("sqlite") as service:
        settings = service.settings
        env = {
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url or "",
            "SECRET_KEY": settings.secret_key,
            "WEBHOOK_TOKENS": TOKEN,
        }
        with _granian("wsgi:app", env) as ours, _granian("benchmarks.bare:app", env) as bare:
            numbers = itertools.count()
            for port in (ours, bare):
                asyncio.run(_load(port, 4, numbers, WARM_UP_S))
            for connections in CONNECTIONS:
                runs = [
                    [
                        asyncio.run(_load(port, connections, numbers, SECONDS))
                        for port in (ours, bare)
                    ]
                    for _ in range(ROUNDS)
                ]
                results += _results(connections, runs)
    return results


def _results(connections: int, runs: list[list[Load]]) -> list[Result]:
    spec = (
        f"Whole calls of five steps over {connections} connections to granian with two workers "
        "(ours), the same requests to a bare Flask answer (reference); one client on the same "
        "cores drives both."
    )
    return [
        from_runs(
            f"ussd_served_{connections}_{figure}",
            [[getattr(load, figure) for load in pair] for pair in runs],
            unit,
            spec,
            "reported",
        )
        for figure, unit in (("rate", "steps a second"), ("p50", "ms"), ("p99", "ms"))
    ]


async def _load(port: int, connections: int, numbers: Iterator[int], seconds: float) -> Load:
    """Keep `connections` callers busy for so long."""
    took: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(
        *(_caller(port, numbers, began + seconds, took) for _ in range(connections))
    )
    rate = len(took) / (time.perf_counter() - began)
    percentiles = quantiles(took, n=100)
    return Load(rate, percentiles[49] * 1000, percentiles[98] * 1000)


async def _caller(port: int, numbers: Iterator[int], until: float, took: list[float]) -> None:
    """Call after call on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        number = next(numbers)
        for text in (*BEFORE, MEASURED):
            sent = time.perf_counter()
            writer.write(_request(form(number, text)))
            body = await _body(reader)
            took.append(time.perf_counter() - sent)
            assert body.startswith((b"CON", b"END")), body
    writer.close()


def _request(fields: Mapping[str, str]) -> bytes:
    body = urlencode(fields).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _body(reader: asyncio.StreamReader) -> bytes:
    """The body of one answer, which says its length."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, _, rest = head.partition(b"content-length:")
    return await reader.readexactly(int(rest.partition(b"\r\n")[0]))


@contextmanager
def _granian(target: str, env: Mapping[str, str]) -> Iterator[int]:
    """A granian server; gives its port."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, *SERVER.split(), "--port", str(port), target],
        env={**os.environ, **env},
        cwd=ROOT,
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port}")
