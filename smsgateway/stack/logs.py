"""Logging of a process: one line a record on standard output, where the supervisor reads it."""

from __future__ import annotations

import logging
import sys
from types import TracebackType

from smsgateway.errors import without_values

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Discreet(logging.Formatter):
    """Writes where an exception arose and what it is, never its words: they may quote a row."""

    def formatException(self, ei: ExcInfo) -> str:
        return without_values(ei[1]) if ei[1] else ""


def configure_logging(level: str) -> None:
    """Log from `level` on. Libraries that log addresses with numbers in them stay at warnings."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Discreet(FORMAT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for library in ("urllib3", "requests", "africastalking"):
        logging.getLogger(library).setLevel(logging.WARNING)
