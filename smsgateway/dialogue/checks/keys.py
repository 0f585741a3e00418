"""Check 4: keys are distinct, leave navigation alone, and never move once people know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.checks.fault import Fault
from smsgateway.dialogue.fields import Options
from smsgateway.dialogue.network import Network
from smsgateway.dialogue.nodes import Ask, End, Menu, Node, Pick, Visit
from smsgateway.dialogue.words import Searchable

Manifest = Mapping[str, Mapping[str, str]]
"""Screen -> key -> where the key leads: the numbers that people have learnt by heart.

Screens without keys of their own are in it as well, and where sub-dialogues return to: a session
may stand there while a release is installed.
"""


def manifest_of(application: Application) -> dict[str, dict[str, str]]:
    """The screens and numbers as they are now; a committed copy freezes them."""
    nodes = application.nodes
    returned_to = {node.target for node in nodes.values() if isinstance(node, Visit)}
    return {
        name: {key: option.target for key, option in node.options.items()}
        if isinstance(node, Menu)
        else {}
        for name, node in sorted(nodes.items())
        if isinstance(node, Menu | Pick | Ask) or _is_long(node) or name in returned_to
    }


def _is_long(node: Node) -> bool:
    return isinstance(node, End) and node.long


def check_keys(
    application: Application,
    words: Searchable,
    languages: Sequence[str],
    manifest: Manifest,
    networks: Sequence[Network],
) -> list[Fault]:
    """Faults of the keys."""
    navigation = frozenset[str]().union(*(network.keys.all for network in networks))
    return [
        *_navigation(application, navigation),
        *_same_first_words(application, words, languages),
        *_moved(application, manifest),
    ]


def _navigation(application: Application, navigation: frozenset[str]) -> Iterator[Fault]:
    for name, node in application.nodes.items():
        match node:
            case Menu():
                taken = navigation & set(node.options)
            case Pick():
                options = application.fields.get(node.source)
                most = options.most if isinstance(options, Options) else 0
                taken = navigation & {str(number) for number in range(1, most + 1)}
            case Ask():
                field = application.fields.get(node.into)
                taken = frozenset(
                    key for key in navigation if field and field.parse(key) is not None
                )
            case _:
                continue
        for key in sorted(taken):
            yield Fault(4, name, f"takes {key} for an answer, but the key belongs to navigation")
        for key in node.options if isinstance(node, Menu) else ():
            if not (key.isascii() and key.isdigit()):
                yield Fault(4, name, f"the key {key} cannot be typed as a number")


def _same_first_words(
    application: Application, words: Searchable, languages: Sequence[str]
) -> Iterator[Fault]:
    """A reader who spells out the first word must not have to choose between two lines."""
    for name, node in application.nodes.items():
        if not isinstance(node, Menu):
            continue
        for language in languages:
            first_words = [
                words.text(option.label, language).split()[0].casefold()
                for option in node.options.values()
                if words.has(option.label, language)
            ]
            for word in sorted({word for word in first_words if first_words.count(word) > 1}):
                yield Fault(4, f"{name} ({language})", f"two options begin with {word!r}")


def _moved(application: Application, manifest: Manifest) -> Iterator[Fault]:
    now = manifest_of(application)
    for name, keys in manifest.items():
        current = application.current_name(name)
        if current is None:
            yield Fault(4, name, "is in the manifest but gone; add an alias to `renamed`")
            continue
        for key, target in keys.items():
            leads_to = now.get(current, {}).get(key)
            if leads_to is None:
                yield Fault(4, current, f"the key {key} is gone; people know it by heart")
            elif leads_to != (application.current_name(target) or target):
                yield Fault(4, current, f"the key {key} led to {target}, now to {leads_to}")
    for name in sorted(set(now) - set(manifest)):
        yield Fault(4, name, "is not in the manifest: write it with `flows manifest --write`")
