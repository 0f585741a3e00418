"""The processes of the service under torment: the same code as in service, but their clock runs
fast and can be made to jump, so that an hour of leases, pauses and retries passes in a minute.

`python -m torture.process` imports everything once and then forks: what was killed is back in a
moment. It reads lines of JSON, `{"run": ["web", "8000"], "environment": {...}}`, and answers each
with the id of the new process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

from sqlalchemy import event

from smsgateway import failpoints
from smsgateway.calendars.schedule import shipped
from smsgateway.composition import load_application
from smsgateway.messaging.worker import run_worker
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.stack.lifeline import die_with_parent
from smsgateway.web.app import create_app
from smsgateway.web.simulator.server import Server
from workers import clock

BETWEEN_STATEMENTS, FAULT_OF_CLOCK = "sql.statement", "sql.fault"
"""Fail points between any two statements of any transaction."""

CALLER_PATIENCE_S = 1.5
"""How long the web server waits for SQL; less than in wsgi.py, so that a short hold is enough."""

SPEED = 40
"""How much faster the clock of the service runs than the machine's."""


class FastClock:
    """Runs SPEED times as fast since `began`, and jumps by what the file says, in seconds."""

    def __init__(self, began: float, jumps: Path) -> None:
        self._began = began
        self._jumps = jumps

    def now(self) -> datetime:
        passed = (time.time() - self._began) * SPEED
        return datetime.fromtimestamp(self._began + passed, UTC) + timedelta(seconds=self._jumped())

    def jump(self, seconds: float) -> None:
        """Move the clock of every process; a negative figure sets it back."""
        draft = self._jumps.with_suffix(".draft")
        draft.write_text(str(self._jumped() + seconds))
        draft.rename(self._jumps)

    def _jumped(self) -> float:
        return float(self._jumps.read_text())


def main() -> None:
    """Fork a process for each line, and forget it: the system buries it when it dies."""
    load_application()
    import_module("workers.inbound")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            die_with_parent(os.getppid())
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.environ.update(order["environment"])
            failpoints.arm(os.environ)
            run(*order["run"])
            os._exit(0)
        print(pid, flush=True)  # noqa: T201


def run(what: str, *arguments: str) -> None:
    """Be the web server, the clock or the worker of a queue, until a signal ends it."""
    fast = FastClock(float(os.environ["TORTURE_BEGAN"]), Path(os.environ["TORTURE_JUMPS"]))
    patience_s = CALLER_PATIENCE_S if what == "web" else None
    service = Service.build(Settings.from_env(), clock=fast, patience_s=patience_s)
    between = FAULT_OF_CLOCK if what == "clock" else BETWEEN_STATEMENTS
    event.listen(
        service.database.engine, "after_cursor_execute", lambda *_: failpoints.reach(between)
    )
    if what == "web":
        serve(service, int(arguments[0]))
    elif what == "clock":
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        clock.run(service, shipped(), stop, interval=0.1)
    else:
        run_worker(service, what)


def serve(service: Service, port: int) -> None:
    """The webhooks, over a small threaded server that is quick to start again."""
    with Server(create_app(service, load_application()), "127.0.0.1", port) as server:
        server.serve_forever(0.1)


if __name__ == "__main__":
    main()
