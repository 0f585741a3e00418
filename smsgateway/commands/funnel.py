"""`smsgateway flows funnel`: where people leave the dialogues, screen by screen."""

from __future__ import annotations

from datetime import date, timedelta

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import OperationalError

from smsgateway.composition import load_application
from smsgateway.sessions.funnel import FlowFigures, LookUpFigures, ScreenFigures, figures
from smsgateway.settings import Settings
from smsgateway.storage.clock import SystemClock
from smsgateway.storage.engine import Database

BAR = 24
"""The width of a full bar: the screen of the flow that most people reached."""


@click.command("funnel")
@click.option("--flow", help="One flow alone.")
@click.option(
    "--days", type=click.IntRange(1), default=30, show_default=True, help="How far to look back."
)
def funnel_command(flow: str | None, days: int) -> None:
    """How many people reach each screen, how they leave it, and how many give up there."""
    settings = Settings.from_env()
    application = load_application(settings.flows)
    names = [one.name for one in application.flows]
    if flow not in (None, *names):
        raise click.BadParameter(f"there is no flow {flow}; there are {', '.join(names)}")
    today = SystemClock().now().astimezone(settings.timezone).date()
    since = today - timedelta(days=days - 1)
    database = Database(settings.database_url)
    try:
        with database.read() as connection:
            found = figures(connection, application, since, flow=flow)
    except OperationalError as error:
        raise click.ClickException(f"The database does not answer: {error.orig}.") from None
    finally:
        database.dispose()
    if not found:
        click.echo(_nothing(flow, since))
        return
    console = Console()
    for one in found:
        console.print(_screens(one, since))
        if one.look_ups:
            console.print(_look_ups(one.look_ups))


def _nothing(flow: str | None, since: date) -> str:
    what = f"in the flow {flow}" if flow else "in any dialogue"
    return (
        f"Nobody has been counted {what} since {since}. "
        "The clock moves new counts here every half minute."
    )


def _screens(flow: FlowFigures, since: date) -> Table:
    most = max((screen.reached for screen in flow.screens), default=0)
    table = Table(title=f"{flow.flow}, version {flow.version}, since {since}", title_justify="left")
    table.add_column("screen")
    table.add_column("reached", justify="right")
    table.add_column("", min_width=BAR, no_wrap=True)
    for heading in ("answered", "back or help", "gave up", "wrong", "seconds"):
        table.add_column(heading, justify="right")
    for screen in flow.screens:
        table.add_row(*_row(screen, most))
    return table


def _row(screen: ScreenFigures, most: int) -> tuple[str, ...]:
    reached = screen.reached
    bar = "█" * round(BAR * reached / most) if most else ""
    name = screen.name.partition(".")[2]
    if screen.last:
        return (name, f"{reached}", f"{bar} end", "", "", "", "", "")
    seconds = screen.mean_seconds
    return (
        name,
        f"{reached}",
        bar,
        _share(screen.answered, reached),
        _share(screen.left_by_key, reached),
        _share(screen.abandoned, reached),
        f"{screen.invalid}",
        "" if seconds is None else f"{seconds:.0f}",
    )


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:4.0%})" if whole else f"{part}"


def _look_ups(look_ups: list[LookUpFigures]) -> Table:
    table = Table("look-up", "outcome", title="Look-ups", title_justify="left")
    table.add_column("times", justify="right")
    table.add_column("mean ms", justify="right")
    for one in look_ups:
        short = one.name.partition(".")[2]
        table.add_row(short, one.outcome, f"{one.calls}", f"{one.mean_ms:.0f}")
    return table
