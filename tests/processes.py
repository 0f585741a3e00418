"""Watching real processes in tests: start one, find all it started, wait for something to be so."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

from smsgateway.stack.lifeline import die_with_parent
from smsgateway.stack.stop import STOP_SIGNALS

PATIENCE_S = 60.0


class Family:
    """A process and everything it ever started, known by working in or below one folder."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], folder: Path) -> None:
        self.folder = folder
        self._log = folder / "output"
        with self._log.open("wb") as output:
            self.head = subprocess.Popen(
                command,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(_set_free, os.getpid()),
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
        return self._log.read_text("utf-8", "replace")

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            alive = process.status() != psutil.STATUS_ZOMBIE
            return alive and process.cwd().startswith(str(self.folder))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False


def _set_free(parent: int) -> None:
    """A child of its own: ended with us, and open to every stop signal.

    A shell that runs the tests in the background has them ignore SIGINT, and children inherit it.
    """
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    die_with_parent(parent)


@contextmanager
def family(command: Sequence[str], environment: dict[str, str] | None = None) -> Iterator[Family]:
    """Run `command` in a folder of its own, which is also its place for temporary files.

    Whatever is left of the family at the end of the block is killed. The folder's path is short,
    because a unix socket's address has at most 107 bytes.
    """
    folder = Path(tempfile.mkdtemp(prefix="smsgw-"))
    started = Family(command, {**os.environ, "TMPDIR": str(folder), **(environment or {})}, folder)
    try:
        yield started
    finally:
        for process in started.members():
            process.kill()
        started.head.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Callable[[], object], what: str, *, seconds: float = PATIENCE_S) -> None:
    """Return as soon as `condition` holds; fail saying `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.05)
