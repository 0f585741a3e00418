"""What several threads bring at the same moment is written in one go.

Most of the cost of storing a callback is the commit, which is on disk when it returns; one commit
serves all the callbacks that have queued up behind it. Whoever finds nobody writing writes at
once, so nothing waits for company: a group is what came while the last one was being written.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

Item = TypeVar("Item")

MOST = 64
"""Items in one group: a bound on what one commit holds up, far above the threads of a process."""

PATIENCE_S = 8.0
"""How long a thread waits for its turn or for the commit of another. It is longer than a statement
may take in a process with callers on the line, and shorter than gateways wait for an answer."""


class NotWritten(Exception):
    """Nobody knows whether the item was written: its group came to no end."""


class _Entry(Generic[Item]):
    """An item on its way. Its thread is woken when it is done, or when it has to write itself.

    It sleeps on a bare lock, which costs a tenth of an event.
    """

    __slots__ = ("_asleep", "done", "error", "is_woken", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.error: Exception | None = None
        self.done = False
        self.is_woken = False
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def sleep(self, longest_s: float) -> bool:
        """Until it is woken; False when that did not happen in time."""
        return self._asleep.acquire(timeout=longest_s)

    def wake(self) -> None:
        """Once: a thread that was woken to write is awake when its own item is done."""
        if not self.is_woken:
            self.is_woken = True
            self._asleep.release()


class GroupWriter(Generic[Item]):
    """Hands items of many threads to `write`, one group after the other.

    `write` says of each item what kept it from being written, None for what is on disk.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Sequence[Exception | None]],
        *,
        most: int = MOST,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._write = write
        self._most = most
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._waiting: deque[_Entry[Item]] = deque()
        self._somebody_writes = False

    def put(self, item: Item) -> None:
        """Return when the item is written.

        Raises what kept it from being written; NotWritten after the patience, or when the thread
        that wrote for it came to grief.
        """
        entry = _Entry(item)
        with self._lock:
            self._waiting.append(entry)
            writes = not self._somebody_writes
            self._somebody_writes = True
        if writes or self._is_told_to_write(entry):
            self._write_group()
        if entry.error is not None:
            raise entry.error

    def _is_told_to_write(self, entry: _Entry[Item]) -> bool:
        """Wait until another has written the entry (False) or it is this thread's turn."""
        if not entry.sleep(self._patience_s):
            with self._lock:
                if not entry.is_woken:
                    with suppress(ValueError):  # it is in the group being written
                        self._waiting.remove(entry)
                    raise NotWritten
        return not entry.done

    def _write_group(self) -> None:
        """Write what waits, this thread's item first, and let the next in line write the rest."""
        with self._lock:
            group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        errors: Sequence[Exception | None] = [NotWritten()] * len(group)
        try:
            errors = self._write([entry.item for entry in group])
        finally:
            with self._lock:
                for entry, error in zip(group, errors, strict=True):
                    entry.error, entry.done = error, True
                    entry.wake()
                if self._waiting:
                    self._waiting[0].wake()
                else:
                    self._somebody_writes = False
