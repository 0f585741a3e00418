"""The supervisor: starts programs in order, keeps them running, stops them in order.

Why not honcho over the Procfile, which the design prefers where it can do the work: honcho
(2.0, `honcho/manager.py` and `process.py`)

* gives every process the same five seconds, a constant of its module (`KILL_WAIT`), while a worker
  handing back a batch may need longer;
* ends everything when one process ends, and starts nothing again;
* stops everything at once, so Redis would be gone before the workers have handed back;
* starts each command through a shell in a session of its own and does not tie it to its parent,
  so a SIGKILL of honcho leaves all of it running.

All work is done in one thread, the main one, which sleeps until a process writes, a process ends
or a signal comes. It must be the main thread: signals are delivered there, and the kernel ends
children when the *thread* that started them ends (lifeline.py).
"""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from smsgateway.stack.child import Child
from smsgateway.stack.output import Output
from smsgateway.stack.programs import Program, Stage
from smsgateway.stack.stop import STOP_SIGNALS, Stop

STOP_DEADLINE_S = 10.0
"""How long a process may take to finish or hand back what it holds before it is killed."""
READY_DEADLINE_S = 60.0
POLL_S = 0.1
IDLE_S = 5.0


class Supervisor:
    """Runs `programs` until it is asked to stop by a signal or by `request_stop`.

    `on_ready` is called once, when every program that can tell says that it is ready. `stop` may
    have been asked for before there was a supervisor to ask.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        output: Output,
        environment: Mapping[str, str] | None = None,
        on_ready: Callable[[], None] = lambda: None,
        stop_deadline: float = STOP_DEADLINE_S,
        stop: Stop | None = None,
    ) -> None:
        environment = os.environ if environment is None else environment
        self.output = output
        self._children = [Child(program, environment, output.line) for program in programs]
        self._on_ready = on_ready
        self._stop_deadline = stop_deadline
        self._asked_before = stop
        self._selector = selectors.DefaultSelector()
        self._waker: int | None = None
        self._stops_asked = 0
        self._failed = False

    def run(self) -> int:
        """Run until the stop. Returns 0 after a stop that was asked for, 1 when it gave up."""
        with self._listening_to_signals():
            if self._asked_before is not None and self._asked_before.asked:
                self.request_stop()
            try:
                if not self.stopping and all(self._bring_up(stage) for stage in Stage):
                    self._on_ready()
                while not self.stopping:
                    self._turn(IDLE_S)
                self.output.say("stopping")
            finally:
                for stage in reversed(Stage):
                    self._bring_down(stage)
        self._selector.close()
        return 1 if self._failed else 0

    def request_stop(self, *, failed: bool = False) -> None:
        """Ask for the stop; may be called from any thread."""
        self._failed = self._failed or failed
        self._stops_asked += 1
        self._wake_up()

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for or is needed."""
        return self._stops_asked > 0 or self._failed

    def _bring_up(self, stage: Stage) -> bool:
        """Start the programs of a stage and wait until they are ready. False when they cannot."""
        children = self._of(stage)
        for child in children:
            self._start(child)
        waiting = [child for child in children if child.program.ready is not None]
        deadline = time.monotonic() + READY_DEADLINE_S
        while waiting and not self.stopping:
            waiting = [child for child in waiting if not _is_ready(child)]
            if waiting and time.monotonic() > deadline:
                names = ", ".join(child.program.name for child in waiting)
                self._give_up(f"{names}: not ready after {READY_DEADLINE_S:.0f} s")
            elif waiting:
                self._turn(POLL_S)
        return not self.stopping

    def _bring_down(self, stage: Stage) -> None:
        """Ask a stage to stop; kill what is left at the deadline or at a second request."""
        children = self._of(stage)
        for child in children:
            child.restart_at = None
            child.ask_to_stop()
        deadline = time.monotonic() + self._stop_deadline
        while any(child.running for child in children):
            if time.monotonic() > deadline or self._stops_asked > 1:
                for child in children:
                    child.kill()
            self._wait(POLL_S)
            self._collect_ends(self._children)

    def _turn(self, longest: float) -> None:
        """Sleep until something happens, then restart what ended."""
        now = time.monotonic()
        due = [child.restart_at - now for child in self._children if child.restart_at is not None]
        self._wait(max(0.0, min([longest, *due])))
        self._collect_ends(self._children)
        now = time.monotonic()
        for child in self._children:
            if not self.stopping and child.restart_at is not None and child.restart_at <= now:
                self.output.say(f"starting {child.program.name} again")
                self._start(child)

    def _start(self, child: Child) -> None:
        try:
            child.start(time.monotonic())
        except OSError as error:
            self._give_up(f"{child.program.name} cannot be started: {error}")
            return
        self._selector.register(child.pipe, selectors.EVENT_READ, child)

    def _wait(self, longest: float) -> None:
        for key, _events in self._selector.select(longest):
            if isinstance(key.data, Child):
                if not key.data.relay():
                    self._selector.unregister(key.fd)
            else:
                _drain(key.fd)

    def _collect_ends(self, children: Sequence[Child]) -> None:
        for child in children:
            pipe = child.pipe
            how = child.collect_end(time.monotonic())
            if how is None:
                continue
            if pipe in self._selector.get_map():
                self._selector.unregister(pipe)
            if self.stopping:
                child.restart_at = None
                continue
            self.output.say(f"{child.program.name} {how}")
            if child.given_up:
                self._give_up(
                    f"{child.program.name} ended {child.quick_ends} times soon after its start; "
                    "its last lines above say why"
                )

    def _give_up(self, reason: str) -> None:
        self.output.say(f"stopping everything: {reason}.")
        self._failed = True

    def _of(self, stage: Stage) -> list[Child]:
        return [child for child in self._children if child.program.stage is stage]

    @contextmanager
    def _listening_to_signals(self) -> Iterator[None]:
        """Signals, ends of children and `request_stop` wake the sleeping selector through a pipe.

        A stop signal that was ignored before stays ignored: nohup and `&` in a script mean it.
        """
        reader, writer = os.pipe()
        for end in (reader, writer):
            os.set_blocking(end, False)
        self._selector.register(reader, selectors.EVENT_READ)
        numbers = [n for n in STOP_SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]
        handlers = {number: signal.signal(number, self._on_signal) for number in numbers}
        handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        old_waker = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self._waker = writer
        try:
            yield
        finally:
            self._waker = None
            signal.set_wakeup_fd(old_waker)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            self._selector.unregister(reader)
            os.close(reader)
            os.close(writer)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stops_asked += 1

    def _wake_up(self) -> None:
        if (waker := self._waker) is not None:
            os.write(waker, b"\0")


def _is_ready(child: Child) -> bool:
    return child.running and child.program.ready is not None and child.program.ready()


def _drain(pipe: int) -> None:
    while True:
        try:
            if not os.read(pipe, 4096):
                return
        except BlockingIOError:
            return
