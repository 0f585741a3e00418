"""`smsgateway unread`: callbacks that nobody could make sense of, and reading them again."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from smsgateway.aggregators.registry import aggregators_of
from smsgateway.commands.opened import opened_database
from smsgateway.messaging import unread as unread_callbacks
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.web.webhooks.rereading import reread

SHOWN = 20


@click.command()
@click.option("--raw", is_flag=True, help="Show what came, which may be personal.")
@click.option("--retry", is_flag=True, help="Take in those that can be read by now.")
def unread(raw: bool, retry: bool) -> None:
    """Callbacks of gateways that could not be read: how many, since when, why."""
    with opened_database() as database:
        if retry:
            service = Service.build(Settings.from_env())
            taken = reread(service, aggregators_of(service.settings))
            service.close()
            click.echo(f"Taken in: {taken}.")
        with database.read() as connection:
            counts = unread_callbacks.counted(connection)
            newest = unread_callbacks.newest(connection, SHOWN)
    if not counts:
        click.echo("There are none.")
        return
    click.echo(", ".join(f"{kind}: {count}" for kind, count in sorted(counts.items())))
    columns = ["came in (UTC)", "channel", "kind", "why", *(["what"] if raw else [])]
    table = Table(*columns)
    for one in newest:
        cells = [f"{one.received_at:%Y-%m-%d %H:%M:%S}", one.channel, one.kind, one.error]
        what = [f"{one.query} {one.body.decode('utf-8', 'replace')}".strip()] if raw else []
        table.add_row(*cells, *what)
    Console().print(table)
