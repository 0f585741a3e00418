"""The lines of many processes in one stream, each with its name in front."""

from __future__ import annotations

import itertools
import os
import sys
from typing import IO

import click

COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "bright_cyan", "bright_yellow")
OWN_NAME = "smsgateway"


class Output:
    """Writes named lines to `file`, else to standard output until its reader has gone."""

    def __init__(self, names: list[str], file: IO[str] | None = None) -> None:
        self._file = file
        self._width = max(len(name) for name in [*names, OWN_NAME])
        self._colours = dict(zip(names, itertools.cycle(COLOURS), strict=False))

    def line(self, name: str, text: str) -> None:
        """One line of the process `name`."""
        prefix = click.style(f"{name:<{self._width}} |", fg=self._colours.get(name))
        self._write(f"{prefix} {text}")

    def say(self, text: str) -> None:
        """One line of the supervisor itself."""
        self._write(click.style(f"{OWN_NAME:<{self._width}} | {text}", bold=True))

    def _write(self, text: str) -> None:
        try:
            click.echo(text, file=self._file)
        except (OSError, ValueError):
            silence_stdout()


def silence_stdout() -> None:
    """Let standard output lead nowhere: a closed terminal or pipe must not stop the service."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
