"""`smsgateway calendar`: closed days, extra sessions, campaigns of the ministry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from smsgateway.calendars.contact_file import shipped
from smsgateway.commands.opened import facility_of, opened_database, refuse
from smsgateway.register import campaign_days, closures, facilities, public_holidays
from smsgateway.settings import Settings
from smsgateway.storage.clock import SystemClock

_DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])
_YEAR = timedelta(days=366)


def _at_facility(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--facility", "code", help="Code of a facility; without it, the whole country."
    )(command)


@click.group()
def calendar() -> None:
    """Closed days, extra sessions and campaigns. Who is concerned gets a new plan."""


@calendar.command()
@click.option("--year", type=click.IntRange(2000, 2100), required=True)
def holidays(year: int) -> None:
    """Close the public holidays of Mali in a YEAR.

    Feasts that follow the moon are estimates: `calendar close` with the same reason puts the day
    that is announced in their place.
    """
    with opened_database() as database, database.begin() as connection:
        new = public_holidays.add_holidays(connection, year, SystemClock().now())
    for one in new:
        click.echo(
            f"{one.date}  {one.name}{'  (estimate, to be confirmed)' if one.estimated else ''}"
        )
    click.echo(f"{len(new)} days are closed that were not.")


@calendar.command()
@click.argument("days", type=_DAY, nargs=-1, required=True)
@click.option("--reason", required=True, help="Shown in lists; for a feast, as `list` has it.")
@_at_facility
def close(days: Sequence[datetime], reason: str, code: str | None) -> None:
    """Hold no session on DAYS."""
    now = SystemClock().now()
    with opened_database() as database, database.begin() as connection:
        place = facility_of(connection, code) if code else None
        for day in days:
            closures.close(connection, day.date(), reason, now, facility_id=place)
    click.echo(f"{len(days)} days are closed.")


@calendar.command("open")
@click.argument("days", type=_DAY, nargs=-1, required=True)
@_at_facility
def open_(days: Sequence[datetime], code: str | None) -> None:
    """Hold sessions again on DAYS that were closed."""
    now = SystemClock().now()
    with opened_database() as database, database.begin() as connection:
        place = facility_of(connection, code) if code else None
        opened = [closures.reopen(connection, day.date(), now, facility_id=place) for day in days]
    click.echo(f"{sum(opened)} days are open again.")


@calendar.command()
@click.argument("campaign", type=click.Choice(list(shipped().campaigns), case_sensitive=False))
@click.argument("days", type=_DAY, nargs=-1, required=True)
@click.option("--remove", is_flag=True, help="Take the days back.")
@click.option("--region", help="At every facility of a region.")
@click.option("--district", help="At every facility of a district.")
@_at_facility
def campaign(
    campaign: str,
    days: Sequence[datetime],
    remove: bool,
    region: str | None,
    district: str | None,
    code: str | None,
) -> None:
    """Hold a CAMPAIGN, or an extra session (SEANCE), on DAYS.

    Children of its age are told the day before; who is concerned is planned bit by bit.
    """
    if sum(one is not None for one in (code, region, district)) > 1:
        raise click.UsageError("Give one of --facility, --district and --region.")
    now = SystemClock().now()
    dates = [day.date() for day in days]
    with opened_database() as database, database.begin() as connection:
        places: Sequence[int | None] = [facility_of(connection, code) if code else None]
        if region or district:
            places = facilities.ids_in(connection, region=region, district=district)
            if not places:
                refuse(f"There is no facility in {region or district}.")
        for place in places:
            _hold(connection, campaign, dates, now, place, remove)
    where = f" at {len(places)} facilities" if region or district else ""
    click.echo(f"{campaign}: {len(dates)} days {'taken back' if remove else 'noted'}{where}.")


def _hold(
    connection: Connection,
    campaign: str,
    dates: Sequence[date],
    now: datetime,
    place: int | None,
    remove: bool,
) -> None:
    if not remove:
        campaign_days.add(connection, campaign, dates, now, facility_id=place)
        return
    for day in dates:
        if not campaign_days.remove(connection, campaign, day, now, facility_id=place):
            refuse(f"{campaign} is not held on {day}; nothing was changed.")


@calendar.command("list")
@click.option("--from", "start", type=_DAY, help="First day; default today.")
@click.option("--to", "end", type=_DAY, help="Last day; default a year later.")
def list_(start: datetime | None, end: datetime | None) -> None:
    """List closed days and campaign days."""
    today = SystemClock().now().astimezone(Settings.from_env().timezone)
    first = (start or today).date()
    last = end.date() if end else first + _YEAR
    with opened_database() as database, database.read() as connection:
        closed = closures.listed(connection, first, last)
        held = campaign_days.listed(connection, first, last)
    rows = [
        (
            one.date,
            one.facility_code,
            f"{one.reason}{'' if one.confirmed else ' (estimate)'}",
            "closed",
        )
        for one in closed
    ]
    rows += [(one.date, one.facility_code, one.campaign, "held") for one in held]
    table = Table("day", "facility", "what", "state")
    for day, code, what, state in sorted(rows, key=lambda row: (row[0], row[1] or "", row[2])):
        table.add_row(str(day), code or "all", what, state)
    Console().print(table)
