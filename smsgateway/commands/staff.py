"""`smsgateway staff`: workers' accounts."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from smsgateway.commands.opening import open_service, refuse
from smsgateway.messaging import outbox
from smsgateway.messaging.bell import Bell, QueueName
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.service import Service
from smsgateway.staff import accounts
from smsgateway.staff.accounts import Invitation, Post, UnknownFacility, UnknownWorker
from smsgateway.staff.roles import Role
from smsgateway.text.catalogue import LANGUAGES, SOURCE
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn
from smsgateway.text.templates import render


class Phone(click.ParamType[str]):
    """A phone number; without a country code it is one of Mali."""

    name = "phone"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return parse_msisdn(value)
        except InvalidMsisdn as error:
            self.fail(str(error), param, ctx)


@click.group()
def staff() -> None:
    """Invite, unlock and list the workers who may use the service by keypad."""


@staff.command()
@click.argument("phone", type=Phone())
@click.option("--name", help="The worker's name; needed for a new worker.")
@click.option("--facility", "facility_code", help="Code of the facility; needed for a new worker.")
@click.option(
    "--role",
    type=click.Choice([one.value for one in Role]),
    default=Role.AGENT.value,
    show_default=True,
)
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of the worker's messages.")
def invite(
    phone: str, name: str | None, facility_code: str | None, role: Role, language: str | None
) -> None:
    """Send a worker's PHONE an SMS with a one-time code; the PIN is chosen at the first dial.

    Inviting a worker again ends the old PIN.
    """
    if bool(name) != bool(facility_code):
        raise click.UsageError("Give --name and --facility together.")
    post = Post(name, facility_code, Role(role), language) if name and facility_code else None
    with open_service() as service:
        now = service.clock.now()
        try:
            with service.database.begin() as connection:
                invitation = accounts.invite(connection, phone, now, post)
                ids = outbox.add(connection, [_message(service, invitation)], now)
        except (UnknownWorker, UnknownFacility) as error:
            refuse(str(error))
        Bell(service.redis).ring(QueueName.REPLIES, ids)
    click.echo(f"An SMS with a one-time code goes to worker {invitation.staff_id}.")


@staff.command()
@click.argument("phone", type=Phone())
def unlock(phone: str) -> None:
    """Give the worker on PHONE new tries with the same PIN."""
    with open_service() as service:
        try:
            with service.database.begin() as connection:
                accounts.unlock(connection, phone, service.clock.now())
        except UnknownWorker as error:
            refuse(str(error))
    click.echo("The worker may try again.")


@staff.command("list")
def list_() -> None:
    """List all workers."""
    with open_service() as service, service.database.read() as connection:
        rows = accounts.accounts(connection, service.clock.now())
    table = Table("id", "name", "phone", "facility", "role", "state")
    for row in rows:
        table.add_row(str(row.id), row.name, row.msisdn, row.facility_code, row.role, row.state)
    Console().print(table)


def _message(service: Service, invitation: Invitation) -> outbox.NewMessage:
    """The SMS with the code; it lives as long as the code."""
    template = TEMPLATES["staff_invite"]
    language = invitation.language or SOURCE
    service_code = next(iter(service.settings.ussd_service_codes), None)
    if service_code is None:
        refuse("Set USSD_SERVICE_CODES: the SMS tells the worker what to dial.")
    rendered = render(
        template,
        service.catalogue,
        language,
        {"cscom": invitation.facility_name, "ussd": service_code, "code": invitation.code},
        service.settings.encoding_policies.policy_for(invitation.msisdn),
    )
    return outbox.reply(
        rendered,
        dedupe_key=f"invite:{invitation.staff_id}:{invitation.expires_at.isoformat()}",
        phone_id=invitation.phone_id,
        msisdn=invitation.msisdn,
        language=language,
        template=template.id,
        now=invitation.expires_at - accounts.INVITATION_LIFETIME,
    )
