"""`smsgateway db`: the schema of the database."""

from __future__ import annotations

import sys

import click

from smsgateway.schema import metadata
from smsgateway.settings import Settings
from smsgateway.storage import migrate
from smsgateway.storage.engine import Database


@click.group()
def db() -> None:
    """Bring the database to the schema of this version, or check it."""


@db.command()
def upgrade() -> None:
    """Run the migrations that are missing; nothing happens when there are none."""
    revision = migrate.upgrade(_database())
    click.echo(f"The database is at revision {revision}.")


@db.command()
def check() -> None:
    """End with status 1 when a migration is missing or a table is not as it should be."""
    database = _database()
    try:
        migrate.check(database)
    except migrate.SchemaOutOfDate as error:
        click.echo(f"smsgateway: {error}", err=True)
        sys.exit(1)
    changes = migrate.differences(database, metadata)
    for change in changes:
        click.echo(f"The schema differs: {change}", err=True)
    if changes:
        sys.exit(1)
    click.echo(f"The database is at revision {migrate.head()}, as this version needs it.")


@db.command(hidden=True)
@click.argument("message")
def revision(message: str) -> None:
    """For developers: write the migration that the tables declared in code still need."""
    click.echo(migrate.new_revision(_database(), metadata, message))


def _database() -> Database:
    return Database(Settings.from_env().database_url)
