"""What happens later: calls put off to a moment, run by a few threads."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any

logger = logging.getLogger(__name__)

THREADS = 16
"""Calls that may run at once: each may wait for an application that answers slowly."""

Call = Callable[[], object]


class Timer:
    """Runs calls when they fall due: one thread watches the clock, others run what is due."""

    def __init__(self, threads: int = THREADS) -> None:
        self._later: list[tuple[float, int, Call]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._due: SimpleQueue[Call | None] = SimpleQueue()
        self._threads = threads
        self._start("clock", self._watch)
        for number in range(threads):
            self._start(str(number), self._work)

    def after(self, seconds: float, call: Callable[..., object], *arguments: Any) -> None:
        """Run `call(*arguments)` in `seconds` from now, at once when that is not above zero."""
        task: Call = partial(call, *arguments)
        if seconds <= 0:
            self._due.put(task)
            return
        moment = time.monotonic() + seconds
        with self._changed:
            heapq.heappush(self._later, (moment, next(self._numbers), task))
            if self._later[0][0] == moment:
                self._changed.notify()

    def close(self) -> None:
        """Forget what is not due yet. Calls under way end by themselves."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        for _ in range(self._threads):
            self._due.put(None)

    def _start(self, name: str, run: Callable[[], None]) -> None:
        threading.Thread(target=run, name=f"simulator-timer-{name}", daemon=True).start()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                wait = self._later[0][0] - time.monotonic() if self._later else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                else:
                    self._due.put(heapq.heappop(self._later)[2])

    def _work(self) -> None:
        while (call := self._due.get()) is not None:
            try:
                call()
            except Exception:
                logger.exception("a call put off by the simulator failed")
