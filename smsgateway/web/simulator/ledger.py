"""Everything the gateway accepted: what loss and repetition are counted by."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any


@dataclass
class Entry:
    """One accepted message to one number. `receipts` grows as delivery reports are posted."""

    sequence: int
    message_id: str
    to: str
    sender: str | None
    text: str
    parts: int
    cost: str
    outcome: str
    accepted_at: str
    username: str
    receipts: list[dict[str, Any]] = field(default_factory=list)


class Ledger:
    """The last `keep` accepted messages, numbered from 1 in the order of their acceptance."""

    def __init__(self, keep: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._lock = threading.Lock()
        self._accepted = 0

    def add(self, **fields: Any) -> Entry:
        """Record an accepted message and number it."""
        with self._lock:
            self._accepted += 1
            entry = Entry(sequence=self._accepted, **fields)
            self._entries.append(entry)
            return entry

    def clear(self) -> None:
        """Forget everything and number from 1 again."""
        with self._lock:
            self._entries.clear()
            self._accepted = 0

    def summary(self) -> dict[str, int]:
        """`accepted` in all, `forgotten` beyond what is kept, `repeated`: same number and text."""
        with self._lock:
            seen = Counter((entry.to, entry.text) for entry in self._entries)
            kept = len(self._entries)
            return {
                "accepted": self._accepted,
                "forgotten": self._accepted - kept,
                "repeated": kept - len(seen),
            }

    def entries(self, *, to: str | None, after: int, limit: int) -> list[dict[str, Any]]:
        """Kept entries numbered above `after`, of one number or of all, oldest first."""
        with self._lock:
            return [asdict(entry) for entry in islice(self._wanted(to, after), limit)]

    def _wanted(self, to: str | None, after: int) -> Iterator[Entry]:
        return (e for e in self._entries if e.sequence > after and to in (None, e.to))
