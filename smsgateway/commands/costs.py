"""`smsgateway costs`: what messages have cost, by month and campaign, and what is still to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from smsgateway.campaigns import lookup
from smsgateway.commands.money import charged, will_cost
from smsgateway.commands.opened import opened_database, refuse
from smsgateway.messaging import costs as room
from smsgateway.messaging.costs import Spent, Waiting
from smsgateway.settings import Settings
from smsgateway.storage.clock import SystemClock
from smsgateway.text.prices import Prices

MONTHS = 12
BAR = 12
"""Months that are shown, and the width of the bar of the one with most segments."""


@click.command("costs")
@click.option("--month", metavar="YYYY-MM", help="One month, by kind of message and campaign.")
@click.option("--campaign", "reference", metavar="REFERENCE", help="One campaign.")
def costs(month: str | None, reference: str | None) -> None:
    """What messages have cost, and what those that wait will cost.

    Charged is what the gateways said. Where they told no price, the setting SMS_PRICES says what it
    will have been; such figures are marked with ~.
    """
    if month and reference:
        raise click.UsageError("Give --month or --campaign, and not both.")
    settings = Settings.from_env()
    with opened_database() as database, database.read() as connection:
        if reference:
            tables = _of_campaign(connection, reference, settings.sms_prices)
        elif month:
            tables = _of_month(connection, month, settings)
        else:
            tables = _of_all(connection, settings)
    _print(tables, settings.sms_prices)


def _of_all(connection: Connection, settings: Settings) -> list[Table]:
    bounds = month_bounds(SystemClock().now(), settings.timezone, MONTHS)
    months = room.by_month(connection, bounds, settings.sms_prices)
    names = {place: f"{bounds[place]:%Y-%m}" for place in range(MONTHS)}
    tables = [_spent("Sent, by month", months, names)] if months else []
    return tables + _waiting(room.waiting(connection, settings.sms_prices))


def _of_month(connection: Connection, text: str, settings: Settings) -> list[Table]:
    try:
        start = datetime.strptime(text, "%Y-%m").replace(tzinfo=settings.timezone)
        end = _next_month(start)
    except ValueError:
        raise click.BadParameter("write a month like 2026-11", param_hint="--month") from None
    prices = settings.sms_prices
    by_class = room.by_class(connection, start, end, prices)
    by_campaign = room.by_campaign(connection, start, end, prices)
    names = lookup.names(connection, [one.heading for one in by_campaign])
    tables = [_spent(f"Sent in {text}, by kind", by_class, {})] if by_class else []
    if by_campaign:
        tables.append(_spent(f"Sent in {text}, by campaign", by_campaign, names))
    return tables


def _of_campaign(connection: Connection, reference: str, prices: Prices) -> list[Table]:
    campaign_id = lookup.id_of(connection, reference)
    if campaign_id is None:
        refuse(f"There is no campaign {reference}.")
    spent = room.of_campaign(connection, campaign_id, prices)
    tables = [_spent("Sent", [spent], {campaign_id: reference})] if spent else []
    return tables + _waiting(room.waiting(connection, prices, campaign_id))


def month_bounds(now: datetime, timezone: ZoneInfo, months: int) -> list[datetime]:
    """The beginnings of the last `months` months, this one among them, and of the next."""
    local = now.astimezone(timezone)
    last = local.year * 12 + local.month - 1
    return [
        datetime(number // 12, number % 12 + 1, 1, tzinfo=timezone)
        for number in range(last - months + 1, last + 2)
    ]


def _next_month(first: datetime) -> datetime:
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def _spent(title: str, lines: Sequence[Spent], names: dict[int, str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for heading in ("messages", "segments"):
        table.add_column(heading, justify="right")
    table.add_column("", min_width=BAR, no_wrap=True)
    for heading in ("charged", "not told"):
        table.add_column(heading, justify="right", no_wrap=True)
    most = max(one.segments for one in lines)
    for one in lines:
        table.add_row(
            str(names.get(one.heading, one.heading)),
            f"{one.messages:,}",
            f"{one.segments:,}",
            "█" * round(BAR * one.segments / most) if most else "",
            charged(one.charged),
            will_cost(one.guessed),
        )
    return table


def _waiting(lines: Sequence[Waiting]) -> list[Table]:
    if not lines:
        return []
    table = Table(title="Waiting to be sent", title_justify="left")
    table.add_column("")
    for heading in ("messages", "segments", "will cost"):
        table.add_column(heading, justify="right")
    for one in lines:
        table.add_row(
            str(one.heading), f"{one.messages:,}", f"{one.cost.segments:,}", will_cost(one.cost)
        )
    return [table]


def _print(tables: Sequence[Table], prices: Prices) -> None:
    if not tables:
        click.echo("Nothing was sent there, and nothing waits.")
        return
    console = Console()
    for table in tables:
        console.print(table)
    if not prices:
        click.echo("SMS_PRICES is not set, so nothing is forecast.")
