"""`smsgateway consents`: what families agreed to, and what they took back."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from smsgateway.commands.opening import open_service, refuse
from smsgateway.register import consents as register
from smsgateway.register import people
from smsgateway.register.consents import Agreement
from smsgateway.reminders import withdrawal
from smsgateway.text.catalogue import LANGUAGES

CHANNEL = "command"

WORDING_LENGTH = 40

identified = click.argument("identifier", metavar="ID")


def _short(context: click.Context, option: click.Parameter, wording: str) -> str:
    """A name of 1 to 40 characters, which is the room that the register has."""
    name = wording.strip()
    if not 0 < len(name) <= WORDING_LENGTH:
        raise click.BadParameter(f"a name of 1 to {WORDING_LENGTH} characters, such as paper/1.")
    return name


@click.group()
def consents() -> None:
    """What families agreed to. ID is the identifier of the files that were imported, or the number
    of a vaccination card."""


@consents.command("list")
@identified
def list_(identifier: str) -> None:
    """List what was agreed to about the person ID, and whether it holds."""
    with open_service() as service, service.database.read() as connection:
        found = register.of_person(connection, _person(connection, identifier))
    table = Table("given on", "wording", "language", "channel", "taken back")
    for one in found:
        taken_back = f"{one.withdrawn_at:%Y-%m-%d %H:%M}" if one.withdrawn_at else ""
        day = one.given_on.isoformat()
        table.add_row(day, one.wording, one.language or "", one.channel, taken_back)
    Console().print(table)
    if not found:
        click.echo("Nothing was written down; the health centre answers for it.")


@consents.command()
@identified
@click.option(
    "--wording",
    required=True,
    callback=_short,
    help="Name and version of the text, such as paper/1.",
)
@click.option("--language", type=click.Choice(LANGUAGES), help="The one it was read in.")
def record(identifier: str, wording: str, language: str | None) -> None:
    """Write down that the family of the person ID agrees to reminders, as on a paper it signed."""
    with open_service() as service:
        now = service.clock.now()
        with service.database.begin() as connection:
            agreement = Agreement(
                phone_id=None,
                wording=wording,
                language=language,
                channel=CHANNEL,
                given_on=now.astimezone(service.settings.timezone).date(),
                given_at=now,
            )
            register.record(connection, _person(connection, identifier), agreement)
    click.echo("Written down; the clock plans the reminders.")


@consents.command()
@identified
def withdraw(identifier: str) -> None:
    """Take back the consent about the person ID: nothing that waits is sent any more."""
    with open_service() as service:
        now = service.clock.now()
        today = now.astimezone(service.settings.timezone).date()
        with service.database.begin() as connection:
            person_id = _person(connection, identifier)
            withdrawal.withdraw(connection, person_id, today, now, channel=CHANNEL)
    click.echo("Taken back. Nobody is written to about this person.")


def _person(connection: Connection, identifier: str) -> int:
    one = people.with_identifier(connection, identifier)
    if one is None:
        refuse(f"Nobody who is followed has the identifier or card {identifier}.")
    return one.id
