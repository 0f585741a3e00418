"""One supervisor for one `var/`: two would share a socket, a database and their secrets."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smsgateway.stack.errors import StackError

LOCK_NAME = "supervisor.lock"


@contextmanager
def owned(var_dir: Path) -> Iterator[None]:
    """Own `var_dir` for the length of the block. Raises StackError when another process does.

    The lock belongs to the open file, so the kernel gives it back however the owner ends; the
    file stays, because removing it would let two later owners lock two different files.
    """
    var_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(var_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
            raise StackError(
                f"smsgateway already runs on {var_dir} (process {owner}): stop it first, "
                "or give this one its own folder in SMSGATEWAY_VAR."
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


def is_abandoned(var_dir: Path) -> bool:
    """Whether a supervisor once owned `var_dir` and none does now."""
    try:
        handle = os.open(var_dir / LOCK_NAME, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
