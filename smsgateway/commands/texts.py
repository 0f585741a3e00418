"""`smsgateway texts`: what messages cost and whether their words are right."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from smsgateway.paths import locales_dir
from smsgateway.text.catalogue import LANGUAGES, Catalogue, CatalogueError
from smsgateway.text.checks import check_template
from smsgateway.text.orthography import fold
from smsgateway.text.segments import measure as measure_text


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


@texts.command()
@click.option(
    "--locales",
    type=click.Path(file_okay=False, path_type=Path),
    default=locales_dir,
    help="Folder of the catalogues, when not the shipped ones.",
)
def check(locales: Path) -> None:
    """Check every message: both languages, same placeholders, within its budget, sendable.

    Prints one line for each fault; the exit status is then 1.
    """
    # Here, so that `measure` loads nothing of the rooms above.
    from smsgateway.messaging.templates import TEMPLATES

    try:
        catalogue = Catalogue.load(locales)
    except CatalogueError as error:
        raise click.ClickException(str(error)) from error
    faults = [
        fault for template in TEMPLATES.values() for fault in check_template(template, catalogue)
    ]
    for fault in faults:
        click.echo(str(fault))
    if faults:
        sys.exit(1)
    click.echo(f"{len(TEMPLATES)} messages in {len(LANGUAGES)} languages: no fault.")


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
