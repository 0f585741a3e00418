"""A flow as a Mermaid diagram: what a reviewer looks at instead of code."""

from __future__ import annotations

from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.nodes import Call, End, Menu, Node, Visit, ways_of


def mermaid(flow: Flow) -> str:
    """The diagram of one flow; nodes of other flows appear, by name, where an edge leaves it."""
    lines = [f"---\ntitle: {flow.name}\n---", "flowchart TD"]
    elsewhere: dict[str, None] = {}
    for name, node in flow.nodes.items():
        lines.append(f"    {_id(name)}{_shape(name, node)}")
        for label, target in ways_of(node):
            if isinstance(node, Menu):
                label += f". {_quoted(node.options[label].label)}"
            lines.append(f'    {_id(name)} -->|"{label}"| {_id(target)}')
            if target not in flow.nodes:
                elsewhere[target] = None
    lines += [f'    {_id(name)}>"{name.strip("<>")}"]' for name in elsewhere]
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    """An identifier that Mermaid accepts; `end` alone is a word of its own there."""
    return name.replace(".", "_").replace("<", "go_").replace(">", "")


def _shape(name: str, node: Node) -> str:
    short = name.partition(".")[2]
    match node:
        case Call():
            return f'{{{{"{short}"}}}}'
        case Visit():
            return f'[["{short}"]]'
        case End():
            return f'(["{short}: {_quoted(node.text)}"])'
        case _:
            return f'["{short}: {_quoted(node.text)}"]'


def _quoted(text: str) -> str:
    return text.replace('"', "'").replace("\n", " ")
