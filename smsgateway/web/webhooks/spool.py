"""A file for callbacks that come while SQL is down: appended, fsynced, read again later.

Written by several web processes and read by the clock; a lock on the folder keeps them apart.
Its content is personal: only the owner of the process may read it.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smsgateway.failpoints import reach

logger = logging.getLogger(__name__)

_PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Spooled:
    """A callback on disk."""

    kind: str
    channel: str
    content_type: str
    body: bytes
    received_at: datetime
    query: str = ""


class Spool:
    """The spool in one folder. `waiting.jsonl` holds what is to be replayed, one callback a line;
    `aside.jsonl` what could not be used, for a person to look at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting = folder / "waiting.jsonl"
        self._replaying = folder / "replaying.jsonl"
        self._aside = folder / "aside.jsonl"

    def append(self, spooled: Spooled) -> None:
        """Write a callback to disk, and return when it is there. Raises OSError."""
        with self._lock("append.lock"):
            _append(self._waiting, _line(spooled))
        reach("spool.appended")

    def replay(self, use: Callable[[Spooled], bool]) -> int:
        """Give every spooled callback to `use`, oldest first; how many it has used.

        `use` returns False for one that will never be usable, and raises to stop the replay: then
        everything stays. Two replays at once are one replay.
        """
        if not self._waiting.exists() and not self._replaying.exists():
            return 0
        with self._lock("replay.lock"):
            if not self._replaying.exists() and not self._set_apart():
                return 0
            reach("spool.set_apart")
            used = 0
            for line in self._replaying.read_bytes().splitlines():
                spooled = _read(line)
                if spooled is not None and use(spooled):
                    used += 1
                elif line.strip():
                    _append(self._aside, line)
            reach("spool.replayed")
            self._replaying.unlink()
        logger.info("%d spooled callbacks were taken in", used)
        return used

    def _set_apart(self) -> bool:
        """Take the waiting callbacks out of the writers' way; False when there are none."""
        with self._lock("append.lock"):
            if not self._waiting.exists():
                return False
            self._waiting.rename(self._replaying)
            return True

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._folder / name, os.O_CREAT | os.O_RDWR, _PRIVATE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _append(path: Path, line: bytes) -> None:
    """The line feed before the line keeps it apart from one that a crash has cut short."""
    is_new = not path.exists()
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, _PRIVATE)
    try:
        data = memoryview(b"\n" + line + b"\n")
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """The entry of a new file is in its folder, and must be on disk too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line(spooled: Spooled) -> bytes:
    return json.dumps(
        {
            "kind": spooled.kind,
            "channel": spooled.channel,
            "content_type": spooled.content_type,
            "body": b64encode(spooled.body).decode("ascii"),
            "received_at": spooled.received_at.isoformat(),
            "query": spooled.query,
        }
    ).encode("ascii")


def _read(line: bytes) -> Spooled | None:
    """A callback from its line; None for an empty line or one that was cut short by a crash,
    whose sender was never told that we have it."""
    try:
        fields = json.loads(line)
        return Spooled(
            kind=fields["kind"],
            channel=fields["channel"],
            content_type=fields["content_type"],
            body=b64decode(fields["body"], validate=True),
            received_at=datetime.fromisoformat(fields["received_at"]),
            query=fields.get("query", ""),
        )
    except (ValueError, KeyError, TypeError):
        return None
