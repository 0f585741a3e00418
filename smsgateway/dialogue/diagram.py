"""A flow as a Mermaid diagram: what a reviewer looks at instead of code."""

from __future__ import annotations

from collections.abc import Iterator

from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.nodes import Ask, Call, End, Menu, Node, Pick, Visit


def mermaid(flow: Flow) -> str:
    """The diagram of one flow; nodes of other flows appear where an edge leaves it."""
    lines = [f"---\ntitle: {flow.name}\n---", "flowchart TD"]
    for name, node in flow.nodes.items():
        lines.append(f"    {_id(name)}{_shape(name, node)}")
        lines += [f"    {_id(name)} -->|{label}| {_id(to)}" for label, to in _edges(node)]
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    """An identifier that Mermaid accepts; `end` alone is a word of its own there."""
    return name.replace(".", "_").replace("<", "go_").replace(">", "")


def _shape(name: str, node: Node) -> str:
    short = name.partition(".")[2]
    match node:
        case Call():
            return f"{{{{{short}}}}}"
        case Visit():
            return f'[["{short}"]]'
        case End():
            return f'(["{short}: {_quoted(node.text)}"])'
        case _:
            return f'["{short}: {_quoted(node.text)}"]'


def _edges(node: Node) -> Iterator[tuple[str, str]]:
    match node:
        case Menu():
            for key, option in node.options.items():
                yield f'"{key}"', option.target
        case Ask() | Pick():
            yield f'"{node.into}"', node.target
        case Call():
            for outcome, target in node.on.items():
                yield f'"{outcome}"', target
        case Visit():
            yield '"visits"', node.start
            yield '"then"', node.target
        case End():
            return


def _quoted(text: str) -> str:
    return text.replace('"', "'").replace("\n", " ")
