"""One supervised process: started, read line by line, started again when it ends, stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from functools import partial

from smsgateway.stack.lifeline import die_with_parent
from smsgateway.stack.programs import Program

STEADY_S = 10.0
"""A process that ran this long had started well: its end is not counted against it."""
QUICK_ENDS_ALLOWED = 5
FIRST_DELAY_S = 0.5
"""Before the first restart; doubled after each further quick end: 0.5, 1, 2, 4 s, then given up."""
CHUNK_BYTES = 65_536


class Child:
    """The process of one program. Times are seconds of a monotonic clock, given by the caller."""

    def __init__(
        self,
        program: Program,
        environment: Mapping[str, str],
        line: Callable[[str, str], None],
    ) -> None:
        self.program = program
        self.restart_at: float | None = None
        self.started_at = 0.0
        self.quick_ends = 0
        self._environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self._line = line
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe = -1
        self._rest = b""

    @property
    def running(self) -> bool:
        """Whether the process was started and its end has not been collected."""
        return self._process is not None

    @property
    def pipe(self) -> int:
        """The descriptor on which its output arrives."""
        return self._pipe

    @property
    def given_up(self) -> bool:
        """Whether it ended so often so soon that starting it again makes no sense."""
        return self.quick_ends >= QUICK_ENDS_ALLOWED

    def start(self, now: float) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        self.started_at, self.restart_at = now, None
        self._process = subprocess.Popen(
            self.program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid()),
        )
        assert self._process.stdout is not None
        self._pipe = self._process.stdout.fileno()
        os.set_blocking(self._pipe, False)

    def relay(self) -> bool:
        """Hand on the lines that have arrived. False at the end of the output."""
        while True:
            try:
                chunk = os.read(self._pipe, CHUNK_BYTES)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                self._hand_on(line)
            if len(self._rest) > CHUNK_BYTES:
                self._hand_on(self._rest)
                self._rest = b""

    def collect_end(self, now: float) -> str | None:
        """Once the process has ended: clear up after it and say how it ended, else None.

        Whatever it started itself and left behind is killed, so that a restart meets no old
        server on its port. Plans the restart, later each time it ended soon after its start.
        """
        process = self._process
        if process is None or process.poll() is None:
            return None
        self.kill()
        self.relay()
        if self._rest:
            self._hand_on(self._rest)
        self._rest = b""
        assert process.stdout is not None
        process.stdout.close()
        self._process, self._pipe = None, -1
        self.quick_ends = self.quick_ends + 1 if now - self.started_at < STEADY_S else 0
        self.restart_at = now + FIRST_DELAY_S * 2 ** max(0, self.quick_ends - 1)
        return _how_it_ended(process.returncode)

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """Kill the process and all that it started in its session's group."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _hand_on(self, line: bytes) -> None:
        self._line(self.program.name, line.decode("utf-8", "replace").rstrip("\r"))


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with status {code}"
