"""`smsgateway dial`: a phone in the terminal."""

from __future__ import annotations

import click
import requests

from smsgateway.settings import Settings
from smsgateway.text.gsm7 import septets
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn
from smsgateway.web.handset import Handset, Line, UnfitScreen, in_process, over_http


@click.command()
@click.argument("code")
@click.option("--phone", required=True, help="The calling number, e.g. +22370000001.")
@click.option("--url", help="The callback address of a running service; else in process.")
def dial(code: str, phone: str, url: str | None) -> None:
    """Dial CODE and press keys; an empty line or Ctrl-D hangs up."""
    try:
        msisdn = parse_msisdn(phone)
    except InvalidMsisdn as error:
        raise click.BadParameter(str(error), param_hint="--phone") from None
    handset = Handset(over_http(url) if url else _own_service(), msisdn)
    try:
        screen = handset.dial(code)
        while True:
            click.echo(f"\n{screen}\n")
            click.secho(f"[{septets(screen)} septets]", dim=True)
            if not handset.open:
                return
            answer = click.prompt(">", default="", show_default=False, prompt_suffix=" ")
            if not answer:
                return
            screen = handset.send(answer)
    except click.Abort:
        click.echo()
    except UnfitScreen as error:
        raise click.ClickException(f"A phone could not show this: {error}.") from None
    except requests.RequestException as error:
        raise click.ClickException(f"The service did not answer: {error}.") from None


def _own_service() -> Line:
    """The service in this process, on the database and Redis of the settings."""
    from smsgateway.composition import load_application
    from smsgateway.service import Service
    from smsgateway.stack import valkey
    from smsgateway.stack.errors import StackError
    from smsgateway.web.app import create_app

    settings = Settings.from_env()
    try:
        valkey.require(settings)
    except StackError as error:
        raise click.ClickException(f"{error} Or give --url.") from None
    app = create_app(Service.build(settings), load_application(settings.flows))
    token = settings.webhook_tokens[0]
    return in_process(app, f"/webhooks/africastalking/main/{token}/ussd")
