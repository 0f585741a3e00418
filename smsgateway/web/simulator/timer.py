"""What happens later: calls put off to a moment, run by a few threads."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)

THREADS = 16
"""Calls that may run at once: each may wait for an application that answers slowly."""


class Timer:
    """Runs calls when they fall due, in the order of their moments."""

    def __init__(self, threads: int = THREADS) -> None:
        self._due: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        for number in range(threads):
            name = f"simulator-timer-{number}"
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def after(self, seconds: float, call: Callable[..., Any], *arguments: Any) -> None:
        """Run `call(*arguments)` in `seconds` from now, at once when that is not above zero."""
        moment = time.monotonic() + max(seconds, 0.0)
        with self._changed:
            heapq.heappush(self._due, (moment, next(self._numbers), call, arguments))
            self._changed.notify()

    def close(self) -> None:
        """Forget what is not due yet. Calls under way end by themselves."""
        with self._changed:
            self._closed = True
            self._due.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            call, arguments = task
            try:
                call(*arguments)
            except Exception:
                logger.exception("a call put off by the simulator failed")

    def _next(self) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
        with self._changed:
            while not self._closed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    _, _, call, arguments = heapq.heappop(self._due)
                    return call, arguments
                self._changed.wait(wait)
            return None
