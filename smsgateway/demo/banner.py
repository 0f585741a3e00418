"""What is printed when the demonstration is ready: where it is, and what to try."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from smsgateway.demo.installation import SERVICE_CODE, Installation
from smsgateway.demo.people import FILES
from smsgateway.enrolment.statuses import Status
from smsgateway.interchange.demo_data import DemoPhone, DemoSummary, Situation

LANGUAGES = {"fr": "French", "bm": "Bambara", None: "asked first"}
SITUATIONS = {
    Situation.DUE_IN_3_DAYS: "in 3 days, SMS today",
    Situation.DUE_TOMORROW: "tomorrow, SMS today",
    Situation.LATE: "late",
    Situation.COMPLETE: "nothing due",
}
STATUSES = {
    Status.PIECES_MANQUANTES: "papers are missing",
    Status.CARTE_DISPONIBLE: "the card is ready",
    Status.EN_TRAITEMENT: "being examined",
    Status.EXPIRE: "the card has run out",
}


def show(console: Console, installation: Installation, demo: DemoSummary) -> None:
    """Print addresses, the code to dial, people, files and PINs."""
    parts = (_places(installation), "", _people(demo), "", _files(demo))
    title = "smsgateway demo: invented people, nothing leaves this machine"
    ending = "Ctrl-C ends it and leaves nothing behind"
    console.print(Panel(Group(*parts), title=title, subtitle=ending, padding=(1, 2)))


def _places(installation: Installation) -> RenderableType:
    grid = Table.grid(padding=(0, 3))
    grid.add_row("Phone in the browser", Text(f"{installation.simulator_url}/", style="bold cyan"))
    grid.add_row("Code to dial", Text(SERVICE_CODE, style="bold cyan"))
    grid.add_row("Keys of any phone", "4 complaint or opinion; 5 directory, health advice, call me")
    grid.add_row("Service", f"{installation.url}/readyz  {installation.url}/metrics")
    grid.add_row("Sending hours", "00:00-24:00 here, 08:00-18:00 unless SENDING_HOURS says so")
    grid.add_row("Log", str(installation.log_file))
    return grid


def _people(demo: DemoSummary) -> RenderableType:
    table = _table("Phone", "Whose", "Language", "Keys to try")
    for phone in demo.phones:
        table.add_row(phone.msisdn, phone.name, LANGUAGES[phone.language], _family_tries(phone))
    for woman in demo.women:
        tries = f"3, 1, {woman.proof}: her next visit; 3, 3, {woman.proof}: a birth"
        table.add_row(woman.msisdn, woman.name, LANGUAGES[woman.language], tries)
    for worker in demo.workers:
        tries = f"9, PIN {worker.pin}, 1: bulk message; 3: who came"
        table.add_row(worker.msisdn, worker.name, LANGUAGES[worker.language], tries)
    return table


def _family_tries(phone: DemoPhone) -> str:
    tries = [
        f"2, 1, {child.birthday}: {child.first_name}, {SITUATIONS[child.situation]}"
        for child in phone.children
    ]
    if phone.opted_out:
        tries.append("said STOP and gets no SMS")
    return "\n".join(tries)


def _files(demo: DemoSummary) -> RenderableType:
    table = _table("Keys from any phone", "Enrolment file")
    for file in demo.files:
        if file.status in FILES:
            keys = f"1, 1, {file.file_number}, {file.birth_year}"
            table.add_row(keys, f"{file.scheme}: {STATUSES[Status(file.status)]}")
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
