"""`smsgateway up`, `serve`, `worker` and `clock`: the processes of the service."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click

from smsgateway.settings import Settings
from smsgateway.stack.errors import StackError
from smsgateway.stack.programs import QUEUES

P = ParamSpec("P")


def one_sentence(command: Callable[P, None]) -> Callable[P, None]:
    """A stack that cannot start ends with its one sentence and status 2."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except StackError as error:
            click.echo(f"smsgateway: {error}", err=True)
            sys.exit(2)

    return wrapped


@click.command()
@one_sentence
def up() -> None:
    """Run the whole service on this machine until Ctrl-C or SIGTERM.

    Starts an embedded Redis under var/ unless REDIS_URL is set, then the web server, the
    workers and the clock, and starts again what ends. A SQLite database is brought up to date
    first; a PostgreSQL at DATABASE_URL is only checked.
    """
    from smsgateway.composition import load_application
    from smsgateway.stack.run import supervised
    from smsgateway.stack.supervisor import Supervisor

    settings = Settings.from_env()
    load_application(settings.flows)

    def ready(supervisor: Supervisor) -> None:
        supervisor.output.say(f"everything runs; listening on {settings.host}:{settings.port}")

    sys.exit(supervised(settings, on_ready=ready))


@click.command()
@one_sentence
def serve() -> None:
    """Serve the web application: webhooks, health, metrics."""
    from smsgateway.composition import load_application
    from smsgateway.stack import ports, server
    from smsgateway.stack.processes import attached_settings

    settings = attached_settings()
    load_application(settings.flows)
    ports.require_free(settings.host, settings.port)
    server.serve(settings)


@click.command()
@click.option("--queue", type=click.Choice(QUEUES), required=True, help="The one queue to work on.")
@one_sentence
def worker(queue: str) -> None:
    """Work on one queue of jobs until SIGTERM or Ctrl-C."""
    from smsgateway.stack import processes

    processes.work(queue)


@click.command()
@one_sentence
def clock() -> None:
    """Find what is due and ring for it until SIGTERM or Ctrl-C.

    Reminders whose time has come, receipts that wait, leases of workers that died.
    """
    from smsgateway.stack import processes

    processes.tick()
