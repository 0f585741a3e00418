"""A child that ends with its parent, even when the parent is killed with SIGKILL."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends to this process when its parent ends."""


def _find_prctl() -> Callable[[int, int], int] | None:
    if sys.platform != "linux":
        return None
    function: Callable[[int, int], int] = ctypes.CDLL(None, use_errno=True).prctl
    return function


_prctl = _find_prctl()


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when process `parent`, which started it, ends.

    Called in the child. The kernel watches the *thread* that forked, so a parent starts its
    children from its main thread. A parent that ended before the request was made is seen by
    its changed id. Does nothing outside Linux, where only a stop with SIGKILL can leave
    processes behind. Raises OSError when the kernel refuses.
    """
    if _prctl is None:
        return
    if _prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
