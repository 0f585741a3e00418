"""`smsgateway texts`: what messages cost and whether their words are right."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsgateway.errors import SettingsError
from smsgateway.paths import locales_dir
from smsgateway.text.catalogue import LANGUAGES, Catalogue, CatalogueError
from smsgateway.text.checks import check_template
from smsgateway.text.orthography import Policy, fold
from smsgateway.text.segments import measure as measure_text

if TYPE_CHECKING:
    from smsgateway.dialogue.application import Application
    from smsgateway.text.templates import Template
    from smsgateway.wording.checks import Wordings


@click.group()
def texts() -> None:
    """The words that people read."""


@texts.command()
@click.option(
    "--fold",
    "language",
    type=click.Choice(LANGUAGES),
    help="Fold a text of this language first and add it to the answer; one table serves both.",
)
def measure(language: str | None) -> None:
    """Read JSON strings, one a line, and write what each costs, one JSON line each.

    A line that is not a JSON string is answered with an error, and the exit status is then 2.
    """
    wrong = False
    for line in sys.stdin.buffer:
        answer = _answer(line, folded=language is not None)
        wrong = wrong or "error" in answer
        click.echo(json.dumps(answer, ensure_ascii=False).encode())
    if wrong:
        sys.exit(2)


locales_option = click.option(
    "--locales",
    type=click.Path(file_okay=False, path_type=Path),
    default=locales_dir,
    help="Folder of the catalogues, when not the shipped ones.",
)


@texts.command()
@locales_option
def check(locales: Path) -> None:
    """Check every text: both languages, same placeholders, within its budget, sendable, no trap.

    Prints one line for each fault; the exit status is then 1.
    """
    with _said_in_a_sentence():
        catalogue = Catalogue.load(locales)
        approved, pending = _reviews(locales)
    templates = _templates().values()
    faults = [str(fault) for one in templates for fault in check_template(one, catalogue)]
    faults += _trapped(catalogue)
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)
    click.echo(
        f"{len(templates)} messages and {approved + pending} texts in {len(LANGUAGES)} languages: "
        f"no fault. Bambara: {approved} approved by a native speaker, {pending} pending."
    )


@texts.command()
@locales_option
def annotate(locales: Path) -> None:
    """Write into the catalogues where each text appears; `make catalogues` does it too."""
    from smsgateway.wording.po import CatalogueFile

    with _said_in_a_sentence():
        for language in LANGUAGES:
            file = CatalogueFile(locales, language)
            file.annotate(_wordings(Catalogue.load(locales)).uses)
            file.save()


@texts.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@locales_option
def export_command(file: Path, locales: Path) -> None:
    """Write FILE.xlsx for reviewers: every Bambara text with its context, cost and status."""
    from smsgateway.wording.po import CatalogueFile
    from smsgateway.wording.workbook import export

    _needs_xlsx(file)
    with _said_in_a_sentence():
        count = export(CatalogueFile(locales, "bm"), _wordings(Catalogue.load(locales)), file)
    click.echo(f"{count} texts are in {file}.")


@texts.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@locales_option
@click.option("--dry-run", is_flag=True, help="Judge every row and change nothing.")
def import_command(file: Path, locales: Path, dry_run: bool) -> None:
    """Take corrections and approvals from FILE.xlsx into the Bambara catalogue.

    Good rows go in; every other row is named with column, value and rule, and the exit status is
    then 1. Importing an unchanged export changes nothing.
    """
    from smsgateway.interchange.tabular import open_table
    from smsgateway.wording.corrections import take_in
    from smsgateway.wording.po import CatalogueFile

    _needs_xlsx(file)
    with _said_in_a_sentence(), open_table(file) as table:
        catalogue = CatalogueFile(locales, "bm")
        today = datetime.now(UTC).date()
        outcome = take_in(table, catalogue, _wordings(Catalogue.load(locales)), today)
        changed = False if dry_run else catalogue.save()
    for problem in outcome.problems:
        click.echo(str(problem))
    click.echo(
        f"{outcome.rows} rows: {outcome.corrected} corrected, {outcome.approved} approved, "
        f"{len(outcome.problems)} refused. The catalogue {'has' if changed else 'has not'} changed."
    )
    if outcome.problems:
        sys.exit(1)


@texts.command("book")
@locales_option
def book_command(locales: Path) -> None:
    """Print one HTML page of every message and screen in both languages, as a phone shows them."""
    from smsgateway.wording.book import book
    from smsgateway.wording.po import CatalogueFile

    with _said_in_a_sentence():
        page = book(_wordings(Catalogue.load(locales)), CatalogueFile(locales, "bm"))
    click.echo(page.encode(), nl=False)


@texts.command("encoding")
@click.option("--phone", "number", required=True, help="The phone, e.g. +22376000000.")
@click.argument("policy", type=click.Choice([*Policy, "usual"]))
def encoding_command(number: str, policy: str) -> None:
    """Set the letters in which a phone gets its messages, when its user asks for others.

    exact: the official spelling, which costs more segments; compact: GSM-7; ascii: no accents;
    usual: as everybody on this network (see ENCODING_POLICIES).
    """
    from smsgateway.register import phones
    from smsgateway.service import Service
    from smsgateway.settings import Settings
    from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn

    try:
        msisdn = parse_msisdn(number)
    except InvalidMsisdn as error:
        raise click.BadParameter(str(error), param_hint="--phone") from None
    with _said_in_a_sentence():
        service = Service.build(Settings.from_env())
    try:
        with service.database.begin() as connection:
            wished = None if policy == "usual" else Policy(policy)
            phones.set_encoding(connection, msisdn, wished, service.clock.now())
    finally:
        service.close()
    click.echo(f"From now on this phone's messages are {policy}.")


# The rooms above are imported within functions, so that `measure` loads none of them.


@contextmanager
def _said_in_a_sentence() -> Iterator[None]:
    from smsgateway.interchange.tabular import UnreadableFile

    try:
        yield
    except (CatalogueError, SettingsError, UnreadableFile) as error:
        raise click.ClickException(str(error)) from error


def _application() -> Application:
    from smsgateway.composition import load_application

    return load_application()


def _templates() -> Mapping[str, Template]:
    from smsgateway.messaging.templates import TEMPLATES

    return TEMPLATES


def _wordings(catalogue: Catalogue) -> Wordings:
    from smsgateway.wording.checks import Wordings

    return Wordings(catalogue, _application(), _templates())


def _trapped(catalogue: Catalogue) -> list[str]:
    from smsgateway.wording.checks import trapped

    wordings = _wordings(catalogue)
    return trapped(dict.fromkeys([*wordings.uses, *catalogue.msgids()]), wordings)


def _needs_xlsx(file: Path) -> None:
    if file.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{file} is not named .xlsx.", param_hint="FILE")


def _reviews(locales: Path) -> tuple[int, int]:
    """How many Bambara texts are approved, and how many pending."""
    from smsgateway.wording.po import CatalogueFile

    file = CatalogueFile(locales, "bm")
    marks = [file.review(msgid) is not None for msgid in file]
    return sum(marks), len(marks) - sum(marks)


def _answer(line: bytes, *, folded: bool) -> dict[str, Any]:
    try:
        text = json.loads(line.decode())
    except (ValueError, RecursionError):
        return {"error": "This line is not JSON."}
    if not isinstance(text, str):
        return {"error": "This line is JSON but not a string."}
    if not folded:
        return measure_text(text)._asdict()
    text = fold(text)
    return {"text": text} | measure_text(text)._asdict()
