"""`smsgateway callbacks`, `complaints` and `surveys`: what people have told the service."""

from __future__ import annotations

from datetime import datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from smsgateway.commands.opening import open_service, refuse
from smsgateway.feedback import callbacks as calls
from smsgateway.feedback import complaints as box
from smsgateway.feedback import surveys as votes
from smsgateway.feedback.callbacks import Settled
from smsgateway.feedback.complaints import AlreadyAnswered, UnknownTicket, Unsayable
from smsgateway.feedback.surveys import FEWEST, Grade, Summary
from smsgateway.messaging.bell import Bell, QueueName
from smsgateway.register import directory

BAR = 20
"""Characters of a whole bar."""

of_facility = click.option("--facility", "code", help="Code of a facility; all without it.")


@click.group()
def callbacks() -> None:
    """People who wait for a call."""


@callbacks.command("list")
@of_facility
def list_callbacks(code: str | None) -> None:
    """List who waits for a call, the longest waiting first."""
    with open_service() as service, service.database.read() as connection:
        waiting = calls.open_requests(connection, _facility_id(connection, code))
    table = Table("id", "since", "phone", "language", "facility", "reason")
    for one in waiting:
        table.add_row(
            str(one.id),
            _moment(one.requested_at),
            one.msisdn,
            one.language or "",
            one.facility or "",
            one.reason,
        )
    Console().print(table)


@callbacks.command()
@click.argument("request_id", metavar="ID", type=int)
@click.option("--given-up", is_flag=True, help="Nobody answered, however often it rang.")
def done(request_id: int, given_up: bool) -> None:
    """Take ID off the list: the person was called."""
    outcome = Settled.GIVEN_UP if given_up else Settled.REACHED
    with open_service() as service, service.database.begin() as connection:
        settled = calls.settle(connection, request_id, service.clock.now(), outcome)
    if not settled:
        refuse(f"Nobody waits under {request_id}.")
    click.echo("Taken off the list.")


@click.group()
def complaints() -> None:
    """Complaints that wait for an answer."""


@complaints.command("list")
@of_facility
def list_complaints(code: str | None) -> None:
    """List the complaints without an answer, the oldest first."""
    with open_service() as service, service.database.read() as connection:
        waiting = box.unanswered(connection, _facility_id(connection, code))
    table = Table("ticket", "since", "about", "facility", "status")
    for one in waiting:
        table.add_row(one.ticket, _moment(one.filed_at), one.kind, one.facility or "", one.status)
    Console().print(table)


@complaints.command()
@click.argument("ticket")
def take(ticket: str) -> None:
    """Say that somebody looks into the complaint TICKET; its phone sees it at the next call."""
    with open_service() as service:
        try:
            with service.database.begin() as connection:
                box.take_up(connection, ticket, service.clock.now())
        except (UnknownTicket, AlreadyAnswered) as error:
            refuse(str(error))
    click.echo("In progress.")


@complaints.command()
@click.argument("ticket")
@click.option("--text", required=True, help="The answer, in the language of who complained.")
def answer(ticket: str, text: str) -> None:
    """Answer the complaint TICKET by SMS and close it.

    The SMS lies on a phone that others may read: no name, no diagnosis.
    """
    with open_service() as service:
        routes = service.settings.encoding_policies
        try:
            with service.database.begin() as connection:
                ids = box.answer(
                    connection, service.catalogue, routes, ticket, text, service.clock.now()
                )
        except (UnknownTicket, AlreadyAnswered, Unsayable) as error:
            refuse(str(error))
        Bell(service.redis).ring(QueueName.REPLIES, ids)
    click.echo("The answer goes out by SMS.")


@click.command()
@of_facility
@click.option("--weeks", type=click.IntRange(1), default=13, show_default=True)
def surveys(code: str | None, weeks: int) -> None:
    """Show how visits went, for each facility, as told by keypad in the last weeks.

    Fewer than five answers are not shown: they might say who gave them.
    """
    with open_service() as service, service.database.read() as connection:
        today = service.clock.now().astimezone(service.settings.timezone).date()
        found = votes.summaries(
            connection, today - timedelta(weeks=weeks), _facility_id(connection, code)
        )
    for one in found:
        click.echo("\n".join(_picture(one)))
    if not found:
        click.echo("No answers yet.")


def _picture(summary: Summary) -> list[str]:
    """A bar for each question: filled for well, half filled for so-so."""
    if summary.shares is None:
        return [f"{summary.facility}: fewer than {FEWEST} answers"]
    lines = [f"{summary.facility}: {summary.answers} answers"]
    for question, shares in summary.shares.items():
        well = round(BAR * shares[Grade.WELL])
        so_so = round(BAR * (shares[Grade.WELL] + shares[Grade.SO_SO])) - well
        bar = "█" * well + "▒" * so_so + "·" * (BAR - well - so_so)
        lines.append(f"  {question:<10} {bar} {shares[Grade.WELL]:4.0%} well")
    return lines


def _facility_id(connection: Connection, code: str | None) -> int | None:
    if code is None:
        return None
    found = directory.by_code(connection, code)
    if found is None:
        refuse(f"No facility has the code {code}.")
    return found.id


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
