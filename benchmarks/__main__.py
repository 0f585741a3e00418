"""`python -m benchmarks [NAME ...]`: run benchmarks and record them.

Absolute figures wander with the machine; the ratio of two things measured in turn does not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from rich.console import Console
from rich.table import Column, Table

from benchmarks import (
    flows_check,
    forecast,
    kannel,
    planner,
    receipts,
    render,
    sender,
    ussd_served,
    ussd_step,
)
from benchmarks.results import Result, record

BENCHMARKS: dict[str, Callable[[], list[Result]]] = {
    "ussd_step": ussd_step.in_process,
    "ussd_served": ussd_served.served,
    "flows_check": flows_check.verification,
    "forecast": forecast.forecasts,
    "render": render.render_messages,
    "sms_cost": render.sms_cost,
    "sender": sender.personalised,
    "kannel": kannel.against_kannel,
    "sender_equal_texts": sender.equal_texts,
    "campaign": sender.campaign,
    "receipts": receipts.absorbed,
    "plan": planner.planning,
    "claim": planner.claiming,
}


def main() -> None:
    """Run the chosen benchmarks, print a table, write benchmarks/results.json."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    those = ", ".join(BENCHMARKS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{those}; default: all")
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {unknown[0]}, only {those}")
    results = [result for name in names for result in BENCHMARKS[name]()]
    record(results)
    name = Column("benchmark", overflow="fold")
    table = Table(name, "ours", "reference", "ratio", "unit", "target")
    for one in results:
        table.add_row(
            one.name,
            f"{one.ours:.3g}",
            f"{one.reference:.3g}",
            f"{one.ratio:.2f}",
            one.unit,
            one.target,
        )
    Console().print(table)


if __name__ == "__main__":
    main()
