"""`smsgateway channel`: the ways out, whether they are open, and opening or closing one by hand."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from smsgateway.aggregators.base import Aggregator
from smsgateway.aggregators.registry import aggregators_of
from smsgateway.messaging import channels
from smsgateway.messaging.bell import Bell
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import channel as channel_table
from smsgateway.messaging.tables import message
from smsgateway.service import Service
from smsgateway.settings import Settings


@click.group()
def channel() -> None:
    """The ways out: which are open, and why one is not."""


@channel.command("list")
def list_() -> None:
    """Show each channel: its gateway, whether it is open, what waits for it."""
    service = Service.build(Settings.from_env())
    table = Table("channel", "gateway", "standing", "since", "tried again", "queued")
    with service.database.read() as connection:
        rows = {row.name: row for row in connection.execute(select(channel_table))}
        waiting = {row.channel: row.queued for row in connection.execute(_QUEUED)}
    zone = service.settings.timezone
    for name, gateway in service.settings.channels.items():
        row = rows.get(name)
        if row is None or row.paused_at is None:
            table.add_row(name, gateway, "open", "", "", str(waiting.get(name, 0)))
            continue
        resumes = f"{row.resumes_at.astimezone(zone):%d/%m %H:%M:%S}" if row.resumes_at else "never"
        since = f"{row.paused_at.astimezone(zone):%d/%m %H:%M:%S}"
        standing = f"paused: {row.paused_reason}"
        table.add_row(name, gateway, standing, since, resumes, str(waiting.get(name, 0)))
    Console().print(table)


@channel.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Ask each gateway whether it knows us, and what is left on the account; show what it brings
    besides sending. Sends nothing.

    Ends with status 1 when one of them is not well.
    """
    table = Table("channel", "gateway", "well", "", "brings")
    all_well = True
    for name, aggregator in aggregators_of(Settings.from_env()).items():
        health = aggregator.health()
        all_well = all_well and health.ok
        table.add_row(
            name, aggregator.name, "yes" if health.ok else "no", health.detail, _brings(aggregator)
        )
    Console().print(table)
    context.exit(0 if all_well else 1)


@channel.command()
@click.argument("name")
def pause(name: str) -> None:
    """Let nothing more through channel NAME. What waits is kept until it expires."""
    service = _service(name)
    with service.database.begin() as connection:
        channels.pause_by_hand(connection, name, service.clock.now())
    click.echo(f"Channel {name} is paused. `smsgateway channel resume {name}` opens it.")


@channel.command()
@click.argument("name")
def resume(name: str) -> None:
    """Open channel NAME, whatever had closed it, and send what waits."""
    service = _service(name)
    with service.database.begin() as connection:
        was_paused = channels.resume(connection, name)
    Bell(service.redis).ring(channel=name)
    click.echo(f"Channel {name} is open{'' if was_paused else ', as it was'}.")


def _brings(aggregator: Aggregator) -> str:
    can = aggregator.capabilities
    offers = {
        "receipts": can.delivery_reports,
        "our id in receipts": can.knows_our_reference,
        "inbound SMS": can.inbound,
        "opt-outs": can.opt_out_callback,
        "prices": can.price_in_answer,
    }
    return ", ".join(name for name, offered in offers.items() if offered) or "nothing"


def _service(name: str) -> Service:
    service = Service.build(Settings.from_env())
    if name not in service.settings.channels:
        known = ", ".join(service.settings.channels)
        raise click.BadParameter(f"{name!r} is none of the channels {known}.", param_hint="NAME")
    return service


_QUEUED = (
    select(message.c.channel, func.count().label("queued"))
    .where(message.c.state == State.QUEUED)
    .group_by(message.c.channel)
)
