"""`smsgateway reminders`: what the planner does, by hand and before it is done."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from typing import Any, TextIO, TypeVar

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import OperationalError

from smsgateway.calendars.model import Schedule
from smsgateway.calendars.schedule import load, shipped
from smsgateway.commands.money import will_cost
from smsgateway.commands.opening import open_service, refuse
from smsgateway.paths import locales_dir
from smsgateway.register import directory, lines, phones
from smsgateway.reminders import activation, defaulters, review
from smsgateway.reminders.defaulters import COLUMNS, cells
from smsgateway.reminders.planner import BATCH, Planned, plan_marked
from smsgateway.reminders.preview import Preview, preview
from smsgateway.reminders.rules_file import read_rules
from smsgateway.settings import Settings
from smsgateway.storage import migrate
from smsgateway.storage.clock import SystemClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn
from smsgateway.text.prices import Prices, forecast

T = TypeVar("T")


@click.group()
def reminders() -> None:
    """Visits that are expected, and what is said about them."""


@reminders.command()
@click.option("--dry-run", is_flag=True, help="Show what would be sent; store nothing.")
@click.option("--everyone", is_flag=True, help="Plan all people, not the marked ones alone.")
@click.option(
    "--days",
    type=click.IntRange(1, 60),
    default=7,
    show_default=True,
    help="How far --dry-run looks ahead.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=5_000,
    show_default=True,
    help="People that --dry-run plans at most.",
)
@click.option(
    "--rules",
    "rules_file",
    type=click.File(encoding="utf-8-sig"),
    help="With --dry-run: what these rules would add to the plans that there are.",
)
@click.option(
    "--schedule",
    "schedule_file",
    type=click.File(encoding="utf-8-sig"),
    help="With --dry-run: plan with this file's default schedule.",
)
def plan(
    dry_run: bool,
    everyone: bool,
    days: int,
    limit: int,
    rules_file: TextIO | None,
    schedule_file: TextIO | None,
) -> None:
    """Plan the visits and reminders of people whose plan is out of date.

    The clock does this by itself; --dry-run shows counts, costs and examples before a new
    schedule or an import has any effect.
    """
    if rules_file is not None:
        if not dry_run:
            raise click.UsageError("--rules goes with --dry-run; `reminders activate` is for good.")
        _weigh(rules_file)
        return
    if schedule_file is not None and not dry_run:
        raise click.UsageError("--schedule goes with --dry-run: look before it is put in place.")
    settings = Settings.from_env()
    database = Database(settings.database_url)
    schedule = _read(schedule_file, load).pick() if schedule_file else shipped()
    click.echo(f"{schedule.title}, version {schedule.version}: {schedule.notice or 'confirmed'}")
    try:
        migrate.check(database)
        if dry_run:
            seen = _preview(database, schedule, settings, everyone, days, limit)
            _show(seen, settings.sms_prices)
        else:
            _show_planned(_plan(database, schedule, settings, everyone))
    except migrate.SchemaOutOfDate as error:
        click.echo(f"smsgateway: {error}", err=True)
        sys.exit(2)
    except OperationalError:
        click.echo("smsgateway: The database does not answer; try again.", err=True)
        sys.exit(2)
    finally:
        database.dispose()


def _preview(
    database: Database,
    schedule: Schedule,
    settings: Settings,
    everyone: bool,
    days: int,
    limit: int,
) -> Preview:
    return preview(
        database,
        Catalogue.load(locales_dir()),
        schedule,
        SystemClock().now(),
        settings,
        days=days,
        limit=limit,
        everyone=everyone,
    )


def _plan(database: Database, schedule: Schedule, settings: Settings, everyone: bool) -> Planned:
    now = SystemClock().now()
    if everyone:
        with database.begin() as connection:
            review.mark_everyone(connection, now)
    total = Planned()
    while (done := plan_marked(database, schedule, now, settings, BATCH)).people:
        total += done
    return total


def _show(seen: Preview, prices: Prices) -> None:
    _show_planned(seen.planned)
    if seen.waiting:
        click.echo(f"{seen.waiting:,} more marked people were left out by --limit.")
    click.echo(f"\n{'day':<12}{'reminders':>10}{'messages':>10}{'segments':>10}")
    for day in seen.days:
        faults = f"  {day.unwritable} cannot be written" if day.unwritable else ""
        click.echo(
            f"{day.day!s:<12}{day.reminders:>10,}{day.messages:>10,}{day.segments:>10,}{faults}"
        )
    if prices and seen.bill:
        told = will_cost(forecast(seen.bill, prices)).replace("\n", ", ")
        click.echo(f"By SMS_PRICES: {told}")
    if seen.examples:
        click.echo("\nFor example:")
    for text in seen.examples:
        click.echo(f"  {text}")
    click.echo("\nNothing was stored or sent.")


def _show_planned(done: Planned) -> None:
    click.echo(
        f"{done.people:,} people planned: {done.opened:,} visits opened, {done.closed:,} ended; "
        f"reminders: {done.new:,} new, {done.changed:,} changed, {done.cancelled:,} cancelled."
    )
    if done.failed:
        click.echo(f"{done.failed:,} plans failed and are tried again later; see the log.")


def _weigh(file: TextIO) -> None:
    """Show what rules would add. Nothing is stored."""
    with open_service() as service:
        rules = _read(file, read_rules)
        weight = activation.weigh(
            service.database, shipped(), rules, service.clock.now(), service.settings
        )
    _show_weight(weight)
    click.echo("Nothing was stored or sent.")


def _read(file: TextIO, read: Callable[[Any], T]) -> T:
    """What `read` makes of the parsed file, or one sentence that says what is wrong with it."""
    try:
        return read(json.load(file))
    except ValueError as error:
        refuse(f"{file.name}: {error}")


@reminders.command()
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@click.option(
    "--cap",
    type=click.IntRange(0),
    required=True,
    help="Messages that the new rules may add; above it nothing changes.",
)
def activate(file: TextIO, cap: int) -> None:
    """Put the rules of FILE in force.

    Every open plan is made anew, bit by bit; what has been said is not said again. Look first with
    `reminders plan --dry-run --rules FILE`.
    """
    with open_service() as service:
        weight = _read(
            file,
            lambda data: activation.activate(
                service.database, shipped(), data, service.clock.now(), service.settings, cap
            ),
        )
    _show_weight(weight)
    click.echo("These rules are in force; the clock plans anew.")


def _show_weight(weight: activation.Weight) -> None:
    click.echo(
        f"{weight.people:,} people with an open visit: {weight.added:,} reminders more "
        f"({weight.messages:,} messages, {weight.soon:,} of them within a day), "
        f"{weight.stopped:,} fewer."
    )
    for rule, count in sorted(weight.by_rule.items()):
        click.echo(f"  {rule:<20}{count:>10,}")
    for example in weight.examples:
        click.echo(f"  {example}")


@reminders.command("defaulters")
@click.option("--facility", "code", required=True, help="Code of the facility that looks for them.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, for a spreadsheet.")
def list_defaulters(code: str, as_csv: bool) -> None:
    """List whom a facility has to look for: nobody was seen, whatever the reminders said."""
    with open_service() as service, service.database.read() as connection:
        place = directory.by_code(connection, code)
        if place is None:
            refuse(f"There is no facility {code}.")
        today = service.clock.now().astimezone(service.settings.timezone).date()
        rows = [cells(one, today) for one in defaulters.listed(connection, place.id)]
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([COLUMNS, *rows])
        return
    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    if not rows:
        click.echo("Nobody is missing.")


@reminders.command()
@click.argument("phone")
def resume(phone: str) -> None:
    """Write again to PHONE, after a wrong number or a misfortune that was told there.

    Record first who has died, and which pregnancy has ended: the others are written to again.
    """
    with open_service() as service, service.database.begin() as connection:
        try:
            line = phones.profile(connection, parse_msisdn(phone))
        except InvalidMsisdn as error:
            refuse(str(error))
        if line is None:
            refuse(f"Nobody has the number {phone}.")
        people = lines.resume(connection, line.id, service.clock.now())
    click.echo(f"{people} people are reached on this line again.")
