"""`make torture`: one fault campaign and its accounts; the exit status says whether they hold."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from torture.campaign import Result, run

OUTPUT = Path("var") / "torture.log"

AIMS = 16
"""New fail points that each process is aimed at; most have struck when a long campaign ends."""

SHOWN = 10
"""Of what must not be, so many are named."""


def main() -> None:
    """Play a campaign and print what became of every message and of everybody who wrote or dialled.
    Fails when something is there that must not be."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument(
        "--people", type=int, help="who write and dial; default: one in 80 messages"
    )
    parser.add_argument("--seed", type=int, help="default: another one each time")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--minutes", type=float, default=10, help="the most it may take")
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    people = max(options.messages // 80, 28) if options.people is None else options.people
    again = (
        f"--messages {options.messages} --people {people} --seed {seed}"
        f" --database {options.database} --minutes {options.minutes:g}"
    )
    console = Console()
    console.print(f"{options.messages} messages and {people} people on {options.database}: {again}")
    result = run(
        messages=options.messages,
        people=people,
        seed=seed,
        aims=AIMS,
        backend=options.database,
        patience_s=options.minutes * 60,
        say=console.print,
    )
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(result.output, "utf-8")
    for table in (_messages(result), _people(result), _kills(result), _verdict(result)):
        console.print(table)
    if result.written < options.messages:
        console.print(f"Only {result.written} were put in: this machine needs more --minutes.")
    if not result.holds:
        console.print(f'The processes said: {OUTPUT}. To repeat it: make torture ARGS="{again}"')
        sys.exit(1)


def _messages(result: Result) -> Table:
    """What became of each message."""
    found = result.account
    shown = _table("messages", f"{found.messages} messages in {result.seconds:.0f} s")
    _add(shown, dict(sorted(found.by_state.items())))
    shown.add_section()
    _add(
        shown,
        {
            "answer lost, told by a receipt": found.settled_by_receipt,
            "answer lost, taken for accepted by another's receipt": found.mistaken,
            "answer lost for ever, and accepted": found.doubtful_accepted,
            "answer lost for ever, not accepted": found.doubtful_not_accepted,
            "never handed over, its time went by in a jump": found.too_late,
        },
    )
    return shown


def _people(result: Result) -> Table:
    """What people did and were told."""
    shown = _table("times", "people who wrote and dialled meanwhile")
    _add(shown, result.people.counts)
    return shown


def _kills(result: Result) -> Table:
    """What was killed, and where."""
    shown = _table("times", "killed")
    _add(shown, dict(sorted(result.kills.items())))
    shown.add_section()
    _add(shown, {f"at {place}": times for place, times in result.struck.items() if times})
    shown.add_section()
    untouched = [place for place, times in result.struck.items() if not times]
    _add(shown, {f"not met: {place}": 0 for place in untouched})
    return shown


def _verdict(result: Result) -> Table:
    """Whether the accounts hold, and what must not be."""
    faults = result.account.faults
    lost = sum(len(ids) for what, ids in faults.items() if what != "repeated")
    shown = _table("", "the accounts")
    _add(shown, {"LOST": lost, "REPEATED": len(faults.get("repeated", []))})
    _add(shown, {"BROKEN PROMISES": sum(map(len, result.people.faults.values()))})
    _add(shown, {"accepted over a second after STOP, already under way": len(result.people.late)})
    for what, which in [*faults.items(), *result.people.faults.items()]:
        shown.add_row(f"  {what}", f"{len(which)}: {', '.join(map(str, which[:SHOWN]))}")
    return shown


def _table(counted: str, title: str) -> Table:
    shown = Table("what", title=title, title_justify="left")
    shown.add_column(counted, justify="right")
    return shown


def _add(table: Table, rows: dict[str, int]) -> None:
    for what, count in rows.items():
        table.add_row(what, str(count))


if __name__ == "__main__":
    main()
