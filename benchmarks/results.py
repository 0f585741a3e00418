"""What a benchmark gives, and the file that keeps it."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Result:
    """`ours` and `reference` are medians in `unit`; `runs` are the pairs they come from."""

    name: str
    ours: float
    reference: float
    unit: str
    spec: str
    target: str
    runs: list[list[float]] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return self.ours / self.reference


def from_runs(name: str, runs: list[list[float]], unit: str, spec: str, target: str) -> Result:
    """A result from pairs [ours, reference] that were measured in turn."""
    ours, reference = (median(column) for column in zip(*runs, strict=True))
    return Result(name, ours, reference, unit, spec, target, runs)


def record(results: list[Result]) -> None:
    """Add the results to benchmarks/results.json; those of other benchmarks stay."""
    kept = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    for one in results:
        kept[one.name] = {
            "ours": one.ours,
            "reference": one.reference,
            "ratio": one.ratio,
            "unit": one.unit,
            "runs": one.runs,
            "spec": f"{one.spec} Target: {one.target}. {machine}.",
        }
    FILE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
