"""The database as short commands use it: opened, checked, closed, or one sentence why not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from smsgateway.register import facilities
from smsgateway.settings import Settings
from smsgateway.storage import migrate
from smsgateway.storage.engine import Database


@contextmanager
def opened_database() -> Iterator[Database]:
    """The database of the settings. Ends the process with status 2 when it is not usable."""
    database = Database(Settings.from_env().database_url)
    try:
        migrate.check(database)
        yield database
    except migrate.SchemaOutOfDate as error:
        refuse(str(error))
    except OperationalError:
        refuse("The database does not answer; try again.")
    finally:
        database.dispose()


def facility_of(connection: Connection, code: str) -> int:
    """The id of the facility of that code. Ends the process when there is none."""
    found = facilities.id_of(connection, code)
    if found is None:
        refuse(f"There is no facility {code}.")
    return found


def refuse(reason: str) -> NoReturn:
    """End with one sentence and status 2."""
    click.echo(f"smsgateway: {reason}", err=True)
    sys.exit(2)
