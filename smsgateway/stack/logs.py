"""Logging of a process: one line a record on standard output, where the supervisor reads it."""

from __future__ import annotations

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure_logging(level: str) -> None:
    """Log from `level` on. Libraries that log addresses with numbers in them stay at warnings."""
    logging.basicConfig(level=level, format=FORMAT, stream=sys.stdout, force=True)
    for library in ("urllib3", "requests", "africastalking"):
        logging.getLogger(library).setLevel(logging.WARNING)
