"""All fail points of the service's processes, read from its source: the named ones, and the two
around each transaction."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from smsgateway.failpoints import PACKAGE

ROOT = Path(__file__).resolve().parents[2]

OFFSTAGE = (
    "smsgateway.aggregators.loopback",
    "smsgateway.commands",
    "smsgateway.demo",
    "smsgateway.interchange",
    "smsgateway.reminders.activation",
    "smsgateway.reminders.preview",
    "smsgateway.stack",
    "smsgateway.storage",
    "smsgateway.web.simulator",
)
"""Modules that no process of the service runs: tools, and the simulator."""


def places() -> frozenset[str]:
    """The names of all places at which a process of the service can be struck."""
    found: set[str] = set()
    for room in ("smsgateway", "flows", "workers"):
        for file in sorted((ROOT / room).rglob("*.py")):
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            if not module.startswith(OFFSTAGE):
                found.update(_of(module, ast.parse(file.read_text("utf-8"))))
    return frozenset(found)


def _of(module: str, tree: ast.AST, within: str = "") -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.ClassDef(name=name):
                yield from _of(module, node, f"{within}{name}.")
            case ast.FunctionDef(name=name):
                yield from _of(module, node, f"{within}{name}.<locals>.")
            case ast.Call(func=ast.Name(id="reach"), args=[ast.Constant(value=str(place))]):
                yield place
            case ast.withitem(context_expr=ast.Call(func=ast.Attribute(attr="begin"))):
                opener = within.removesuffix(".<locals>.")
                for moment in ("committing", "committed"):
                    yield f"{module.removeprefix(PACKAGE)}.{opener}:{moment}"
            case _:
                yield from _of(module, node, within)
