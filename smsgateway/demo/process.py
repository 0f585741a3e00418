"""A process of the demonstration: `python -m smsgateway.demo.process serve | worker | clock`.

The same as `smsgateway serve`, `worker` and `clock`, but for a clock that can be moved.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from smsgateway.demo.clock import MovableClock
from smsgateway.settings import Settings
from smsgateway.stack import processes, server
from smsgateway.stack.errors import StackError


def command_of(*words: str) -> tuple[str, ...]:
    """The command line of such a process under this interpreter."""
    return (sys.executable, "-P", "-m", "smsgateway.demo.process", *words)


def main(words: Sequence[str]) -> None:
    """Be that process until it is asked to stop. Raises StackError."""
    clock = MovableClock.of(Settings.from_env())
    match words:
        case ["serve"]:
            server.serve(processes.attached_settings(), "smsgateway.demo.wsgi:app")
        case ["worker", "--queue", queue]:
            processes.work(queue, clock)
        case ["clock"]:
            processes.tick(clock)
        case _:
            raise StackError(f"The demonstration has no process {' '.join(words)}.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except StackError as error:
        sys.exit(f"smsgateway: {error}")
