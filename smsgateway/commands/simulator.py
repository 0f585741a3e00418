"""`smsgateway simulator`: the stand-alone fake of Africa's Talking."""

from __future__ import annotations

import json
import signal
import threading
import tomllib
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import click

from smsgateway.web.simulator import people, scenario
from smsgateway.web.simulator.app import create_app
from smsgateway.web.simulator.config import CallbackUrls, Config
from smsgateway.web.simulator.server import Server
from smsgateway.web.simulator.simulator import Simulator

T = TypeVar("T")

POLL_S = 0.1
"""How soon a request to stop is seen."""

SECONDS = click.FloatRange(min=0)
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


def amount(text: str) -> Decimal:
    """An amount of money that is not negative."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise click.BadParameter(f"{text} is not an amount") from None
    if not value.is_finite() or value < 0:
        raise click.BadParameter(f"{text} is not an amount")
    return value


@click.command(context_settings={"show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=8001, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--callback-base",
    envvar="SIMULATOR_CALLBACK_BASE",
    help="Your address above /ussd, /ussd-events, /sms, /delivery-reports and /opt-outs.",
)
@click.option("--ussd-url", help="Your USSD callback, when it is elsewhere.")
@click.option("--events-url", help="Your end-of-session callback, when it is elsewhere.")
@click.option("--sms-url", help="Your callback for incoming SMS, when it is elsewhere.")
@click.option("--delivery-report-url", help="Your delivery-report callback, when elsewhere.")
@click.option("--opt-out-url", help="Your opt-out callback, when it is elsewhere.")
@click.option(
    "--service-code",
    "service_codes",
    multiple=True,
    help="USSD code that exists, such as *384*1#; may be repeated.  [default: any]",
)
@click.option("--short-code", default="36000", help="Number that takes SMS.")
@click.option(
    "--sender-id",
    "sender_ids",
    multiple=True,
    help="Sender that is registered; may be repeated.  [default: any]",
)
@click.option("--api-key", envvar="SIMULATOR_API_KEY", help="The right key.  [default: any]")
@click.option("--price", default="1", type=amount, help="Play money (XOF) a part costs.")
@click.option("--balance", default="1000000", type=amount, help="Play money (XOF) to begin with.")
@click.option(
    "--delivery-delay",
    "delivery_delay_s",
    default=1.0,
    type=SECONDS,
    help="Seconds to the handset.",
)
@click.option(
    "--latency", "latency_s", default=0.0, type=SECONDS, help="Seconds before a send is answered."
)
@click.option(
    "--retries", default=0, type=click.IntRange(0, 10), help="Of a callback for SMS that fails."
)
@click.option(
    "--ussd-idle-limit", "ussd_idle_limit_s", default=60.0, type=SECONDS, help="Seconds to answer."
)
@click.option(
    "--ussd-session-limit",
    "ussd_session_limit_s",
    default=180.0,
    type=SECONDS,
    help="Seconds in all.",
)
@click.option("--seed", type=int, help="The same ids and chances in every run.")
@click.option("--keep", default=100_000, type=click.IntRange(1), help="Messages in the ledger.")
@click.option(
    "--ledger", type=click.Path(dir_okay=False, path_type=Path), help="File that acceptances go to."
)
@click.option("--people", "people_file", type=EXISTING, help="Who is on the page (JSON).")
@click.option("--scenario", "scenario_file", type=EXISTING, help="What goes wrong (JSON or TOML).")
def simulator(
    host: str, port: int, people_file: Path | None, scenario_file: Path | None, **options: Any
) -> None:
    """Play Africa's Talking, and a phone in the browser, for any application that uses it."""
    cast = _loaded(people_file, people.load) if people_file else people.DEFAULT_PEOPLE
    plan = _loaded(scenario_file, scenario.load) if scenario_file else scenario.Scenario()
    try:
        played = Simulator(_config(**options), scenario=plan, people=cast)
    except OSError as error:
        raise click.ClickException(f"The ledger cannot be written: {error.strerror}.") from None
    try:
        server = Server(create_app(played), host, port)
    except OSError as error:
        played.close()
        raise click.ClickException(f"{host}:{port} cannot be used: {error.strerror}.") from None
    with server:
        _stop_on_signals(server)
        click.echo(f"Phone in the browser   {server.url}/")
        click.echo(f"Africa's Talking API   {server.url}/version1")
        server.serve_forever(POLL_S)
    played.close()


def _config(
    *,
    callback_base: str | None,
    ussd_url: str | None,
    events_url: str | None,
    sms_url: str | None,
    delivery_report_url: str | None,
    opt_out_url: str | None,
    service_codes: tuple[str, ...],
    sender_ids: tuple[str, ...],
    **plain: Any,
) -> Config:
    named = {
        "ussd": ussd_url,
        "events": events_url,
        "sms": sms_url,
        "delivery_reports": delivery_report_url,
        "opt_outs": opt_out_url,
    }
    urls = CallbackUrls.below(callback_base) if callback_base else CallbackUrls()
    urls = replace(urls, **{name: url for name, url in named.items() if url})
    for url in (urls.ussd, urls.events, urls.sms, urls.delivery_reports, urls.opt_outs):
        if url is not None and not url.startswith(("http://", "https://")):
            raise click.UsageError("an address of a callback begins with http:// or https://")
    return Config(
        callbacks=urls, service_codes=service_codes, sender_ids=frozenset(sender_ids), **plain
    )


def _loaded(path: Path, load: Callable[[object], T]) -> T:
    try:
        text = path.read_text(encoding="utf-8")
        return load(tomllib.loads(text) if path.suffix == ".toml" else json.loads(text))
    except ValueError as error:
        raise click.ClickException(f"{path} cannot be used: {error}.") from None


def _stop_on_signals(server: Server) -> None:
    """End `serve_forever` from another thread: it cannot be waited for in the one it runs in."""

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
