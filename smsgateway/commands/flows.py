"""`smsgateway flows`: proof of the dialogues, their frozen keys, and pictures of them."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from smsgateway.commands.funnel import funnel_command
from smsgateway.composition import load_application
from smsgateway.dialogue.application import Application
from smsgateway.dialogue.book import book
from smsgateway.dialogue.checks import Fault, check, manifest_of
from smsgateway.dialogue.diagram import mermaid
from smsgateway.dialogue.network import Networks, shipped
from smsgateway.environment import Reader
from smsgateway.paths import locales_dir
from smsgateway.settings import Settings, networks_file
from smsgateway.text.catalogue import LANGUAGES, Catalogue


@click.group()
def flows() -> None:
    """The dialogues: check, manifest, book, draw, funnel."""


flows.add_command(funnel_command)


@flows.command("check")
def check_command() -> None:
    """Prove every screen of every dialogue; prints a table of faults, exit 1 if there are any."""
    application, path = _application()
    manifest = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    faults = check(application, Catalogue.load(locales_dir()), LANGUAGES, manifest, _networks())
    if faults:
        Console(soft_wrap=True).print(_table(faults))
        sys.exit(1)
    click.echo(f"{len(application.nodes)} nodes in {len(LANGUAGES)} languages: no fault.")


@flows.command("manifest")
@click.option("--write", is_flag=True, help="Freeze the keys as they are now.")
def manifest_command(write: bool) -> None:
    """The numbers of all menus: print them, or write them to be committed."""
    application, path = _application()
    text = json.dumps(manifest_of(application), indent=2, ensure_ascii=False) + "\n"
    if write:
        path.write_text(text, "utf-8")
        click.echo(f"Wrote {path.name}: commit it with the change that needed it.")
    else:
        click.echo(text, nl=False)


@flows.command("draw")
@click.argument("flow", required=False)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a page for each dialogue, and one that lists them, into this folder.",
)
def draw_command(flow: str | None, into: Path | None) -> None:
    """Mermaid diagrams of all dialogues, or of one FLOW."""
    application, _ = _application()
    chosen = [one for one in application.flows if flow in (None, one.name)]
    if not chosen:
        names = ", ".join(one.name for one in application.flows)
        raise click.BadParameter(f"there is no flow {flow}; there are {names}")
    if into is None:
        click.echo("\n".join(mermaid(one) for one in chosen), nl=False)
        return
    into.mkdir(parents=True, exist_ok=True)
    for one in chosen:
        page = f"# {one.name}\n\n```mermaid\n{mermaid(one)}```\n"
        (into / f"{one.name}.md").write_text(page, "utf-8")
    listed = "".join(f"* [{one.name}]({one.name}.md)\n" for one in chosen)
    (into / "README.md").write_text(f"# The dialogues, drawn\n\n{listed}", "utf-8")


@flows.command("book")
@click.option("--network", "code", default="", help="Code of a network (MCC and MNC).")
def book_command(code: str) -> None:
    """Print one HTML page of every screen in both languages, counted, with the longest values."""
    application, _ = _application()
    words = Catalogue.load(locales_dir())
    click.echo(book(application, words, LANGUAGES, _networks().of(code)).encode(), nl=False)


def _networks() -> Networks:
    return Reader(os.environ)("USSD_NETWORKS", networks_file, shipped())


def _application() -> tuple[Application, Path]:
    """The dialogues, and where the manifest of their keys lies: beside them."""
    module = import_module((os.environ.get("FLOWS") or Settings.flows).partition(":")[0])
    assert module.__file__
    return load_application(), Path(module.__file__).parent / "manifest.json"


def _table(faults: list[Fault]) -> Table:
    table = Table("check", "where", "fault", title=f"{len(faults)} faults")
    for fault in faults:
        table.add_row(str(fault.check), fault.where, fault.problem.replace("[", r"\["))
    return table
