"""`smsgateway consultations`: who is summoned to a doctor, and what came of it."""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from smsgateway.commands.opened import facility_of
from smsgateway.commands.opening import open_service, refuse
from smsgateway.consultations import notice, open_list, summoning
from smsgateway.consultations.open_list import COLUMNS, cells
from smsgateway.consultations.summoning import (
    AlreadySummoned,
    BadVoucher,
    Found,
    NoSummons,
    Reason,
    VoucherTaken,
)
from smsgateway.messaging.hours import SendingHours
from smsgateway.register import people
from smsgateway.service import Service

USUALLY_WITHIN = timedelta(days=7)

day = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])
on_day = click.option("--on", "moment", type=day, help="The day it was.  [default: today]")


@click.group()
def consultations() -> None:
    """Children and women whom a doctor wants to see."""


@consultations.command()
@click.argument("identifier", metavar="ID")
@click.option(
    "--reason",
    type=click.Choice([one.value for one in Reason]),
    required=True,
    help="Never in a message.",
)
@click.option("--by", "moment", type=day, help="The last day to come.  [default: in a week]")
@click.option("--voucher", help="Number of the paper that the family shows; drawn without it.")
def summon(identifier: str, reason: Reason, moment: datetime | None, voucher: str | None) -> None:
    """Summon the person ID: the family is written to, reminded, and visited if nobody comes.

    ID is the identifier of the files that were imported, or the number of a vaccination card.
    """
    with open_service() as service:
        today = _today(service)
        by_date = moment.date() if moment else today + USUALLY_WITHIN
        if by_date < today:
            refuse(f"{by_date} has gone by: give --by a day to come.")
        try:
            with service.database.begin() as connection:
                one = people.with_identifier(connection, identifier)
                if one is None:
                    refuse(f"Nobody who is followed has the identifier or card {identifier}.")
                summoning.summon(
                    connection, one.id, Reason(reason), by_date, voucher, service.clock.now()
                )
                made = summoning.open_of_people(connection, [one.id])[one.id]
                told = notice.leaves_in_time(
                    connection,
                    made,
                    SendingHours(service.settings.sending_hours, service.settings.timezone),
                    service.clock.now(),
                )
        except AlreadySummoned:
            refuse("They are summoned already: see `smsgateway consultations list`.")
        except (VoucherTaken, BadVoucher) as error:
            refuse(f"{error} Give another --voucher, or none.")
    rest = "The clock writes to them." if told else "No SMS leaves in time: tell them."
    click.echo(f"Summoned until {made.by_date}, voucher {made.voucher}. {rest}")


@consultations.command("list")
@click.option("--facility", "code", help="Code of a facility; all without it.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, for a spreadsheet.")
def list_(code: str | None, as_csv: bool) -> None:
    """List who was summoned and has not been seen, the earliest day first."""
    with open_service() as service, service.database.read() as connection:
        place = facility_of(connection, code) if code else None
        rows = [cells(one) for one in open_list.waiting(connection, place)]
    if as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows([COLUMNS, *rows])
        return
    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    if not rows:
        click.echo("Nobody is waited for.")


@consultations.command()
@click.argument("voucher")
@on_day
def seen(voucher: str, moment: datetime | None) -> None:
    """Say that the family with VOUCHER came: nothing more is said to it."""
    with open_service() as service:
        try:
            with service.database.begin() as connection:
                day_seen = _past(service, connection, voucher, moment)
                summoning.seen(connection, voucher, day_seen, service.clock.now())
        except NoSummons:
            _refuse_closed(voucher)
    click.echo("Seen.")


@consultations.command()
@click.argument("voucher")
@click.argument("found", type=click.Choice([one.value for one in Found]))
@on_day
def visit(voucher: str, found: Found, moment: datetime | None) -> None:
    """Write down a visit to the home of the family with VOUCHER, and what it came to."""
    with open_service() as service:
        try:
            with service.database.begin() as connection:
                visited_on = _past(service, connection, voucher, moment)
                summoning.visit_home(
                    connection, voucher, Found(found), visited_on, service.clock.now()
                )
        except NoSummons:
            _refuse_closed(voucher)
    click.echo("Written down.")


def _refuse_closed(voucher: str) -> None:
    refuse(
        f"Nobody waits under the voucher {voucher}, or no longer: "
        "see `smsgateway consultations list`."
    )


def _past(service: Service, connection: Connection, voucher: str, moment: datetime | None) -> date:
    """The day given, or today. Refused when it is to come, or when nobody was waited for on it yet.
    Raises NoSummons."""
    today = _today(service)
    if moment is None:
        return today
    if moment.date() > today:
        refuse(f"{moment.date()} is still to come.")
    first = open_list.first_day(connection, voucher, service.settings.timezone)
    if moment.date() < first:
        refuse(f"{moment.date()} is too early: the first day it can have been is {first}.")
    return moment.date()


def _today(service: Service) -> date:
    return service.clock.now().astimezone(service.settings.timezone).date()
