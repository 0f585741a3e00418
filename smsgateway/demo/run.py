"""Running a demonstration: until Ctrl-C, for people to try, or once, playing a story."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date
from functools import partial

from rich.console import Console
from rich.text import Text

from smsgateway.demo import banner, process
from smsgateway.demo.clock import MovableClock
from smsgateway.demo.installation import SERVICE_PORT, SIMULATOR_PORT, Installation, temporary
from smsgateway.demo.people import people
from smsgateway.demo.phone import Simulator, StoryError
from smsgateway.demo.story import Story
from smsgateway.demo.transcript import Transcript
from smsgateway.demo.witness import Witness
from smsgateway.interchange.demo_data import DemoSummary, load_demo
from smsgateway.stack.output import Output
from smsgateway.stack.run import prepare_database, supervised
from smsgateway.stack.stop import Stop
from smsgateway.stack.supervisor import Supervisor
from smsgateway.storage.clock import SystemClock
from smsgateway.storage.engine import Database

LOG_LINES_SHOWN = 30
INTERRUPTED = 130


def run(console: Console, stop: Stop) -> int:
    """Show the demonstration until it is stopped. Returns the exit status."""
    with temporary(SERVICE_PORT, SIMULATOR_PORT) as installation:
        demo = _prepare(installation, _today(installation), console)
        show = partial(banner.show, console, installation, demo)
        return _supervise(installation, console, stop, lambda _: show())


def run_once(console: Console, stop: Stop) -> int:
    """Play the story. Returns 0 when all of it happened, 1 when not, 130 after Ctrl-C."""
    with temporary() as installation:
        today = _today(installation)
        demo = _prepare(installation, today, console)
        database = Database(installation.settings.database_url)
        witness = Witness(database, Simulator(installation.simulator_url))
        clock, zone = MovableClock.of(installation.settings), installation.settings.timezone
        show = Show(Story(demo, today, clock, zone, witness, Transcript(console)), console)
        status = _supervise(installation, console, stop, show.begin)
        database.dispose()
    return INTERRUPTED if status == 0 and not show.happened else status


class Show:
    """A story told in a thread of its own, beside the supervisor, which stops when it ends."""

    def __init__(self, story: Story, console: Console) -> None:
        self.happened = False
        self._story = story
        self._console = console

    def begin(self, supervisor: Supervisor) -> None:
        """Begin; a stop from outside ends the process without waiting for the story."""
        threading.Thread(target=self._tell, args=[supervisor], daemon=True).start()

    def _tell(self, supervisor: Supervisor) -> None:
        try:
            self._story.play()
            self.happened = True
            self._console.print(Text("\nThe whole story happened.", style="bold green"))
        except StoryError as error:
            if not supervisor.stopping:
                self._console.print(Text(f"\nThe story stopped. {error}", style="bold red"))
        finally:
            if not supervisor.stopping:
                supervisor.request_stop(failed=not self.happened)


def _today(installation: Installation) -> date:
    return SystemClock().now().astimezone(installation.settings.timezone).date()


def _prepare(installation: Installation, today: date, console: Console) -> DemoSummary:
    """Fill the database and write the list of people for the phone page."""
    console.print("Preparing a temporary installation with invented people...")
    prepare_database(installation.settings)
    database = Database(installation.settings.database_url)
    demo = load_demo(database, today)
    database.dispose()
    installation.people_file.write_text(json.dumps(people(demo)), encoding="utf-8")
    return demo


def _supervise(
    installation: Installation,
    console: Console,
    stop: Stop,
    on_ready: Callable[[Supervisor], None],
) -> int:
    """Run everything, its lines in a file of which the last are shown when it fails."""
    with installation.log_file.open("w", encoding="utf-8") as log:
        status = supervised(
            installation.settings,
            others=[installation.simulator()],
            command=process.command_of,
            environment=installation.environment,
            output=lambda names: Output(names, log),
            on_ready=on_ready,
            stop=stop,
        )
    if status:
        lines = installation.log_file.read_text("utf-8").splitlines()
        tail = "\n".join(["\nLast lines of the log:", *lines[-LOG_LINES_SHOWN:]])
        console.print(Text(tail), soft_wrap=True)
    return status
