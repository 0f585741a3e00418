"""`smsgateway demo`: the whole service with invented people on a folder that is thrown away."""

from __future__ import annotations

import sys

import click

from smsgateway.commands.stack import one_sentence


@click.command()
@click.option("--once", is_flag=True, help="Play a whole story, check it, print it and end.")
@one_sentence
def demo(once: bool) -> None:
    """Run the whole service with invented people and a phone in the browser, until Ctrl-C.

    On a temporary folder, with a simulator in place of the operator: nothing leaves this machine
    and nothing is left behind. Settings of a real installation are not looked at.
    """
    from rich.console import Console

    from smsgateway.demo.run import run, run_once
    from smsgateway.stack.stop import Stop

    console = Console(highlight=False)
    with Stop.listening() as stop:
        sys.exit(run_once(console, stop) if once else run(console, stop))
