"""The whole service on one machine, as `smsgateway up` and the demo run it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException

from sqlalchemy.exc import OperationalError

from smsgateway.settings import Settings
from smsgateway.stack import lock, ports, valkey
from smsgateway.stack.errors import StackError
from smsgateway.stack.output import Output
from smsgateway.stack.programs import Program, command_of, service_programs
from smsgateway.stack.stop import Stop
from smsgateway.stack.supervisor import Supervisor
from smsgateway.storage import migrate
from smsgateway.storage.engine import Database

ANSWER_TIMEOUT_S = 2.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""A server that listens on every address is asked on the machine's own."""

PRIVATE = 0o077
"""The umask of everything that runs here: what is under `var/` is personal."""


def supervised(
    settings: Settings,
    *,
    others: Sequence[Program] = (),
    command: Callable[..., tuple[str, ...]] = command_of,
    environment: Mapping[str, str] | None = None,
    output: Callable[[list[str]], Output] = Output,
    on_ready: Callable[[Supervisor], None],
    stop: Stop | None = None,
) -> int:
    """Run the service, and `others` beside it, until a stop. Returns the exit status.

    `command` makes the command lines of the service's own processes. `environment` is what all
    processes see and must be the one `settings` were read from. A `stop` that was asked for before
    ends everything at once.
    Raises StackError or SettingsError, with nothing started, when the service cannot run here.
    """
    os.umask(PRIVATE)
    with lock.owned(settings.var_dir):
        ports.require_free(settings.host, settings.port)
        prepare_database(settings)
        programs = [
            *([valkey.program(settings)] if settings.embedded_redis else []),
            *service_programs(lambda: answers(settings.host, settings.port, "/healthz"), command),
            *others,
        ]
        supervisor = Supervisor(
            programs,
            output=output([program.name for program in programs]),
            environment=os.environ if environment is None else environment,
            on_ready=lambda: on_ready(supervisor),
            stop=stop,
        )
        try:
            return supervisor.run()
        finally:
            settings.redis_socket.unlink(missing_ok=True)


def prepare_database(settings: Settings) -> None:
    """Bring a SQLite file, which is ours alone, up to date; only check a PostgreSQL.

    Other hosts may work on a PostgreSQL, so a person decides when its schema changes. Raises
    StackError.
    """
    database = Database(settings.database_url)
    try:
        if database.is_postgresql:
            migrate.check(database)
        else:
            migrate.upgrade(database)
    except migrate.SchemaOutOfDate as error:
        raise StackError(str(error)) from None
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise StackError(
            f"The database does not answer ({reason}): start it, or correct DATABASE_URL."
        ) from None
    finally:
        database.dispose()


def answers(host: str, port: int, path: str) -> bool:
    """Whether a web server there answers a GET of `path` with 200."""
    connection = HTTPConnection(EVERYWHERE.get(host, host), port, timeout=ANSWER_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
