"""`smsgateway import`: files of facilities, families, doses, enrolments and workers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from smsgateway.interchange.importer import Importer, Report
from smsgateway.interchange.kind import Context, Problem
from smsgateway.interchange.kinds import KINDS
from smsgateway.interchange.tabular import Table, UnreadableFile, open_table
from smsgateway.register.tables import facility
from smsgateway.settings import Settings
from smsgateway.storage import migrate
from smsgateway.storage.clock import SystemClock
from smsgateway.storage.engine import Database


def _columns() -> str:
    """The columns of every kind, for the help."""
    lines = [
        f"{kind.name}: "
        + ", ".join(c.name + "*" * c.required for c in kind.columns)
        + (f" (one of {' and '.join(kind.one_of)}*)" if kind.one_of else "")
        for kind in KINDS.values()
    ]
    return "Columns (* needed; French headers are understood):\n\n" + "\n\n".join(lines)


@click.command("import", epilog=_columns())
@click.argument("kind", type=click.Choice(list(KINDS)), metavar="KIND")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--facility", "facility_code", help="Facility of the rows that name none.")
@click.option("--dry-run", is_flag=True, help="Check everything and store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON object.")
def import_(kind: str, file: Path, facility_code: str | None, dry_run: bool, as_json: bool) -> None:
    """Import a CSV or XLSX file.

    KIND is facilities, households, children, pregnancies, doses, encounters, enrolments or staff.
    Bad rows are named and left out, the others go in; importing a file again changes nothing. Ends
    with status 1 when a row was bad, 2 when the file could not be imported at all. A date in
    died_on or moved_on ends the reminders about a child; an empty cell leaves what is stored.
    """
    settings = Settings.from_env()
    database = Database(settings.database_url)
    now = SystemClock().now()
    problems: list[Problem] = []
    try:
        migrate.check(database)
        importer = Importer(
            database,
            KINDS[kind],
            Context(now=now, today=now.astimezone(settings.timezone).date()),
            defaults=_defaults(database, facility_code),
            dry_run=dry_run,
            on_problem=problems.append if as_json else _print_problem,
        )
        with open_table(file) as table:
            report = _run(importer, table, show_bar=not as_json)
    except (UnreadableFile, migrate.SchemaOutOfDate) as error:
        click.echo(f"smsgateway: {error}", err=True)
        sys.exit(2)
    except OperationalError as error:
        reason = str(error.orig).splitlines()[0]
        click.echo(f"smsgateway: The database does not answer ({reason}): import again.", err=True)
        sys.exit(2)
    finally:
        database.dispose()
    if as_json:
        click.echo(json.dumps(_as_json(kind, file, dry_run, report, problems), ensure_ascii=False))
    else:
        _print_summary(report, dry_run)
    sys.exit(1 if report.bad else 0)


def _defaults(database: Database, facility_code: str | None) -> dict[str, str]:
    """What `--facility` stands for. Raises click.UsageError when there is no such facility."""
    if facility_code is None:
        return {}
    with database.read() as connection:
        query = select(facility.c.id).where(facility.c.code == facility_code)
        if connection.execute(query).scalar() is None:
            raise click.UsageError(f"There is no facility with the code {facility_code}.")
    return {"facility_code": facility_code}


def _run(importer: Importer, table: Table, *, show_bar: bool) -> Report:
    with _bar(table, show_bar) as advance:
        return importer.run(table, lambda _report: advance())


@contextmanager
def _bar(table: Table, show: bool) -> Iterator[Callable[[], None]]:
    """A bar on standard error when that is a terminal."""
    console = Console(stderr=True)
    if not show or not console.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("Importing"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("import", total=table.total)
        yield lambda: progress.update(task, completed=table.done())


def _print_problem(problem: Problem) -> None:
    where = f"line {problem.line}"
    if problem.column:
        where += f", {problem.column}"
    if problem.value:
        where += f", {problem.value!r}"
    click.echo(f"{where}: {problem.rule}", err=True)


def _print_summary(report: Report, dry_run: bool) -> None:
    for name in report.unknown_columns:
        click.echo(f"The column {name!r} is not known and was left out.", err=True)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in report.outcomes.items())
    ending = " Nothing was stored (dry run)." if dry_run else ""
    click.echo(f"{report.rows} rows: {counts}, {report.bad} bad.{ending}")


def _as_json(
    kind: str, file: Path, dry_run: bool, report: Report, problems: list[Problem]
) -> dict[str, object]:
    return {
        "kind": kind,
        "file": str(file),
        "dry_run": dry_run,
        "rows": report.rows,
        **{str(outcome): count for outcome, count in report.outcomes.items()},
        "bad": report.bad,
        "problems": [asdict(problem) for problem in problems],
        "unknown_columns": report.unknown_columns,
    }
