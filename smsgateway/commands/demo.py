"""`smsgateway demo`: the whole service with invented people on a folder that is thrown away."""

from __future__ import annotations

import signal
import sys
from types import FrameType

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

    signal.signal(signal.SIGTERM, _leave)
    console = Console(highlight=False)
    sys.exit(run_once(console) if once else run(console))


def _leave(_number: int, _frame: FrameType | None) -> None:
    """A stop while the demo is being prepared: leave by the way that removes its folder."""
    sys.exit(0)
