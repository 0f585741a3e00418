"""`smsgateway texts`: what messages cost and whether their words are right."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsgateway.errors import SettingsError
from smsgateway.paths import locales_dir
from smsgateway.text.catalogue import LANGUAGES, Catalogue, CatalogueError
from smsgateway.text.checks import check_template
from smsgateway.text.orthography import fold
from smsgateway.text.segments import measure as measure_text

if TYPE_CHECKING:
    from smsgateway.dialogue.application import Application
    from smsgateway.text.templates import Template
    from smsgateway.wording.uses import Uses


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
            file.annotate(_uses())
            file.save()


# The rooms above are imported within functions, so that `measure` loads none of them.


@contextmanager
def _said_in_a_sentence() -> Iterator[None]:
    try:
        yield
    except (CatalogueError, SettingsError) as error:
        raise click.ClickException(str(error)) from error


def _application() -> Application:
    from smsgateway.composition import load_application
    from smsgateway.settings import Settings

    return load_application(Settings.from_env())


def _templates() -> Mapping[str, Template]:
    from smsgateway.messaging.templates import TEMPLATES

    return TEMPLATES


def _uses() -> Uses:
    from smsgateway.wording.uses import uses_of

    return uses_of(_application(), _templates())


def _trapped(catalogue: Catalogue) -> list[str]:
    from smsgateway.wording.checks import trapped

    uses = _uses()
    return trapped(dict.fromkeys([*uses, *catalogue.msgids()]), catalogue, uses)


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
