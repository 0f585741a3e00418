"""The command `smsgateway`: one group whose commands are loaded when they are called.

Loading late keeps `texts measure` or `forecast` as quick as what they do: they never import the
database, Redis or Flask.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from smsgateway.errors import SettingsError

COMMANDS = {
    "up": "stack:up",
    "serve": "stack:serve",
    "worker": "stack:worker",
    "clock": "stack:clock",
    "simulator": "simulator:simulator",
    "demo": "demo:demo",
    "db": "database:db",
    "import": "interchange:import_",
    "texts": "texts:texts",
    "flows": "flows:flows",
    "dial": "dial:dial",
    "forecast": "forecast:forecast",
    "calendar": "calendar:calendar",
    "stock": "stock:stock",
    "reminders": "reminders:reminders",
    "send": "messages:send",
    "costs": "costs:costs",
    "channel": "channels:channel",
    "unread": "unread:unread",
    "staff": "staff:staff",
    "consultations": "consultations:consultations",
    "encounters": "encounters:encounters",
    "consents": "consents:consents",
    "callbacks": "feedback:callbacks",
    "complaints": "feedback:complaints",
    "surveys": "feedback:surveys",
}
"""Command name -> module of `smsgateway.commands` and name in it."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(f"smsgateway.commands.{module}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smsgateway")
def cli() -> None:
    """SMS and USSD for public health and social protection."""


def main() -> None:
    """Entry point: settings that are wrong end with one sentence and status 2."""
    try:
        cli()
    except SettingsError as error:
        click.echo(f"smsgateway: {error}", err=True)
        sys.exit(2)
