"""A throw-away installation: its folder, its settings and the simulator wired to it both ways."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from smsgateway.settings import Settings
from smsgateway.stack import lock, ports
from smsgateway.stack.programs import Program, Stage, command_of
from smsgateway.stack.run import answers

HOST = "127.0.0.1"
SERVICE_PORT = 8000
SIMULATOR_PORT = 8001
"""Where people look for a demonstration."""

SERVICE_CODE = "*384*223#"
DELIVERY_DELAY_S = 1.0
ABANDONED_AFTER_S = 60.0
FOLDER_PREFIX = "smsgateway-demo-"

PASSED_ON = ("PATH", "HOME", "USER", "LANG", "LANGUAGE", "LC_ALL", "TMPDIR", "TERM", "NO_COLOR")
"""What a demo process sees of our environment. Nothing else, so that a demo started beside a real
installation cannot reach its database, its Redis or its account with a gateway."""


@dataclass(frozen=True)
class Installation:
    """Where a demonstration runs."""

    settings: Settings
    environment: dict[str, str]
    simulator_port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.settings.port}"

    @property
    def simulator_url(self) -> str:
        return f"http://{HOST}:{self.simulator_port}"

    @property
    def people_file(self) -> Path:
        """Who is offered on the phone page (JSON)."""
        return self.settings.var_dir / "people.json"

    @property
    def log_file(self) -> Path:
        """What every process has written."""
        return self.settings.var_dir / "output.log"

    def simulator(self) -> Program:
        """The simulator as a process beside the service."""
        return Program(
            "simulator",
            command_of(
                "simulator",
                *("--host", HOST, "--port", str(self.simulator_port)),
                *("--service-code", SERVICE_CODE),
                *("--delivery-delay", str(DELIVERY_DELAY_S)),
                *("--people", str(self.people_file)),
            ),
            Stage.LISTEN,
            ready=lambda: answers(HOST, self.simulator_port, "/simulator/api/config"),
        )


@contextmanager
def temporary(port: int | None = None, simulator_port: int | None = None) -> Iterator[Installation]:
    """An installation under a folder of its own, which is removed at the end of the block.

    The ports are those given when they are free, else any that are.
    """
    remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    try:
        yield _at(folder, ports.pick(HOST, port), ports.pick(HOST, simulator_port))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned() -> None:
    """Remove the folders of demonstrations that were killed before they could do it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        old = time.time() - folder.lstat().st_mtime > ABANDONED_AFTER_S
        if old and not folder.is_symlink() and lock.is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _at(folder: Path, port: int, simulator_port: int) -> Installation:
    token = secrets.token_urlsafe(24)
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {
        "SMSGATEWAY_VAR": str(folder),
        "HOST": HOST,
        "PORT": str(port),
        "WEBHOOK_TOKENS": token,
        "USSD_SERVICE_CODES": SERVICE_CODE,
        "SENDING_HOURS": "00:00-24:00",
        "AFRICASTALKING_USERNAME": "demo",
        "AFRICASTALKING_API_KEY": "demo",
        "AFRICASTALKING_BASE_URL": f"http://{HOST}:{simulator_port}",
        "SIMULATOR_URL": f"http://{HOST}:{simulator_port}",
        "SIMULATOR_CALLBACK_BASE": f"http://{HOST}:{port}/webhooks/africastalking/main/{token}",
        "LOG_LEVEL": "WARNING",
    }
    return Installation(Settings.from_env(environment), environment, simulator_port)
