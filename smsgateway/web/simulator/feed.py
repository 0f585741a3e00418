"""What happened, in order, for whoever watches: the phone page by server-sent events."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

KEEP = 500
"""Events kept for a page that comes back after a break."""

MAX_WATCHERS = 32
"""Pages that may watch at once; each holds a thread of the server."""


class TooManyWatchers(Exception):
    """`MAX_WATCHERS` pages watch already."""


@dataclass(frozen=True)
class Event:
    """One thing that happened: a `kind` such as `message` or `exchange`, and its JSON data."""

    number: int
    kind: str
    data: dict[str, Any]


class Feed:
    """A bounded list of events that many threads may watch."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=KEEP)
        self._changed = threading.Condition()
        self._last = 0
        self._watchers = 0
        self._closed = False

    @property
    def watchers(self) -> int:
        """How many watch now."""
        return self._watchers

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        with self._changed:
            self._last += 1
            self._events.append(Event(self._last, kind, data))
            self._changed.notify_all()

    def close(self) -> None:
        """End every watch."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def watch(self, after: int | None, heartbeat_s: float) -> Iterator[Event | None]:
        """The events after number `after` (None: from now on), then each new one as it comes.

        Gives None when nothing happened for `heartbeat_s` seconds. Raises TooManyWatchers.
        """
        with self._changed:
            if self._watchers >= MAX_WATCHERS:
                raise TooManyWatchers
            self._watchers += 1
            seen = self._last if after is None or after > self._last else after
        stream = self._stream(seen, heartbeat_s)
        next(stream)
        return stream

    def _stream(self, seen: int, heartbeat_s: float) -> Iterator[Event | None]:
        """First None, so that a stream has begun, and gives its place back, even if unread."""
        try:
            yield None
            while not self._closed:
                news = self._news(seen, heartbeat_s)
                if not news:
                    yield None
                for event in news:
                    seen = event.number
                    yield event
        finally:
            with self._changed:
                self._watchers -= 1

    def _news(self, seen: int, heartbeat_s: float) -> list[Event]:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._last > seen, heartbeat_s)
            return [event for event in self._events if event.number > seen]
