"""What is printed when the demonstration is ready: where it is, and what to try."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from smsgateway.demo.installation import SERVICE_CODE, Installation
from smsgateway.demo.people import LANGUAGES, SITUATIONS, proposed_files
from smsgateway.interchange.demo_data import DemoSummary


def show(console: Console, installation: Installation, demo: DemoSummary) -> None:
    """Print addresses, the code to dial, people, files and PINs."""
    parts = (_places(installation), _people(demo), _files(demo))
    title = "smsgateway demo: invented people, nothing leaves this machine"
    ending = "Ctrl-C ends it and leaves nothing behind"
    console.print(Panel(Group(*parts), title=title, subtitle=ending, padding=(1, 2)))


def _places(installation: Installation) -> RenderableType:
    grid = Table.grid(padding=(0, 3))
    grid.add_row("Phone in the browser", Text(f"{installation.simulator_url}/", style="bold cyan"))
    grid.add_row("Code to dial", Text(SERVICE_CODE, style="bold cyan"))
    grid.add_row("Service", f"{installation.url}/readyz  {installation.url}/metrics")
    grid.add_row("Sending hours", "00:00-24:00 here, 08:00-18:00 unless SENDING_HOURS says so")
    grid.add_row("Log", str(installation.log_file))
    return grid


def _people(demo: DemoSummary) -> RenderableType:
    table = _table("Phone", "Whose", "Language", "To try")
    for phone in demo.phones:
        tries = [
            f"2 1 {child.birthday} (or 2 2 {child.carnet_number} {child.birthday}): "
            f"{child.first_name}, {SITUATIONS[child.situation]}"
            for child in phone.children
        ]
        said_stop = ["said STOP: receives nothing"] if phone.opted_out else []
        language = LANGUAGES[phone.language]
        table.add_row(phone.msisdn, phone.name, language, "\n".join([*tries, *said_stop]))
    for worker in demo.workers:
        language = LANGUAGES[worker.language]
        table.add_row(worker.msisdn, worker.name, language, f"9 {worker.pin} (PIN) 1: bulk message")
    return table


def _files(demo: DemoSummary) -> RenderableType:
    table = _table("Keys from any family's phone", "Says")
    for file, says in proposed_files(demo):
        table.add_row(f"1 1 {file.file_number} {file.birth_year}", f"{file.scheme}: {says}")
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(1, 2, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
