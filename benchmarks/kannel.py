"""Kannel's HTTP connection on the same stub: the peer of the sender.

Kannel first takes the messages into its spool on disk, and is stopped; then it is started on that
spool with the stub as its operator, with 64 requests at a time. What is measured is the time from
the first to the last acceptance at the stub, for both. Kannel writes no SQL.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle, product
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.results import Result, from_runs
from benchmarks.sender import LATENCIES, ROUNDS, TEXT, checked_drain, fill, fresh_database
from benchmarks.stub import Stub, stub
from smsgateway.aggregators.kannel import Kannel
from smsgateway.gateway_settings import KannelSettings
from smsgateway.messaging.port import OutboundSms
from smsgateway.storage.engine import Database

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
PENDING = 64
LOADERS = 32
START_S, PATIENCE_S = 15, 120

_CORE = """group = core
admin-port = {admin}
admin-password = {admin}
smsbox-port = {boxes}
log-file = "{folder}/bearerbox.log"
log-level = 4
store-type = spool
store-location = "{spool}"
dlr-storage = internal

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-file = "{folder}/smsbox.log"
log-level = 4

"""

_TAKING = """group = smsc
smsc = fake
smsc-id = nobody
host = localhost
port = {operator}
connect-allow-ip = 127.0.0.1

group = sendsms-user
username = bench
password = bench
default-sender = 36000
"""

_SENDING = """group = smsc
smsc = http
smsc-id = stub
system-type = kannel
send-url = "{url}/cgi-bin/sendsms"
port = {operator}
connect-allow-ip = 127.0.0.1
smsc-username = bench
smsc-password = bench
max-pending-submits = {pending}
"""


def against_kannel() -> list[Result]:
    """Messages a second at three latencies, by one process of each and by two."""
    if not shutil.which("bearerbox", path=PATH):
        Console(stderr=True).print("kannel: skipped, the Debian package kannel is not installed")
        return []
    return [
        from_runs(
            f"kannel_{latency_ms}ms_{processes}p_{backend}",
            runs,
            "messages a second",
            f"{rows} personalised texts from SQL ({backend}), each claimed, marked and settled "
            f"(ours), and from Kannel's spool by its HTTP connection, {PENDING} pending, no SQL "
            f"(reference); {processes} process(es) of each, the same stub at {latency_ms} ms, from "
            f"the first to the last acceptance. {ROUNDS} rounds in turn.",
            ">= 0.8x at 50 ms" if latency_ms == 50 else "reported",
        )
        for latency_ms, rows in LATENCIES
        for (backend, processes), runs in _rounds(latency_ms, rows).items()
    ]


def _rounds(latency_ms: int, rows: int) -> dict[tuple[str, int], list[list[float]]]:
    """Pairs [ours, Kannel] for each database and number of processes; in each round Kannel once
    for each number."""
    pairs: dict[tuple[str, int], list[list[float]]] = defaultdict(list)
    with (
        TemporaryDirectory(prefix="smsgw-") as name,
        fresh_database("sqlite") as sqlite,
        fresh_database("postgresql") as postgresql,
    ):
        _take(Path(name), rows)
        for _, processes in product(range(ROUNDS), (1, 2)):
            kannel = _kannels(Path(name), latency_ms, rows, processes)
            for backend, database in (("sqlite", sqlite), ("postgresql", postgresql)):
                ours = _ours(database, latency_ms, rows, processes)
                pairs[backend, processes].append([ours, kannel])
    return pairs


def _ours(database: Database, latency_ms: int, rows: int, processes: int) -> float:
    with stub(latency_ms / 1000) as gateway:
        fill(database, rows, TEXT)
        checked_drain(database, gateway, rows, processes)
        return rows / gateway.counted().seconds


def _kannels(folder: Path, latency_ms: int, rows: int, processes: int) -> float:
    """Kannel processes on equal shares of what was taken."""
    with (
        TemporaryDirectory(prefix="smsgw-") as name,
        stub(latency_ms / 1000) as gateway,
        ExitStack() as stack,
    ):
        shares = _shares(folder / "spool", Path(name), processes)
        for share in shares:
            stack.enter_context(_bearerbox(share, _SENDING, gateway.url))
        _await_all(gateway, rows)
        return rows / gateway.counted().seconds


def _await_all(gateway: Stub, rows: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while (accepted := gateway.counted().accepted) < rows:
        assert time.monotonic() < until, f"Kannel sent {accepted} of {rows}"
        time.sleep(0.1)
    assert not gateway.counted().repeated


def _shares(spool: Path, folder: Path, processes: int) -> Sequence[Path]:
    """The files of a spool, dealt out to as many."""
    shares = [folder / str(number) for number in range(processes)]
    files = sorted(one for one in spool.rglob("*") if one.is_file())
    for share, file in zip(cycle(shares), files, strict=False):
        target = share / "spool" / file.relative_to(spool)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return shares


def _take(folder: Path, rows: int) -> None:
    """Have Kannel take messages while its operator is away: they stay in its spool."""
    with _bearerbox(folder, _TAKING) as ports, _process("smsbox", folder / "kannel.conf"):
        url = f"http://127.0.0.1:{ports['sendsms']}/cgi-bin/sendsms"
        kannel = Kannel(KannelSettings(url, "bench", "bench"))
        _await_port(ports["sendsms"])
        with ThreadPoolExecutor(LOADERS) as pool:
            batches = ([_sms(number)] for number in range(rows))
            list(pool.map(kannel.send, batches))
    taken = sum(one.is_file() for one in (folder / "spool").rglob("*"))
    assert taken == rows, (taken, rows)


def _sms(number: int) -> OutboundSms:
    msisdn = f"+2237{number:07}"
    return OutboundSms(number, msisdn, TEXT.format(n=msisdn))


@contextmanager
def _bearerbox(folder: Path, connection: str, url: str = "") -> Iterator[dict[str, int]]:
    """A bearerbox on the spool in `folder`; its ports."""
    (folder / "spool").mkdir(parents=True, exist_ok=True)
    ports = {name: _free_port() for name in ("admin", "boxes", "operator", "sendsms")}
    told = {"folder": folder, "spool": folder / "spool", "url": url, "pending": PENDING}
    file = folder / "kannel.conf"
    file.write_text((_CORE + connection).format(**told, **ports), encoding="utf-8")
    with _process("bearerbox", file):
        _await_port(ports["boxes"])
        yield ports


@contextmanager
def _process(command: str, file: Path) -> Iterator[None]:
    environment = {**os.environ, "PATH": PATH}
    with Popen([command, str(file)], env=environment, stdout=DEVNULL, stderr=DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
            with suppress(TimeoutExpired):
                process.wait(20)
            process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _await_port(port: int) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            assert time.monotonic() < until, "Kannel does not start"
            time.sleep(0.05)
