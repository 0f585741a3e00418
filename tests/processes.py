"""Watching real processes in tests: start one, find all it started, wait for something to be so."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

MARK = "SMSGATEWAY_TEST_MARK"
PATIENCE_S = 60.0


class Family:
    """A process and everything it ever started, known by a mark in their environment."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self._mark = uuid.uuid4().hex
        self.log = log
        with log.open("wb") as output:
            self.head = subprocess.Popen(
                command,
                env={**environment, MARK: self._mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def members(self) -> list[psutil.Process]:
        """Every living process of the family; one that is dead but not yet buried is not."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def member(self, *words: str) -> psutil.Process | None:
        """The oldest member whose command line has all of `words`."""
        for process in sorted(self.members(), key=lambda process: process.pid):
            if set(words) <= set(process.cmdline()):
                return process
        return None

    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return (
                process.status() != psutil.STATUS_ZOMBIE
                and process.environ().get(MARK) == self._mark
            )
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False


@contextmanager
def family(
    command: Sequence[str], log: Path, environment: dict[str, str] | None = None
) -> Iterator[Family]:
    """Run `command`; whatever is left of its family at the end of the block is killed."""
    started = Family(command, {**os.environ, **(environment or {})}, log)
    try:
        yield started
    finally:
        for process in started.members():
            process.kill()
        started.head.wait(10)


def wait_until(condition: Callable[[], object], what: str, *, seconds: float = PATIENCE_S) -> None:
    """Return as soon as `condition` holds; fail saying `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.05)
