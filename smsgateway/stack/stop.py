"""A stop that is asked for while nothing is supervised yet."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Remembers a stop signal until somebody looks, between two steps of a preparation.

    An exception raised by the signal's handler would be prompter, but it comes up wherever the
    interpreter happens to be: inside a finaliser or a callback from C it is printed and dropped,
    and the stop with it. A second signal, from somebody who does not want to wait, does raise.
    """

    def __init__(self) -> None:
        self.asked = False

    @classmethod
    @contextmanager
    def listening(cls) -> Iterator[Stop]:
        """Listen during the block. A signal that was ignored before stays ignored."""
        stop = cls()
        numbers = [n for n in STOP_SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]
        handlers = {number: signal.signal(number, stop._on_signal) for number in numbers}
        try:
            yield stop
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
