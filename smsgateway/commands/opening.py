"""What commands share: the service they work on, and how they refuse."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from smsgateway.service import Service
from smsgateway.settings import Settings


@contextmanager
def open_service() -> Iterator[Service]:
    """The service as the environment sets it, closed at the end of the block."""
    service = Service.build(Settings.from_env())
    try:
        yield service
    finally:
        service.close()


def refuse(reason: str) -> NoReturn:
    """End the command with one sentence and status 1."""
    click.echo(f"smsgateway: {reason}", err=True)
    sys.exit(1)
