"""`smsgateway stock`: doses that a facility cannot give for now."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from smsgateway.calendars.model import Schedule
from smsgateway.calendars.schedule import shipped
from smsgateway.commands.opened import facility_of, opened_database, refuse
from smsgateway.register import stockouts
from smsgateway.storage.clock import SystemClock


@click.group()
def stock() -> None:
    """The stock-out switch: families are not called for a dose that is missing."""


@stock.command()
@click.argument("facility")
@click.argument("dose")
def out(facility: str, dose: str) -> None:
    """FACILITY cannot give DOSE (PENTA2), or a whole series (PENTA), for now."""
    code = _code(shipped(), dose)
    with opened_database() as database, database.begin() as connection:
        new = stockouts.put_out(
            connection, facility_of(connection, facility), code, SystemClock().now()
        )
    click.echo(f"{code} is {'now' if new else 'already'} out of stock at {facility}.")


@stock.command("in")
@click.argument("facility")
@click.argument("dose")
def in_(facility: str, dose: str) -> None:
    """FACILITY has DOSE again; its families are called for it."""
    code = _code(shipped(), dose)
    with opened_database() as database, database.begin() as connection:
        gone = stockouts.bring_back(
            connection, facility_of(connection, facility), code, SystemClock().now()
        )
    click.echo(f"{code} {'is in stock again' if gone else 'was not out of stock'} at {facility}.")


@stock.command("list")
def list_() -> None:
    """List what is missing, where, and since when."""
    with opened_database() as database, database.read() as connection:
        rows = stockouts.listed(connection)
    table = Table("facility", "dose", "since")
    for row in rows:
        table.add_row(row.facility_code, row.dose, f"{row.since:%Y-%m-%d}")
    Console().print(table)


def _code(schedule: Schedule, name: str) -> str:
    """The schedule's own code of a dose or series, which records may call by another name."""
    code = schedule.code_of(name)
    if code is None:
        refuse(f"{name} is no dose or series that the schedule gives.")
    return code
