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


def main() -> None:
    """Play a campaign and print what became of every message."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, help="default: another one each time")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--minutes", type=float, default=10, help="the most it may take")
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    console = Console()
    console.print(f"{options.messages} messages on {options.database}, --seed {seed}")
    result = run(
        messages=options.messages,
        seed=seed,
        backend=options.database,
        patience_s=options.minutes * 60,
        say=console.print,
    )
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(result.output, "utf-8")
    console.print(table(result))
    sys.exit(1 if result.account.faults else 0)


def table(result: Result) -> Table:
    """The accounts as a table."""
    found = result.account
    shown = Table("what", "messages", title=f"{found.messages} messages in {result.seconds:.0f} s")
    for state, count in sorted(found.by_state.items()):
        shown.add_row(state, str(count))
    shown.add_section()
    shown.add_row("answer lost, told by a receipt", str(found.settled_by_receipt))
    shown.add_row("answer lost for ever, and accepted", str(found.doubtful_accepted))
    shown.add_row("answer lost for ever, not accepted", str(found.doubtful_not_accepted))
    shown.add_section()
    for name, kills in sorted(result.kills.items()):
        shown.add_row(f"killed: {name}", str(kills))
    shown.add_section()
    lost = sum(len(ids) for what, ids in found.faults.items() if what != "repeated")
    shown.add_row("LOST", str(lost))
    shown.add_row("REPEATED", str(len(found.faults.get("repeated", []))))
    for what, ids in found.faults.items():
        shown.add_row(f"  {what}", f"{len(ids)}: {', '.join(map(str, ids[:10]))}")
    return shown


if __name__ == "__main__":
    main()
