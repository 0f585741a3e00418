"""Everything the gateway accepted: what loss and repetition are counted by."""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
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

    def as_json(self) -> dict[str, Any]:
        return vars(self) | {"receipts": list(self.receipts)}


class Ledger:
    """The last `keep` accepted messages, numbered from 1 in the order of their acceptance.

    `path` is a file to which every acceptance is appended, a JSON object a line, before it is
    answered: it is not bounded, and outlives the simulator.
    """

    def __init__(self, keep: int, path: Path | None = None) -> None:
        """Raises OSError when the file cannot be written."""
        self._entries: deque[Entry] = deque()
        self._keep = keep
        self._seen: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._accepted = 0
        self._file = path.open("a", encoding="utf-8", buffering=1) if path else None

    def add(self, **fields: Any) -> Entry:
        """Record an accepted message and number it."""
        with self._lock:
            self._accepted += 1
            entry = Entry(sequence=self._accepted, **fields)
            if self._file:
                self._file.write(json.dumps(entry.as_json(), ensure_ascii=False) + "\n")
            self._entries.append(entry)
            self._seen[entry.to, entry.text] += 1
            if len(self._entries) > self._keep:
                self._forget(self._entries.popleft())
            return entry

    def _forget(self, entry: Entry) -> None:
        key = entry.to, entry.text
        self._seen[key] -= 1
        if not self._seen[key]:
            del self._seen[key]

    def clear(self) -> None:
        """Forget everything and number from 1 again; the file stays as it is."""
        with self._lock:
            self._entries.clear()
            self._seen.clear()
            self._accepted = 0

    def close(self) -> None:
        """Close the file; what is accepted after that is in memory alone."""
        with self._lock:
            file, self._file = self._file, None
        if file:
            file.close()

    def summary(self) -> dict[str, int]:
        """`accepted` in all, `forgotten` beyond what is kept, `repeated`: same number and text."""
        with self._lock:
            kept = len(self._entries)
            return {
                "accepted": self._accepted,
                "forgotten": self._accepted - kept,
                "repeated": kept - len(self._seen),
            }

    def repeated(self) -> list[dict[str, Any]]:
        """The number and text of every message that was accepted more than once, and how often."""
        with self._lock:
            seen = [(to, text, times) for (to, text), times in self._seen.items() if times > 1]
        return [{"to": to, "text": text, "times": times} for to, text, times in seen]

    def entries(self, *, to: str | None, after: int, limit: int) -> list[dict[str, Any]]:
        """Kept entries numbered above `after`, of one number or of all, oldest first."""
        with self._lock:
            return [entry.as_json() for entry in islice(self._wanted(to, after), limit)]

    def _wanted(self, to: str | None, after: int) -> Iterator[Entry]:
        forgotten = self._accepted - len(self._entries)
        later = islice(self._entries, max(after - forgotten, 0), None)
        return (entry for entry in later if to in (None, entry.to))
