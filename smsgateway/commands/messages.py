"""`smsgateway send`: one message through the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import click
from sqlalchemy import Connection

from smsgateway.messaging import outbox
from smsgateway.messaging.bell import Bell, QueueName
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.register import phones
from smsgateway.service import Service
from smsgateway.settings import Settings
from smsgateway.text.catalogue import SOURCE, MissingText
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn
from smsgateway.text.orthography import Policy, fold
from smsgateway.text.placeholders import Day, Number, NumericDay, Placeholder, Value, WrongValue
from smsgateway.text.segments import measure
from smsgateway.text.templates import MissingValue, Rendered, render


@click.command()
@click.option("--to", "number", required=True, help="The phone, e.g. +22376000000.")
@click.option("--text", help="The text; letters that the route does not carry are folded.")
@click.option("--template", type=click.Choice(sorted(TEMPLATES)), help="A message by its id.")
@click.option(
    "--value", "values", multiple=True, metavar="NAME=TEXT", help="For the template; repeatable."
)
def send(number: str, text: str | None, template: str | None, values: tuple[str, ...]) -> None:
    """Put one message into the outbox: --text or --template.

    It goes out at once, whatever the hour, but never to a phone that said STOP.
    """
    if bool(text) == bool(template):
        raise click.UsageError("Give --text or --template, and not both.")
    try:
        msisdn = parse_msisdn(number)
    except InvalidMsisdn as error:
        raise click.BadParameter(str(error), param_hint="--to") from None
    service = Service.build(Settings.from_env())
    try:
        now = service.clock.now()
        with service.database.begin() as connection:
            profile = _reachable(connection, msisdn)
            language = (profile and profile.language) or SOURCE
            wished = profile.encoding if profile else None
            policy = service.settings.encoding_policies.policy_for(msisdn, wished)
            if text:
                rendered = _folded(text, policy or Policy.COMPACT)
            else:
                rendered = _render(service, template, language, values, policy)
            message_id = _add(connection, msisdn, language, rendered, template, now)
        Bell(service.redis).ring(QueueName.REPLIES, [message_id])
    finally:
        service.close()
    click.echo(f"Message {message_id} is queued: {rendered.segments} x {rendered.encoding}.")


def _reachable(connection: Connection, msisdn: str) -> phones.PhoneProfile | None:
    profile = phones.profile(connection, msisdn)
    if profile and profile.opted_out:
        raise click.ClickException("This phone said STOP: nothing is sent until it says START.")
    return profile


def _folded(text: str, policy: Policy) -> Rendered:
    body = fold(text, policy)
    encoding, _, segments = measure(body)
    if not segments:
        raise click.UsageError("Nothing of this text can be sent: write it in other letters.")
    return Rendered(body, encoding, segments)


def _render(
    service: Service,
    template: str | None,
    language: str,
    values: Sequence[str],
    policy: Policy | None,
) -> Rendered:
    chosen = TEMPLATES[template or ""]
    try:
        typed = dict(_typed(value, chosen.placeholders) for value in values)
        return render(chosen, service.catalogue, language, typed, policy)
    except (MissingValue, WrongValue, MissingText, ValueError) as error:
        raise click.UsageError(str(error)) from None


def _typed(assignment: str, placeholders: Mapping[str, Placeholder]) -> tuple[str, Value]:
    """`date=2026-06-08` as a name with a value of the placeholder's type. Raises ValueError."""
    name, equals, text = assignment.partition("=")
    if not equals or name not in placeholders:
        names = ", ".join(placeholders) or "none"
        raise ValueError(f"{assignment!r} is not NAME=TEXT with one of these names: {names}.")
    match placeholders[name]:
        case Number():
            return name, int(text)
        case Day() | NumericDay():
            return name, date.fromisoformat(text)
        case _:
            return name, text


def _add(
    connection: Connection,
    msisdn: str,
    language: str,
    rendered: Rendered,
    template: str | None,
    now: datetime,
) -> int:
    new = outbox.reply(
        rendered,
        dedupe_key=f"{outbox.BY_HAND}{uuid.uuid4().hex}",
        phone_id=phones.ensure_phone(connection, msisdn, now),
        msisdn=msisdn,
        language=language,
        template=template or "text",
        now=now,
    )
    return outbox.add(connection, [new], now)[0]
