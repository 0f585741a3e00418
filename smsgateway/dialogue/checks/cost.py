"""Check 5: what a dialogue costs its caller: waiting, screens, and the time until it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush

from smsgateway.dialogue.application import Application, Purpose
from smsgateway.dialogue.checks.fault import Fault
from smsgateway.dialogue.checks.screens import worst_pages
from smsgateway.dialogue.network import Medium, Network
from smsgateway.dialogue.nodes import Ask, Call, Menu, Visit
from smsgateway.dialogue.paths import Paths
from smsgateway.dialogue.rendering import Renderer
from smsgateway.dialogue.screen import width
from smsgateway.dialogue.session import Spot
from smsgateway.dialogue.words import Words

MOST_WAITING_S = 4.0
"""Between two screens. A gateway gives up after about ten seconds, and a turn after five."""

MOST_SCREENS: Mapping[Purpose, int] = {Purpose.LOOKUP: 5, Purpose.REGISTRATION: 9}
"""From home to the answer, both counted."""

MOST_MENUS = 2
"""Signposts in a row below home. Deep hierarchies lose people who do not read much."""

SETTLE_S = 2.0
READING_S = 0.1
KEY_S = 1.0
"""An assumption until our own figures say better: a screen takes two seconds to come, a slow reader
reads ten letters a second, a key takes one second to find."""


def check_cost(
    application: Application, words: Words, languages: Sequence[str], networks: Sequence[Network]
) -> list[Fault]:
    """Faults of the cost; the graph has none."""
    paths = Paths(application)
    ways = ways_from_home(paths)
    return [
        *_waiting(paths),
        *_screens(application, ways),
        *_depth(paths),
        *_time(Renderer(application, words), languages, networks, ways),
    ]


def ways_from_home(paths: Paths) -> dict[str, tuple[str, ...]]:
    """Node -> the screens on the way from home to it with the fewest of them, itself included."""
    nodes = paths.application.nodes
    ways: dict[str, tuple[str, ...]] = {}
    met: set[Spot] = set()
    ahead: list[tuple[int, tuple[str, ...], Spot]] = [(0, (), (paths.application.home,))]
    while ahead:
        _, before, spot = heappop(ahead)
        if spot in met:
            continue
        met.add(spot)
        name = spot[0]
        way = before if isinstance(nodes[name], Call | Visit) else (*before, name)
        ways.setdefault(name, way)
        for following in paths.steps(spot):
            if following not in met:
                heappush(ahead, (len(way), way, following))
    return ways


def _waiting(paths: Paths) -> Iterator[Fault]:
    """What runs between two screens may take its whole timeout, one after the other."""
    nodes = paths.application.nodes
    known: dict[str, float] = {}

    def longest(name: str) -> float:
        node = nodes[name]
        if not isinstance(node, Call | Visit):
            return 0.0
        if name not in known:
            own = node.timeout if isinstance(node, Call) else 0.0
            known[name] = own + max(longest(one) for one in paths.successors(name))
        return known[name]

    for name in nodes:
        if longest(name) > MOST_WAITING_S:
            problem = f"a caller may wait {known[name]:g} s from here to a screen"
            yield Fault(5, name, f"{problem}, at most {MOST_WAITING_S:g}")


def _screens(application: Application, ways: Mapping[str, tuple[str, ...]]) -> Iterator[Fault]:
    for name, way in ways.items():
        purpose = application.promises.get(name, Purpose.REGISTRATION)
        most = MOST_SCREENS[purpose]
        if len(way) > most:
            listed = " > ".join(way)
            yield Fault(5, name, f"{len(way)} screens for a {purpose}, at most {most}: {listed}")


def _depth(paths: Paths) -> Iterator[Fault]:
    """Signposts that follow each other directly; a question that decides something is none."""
    nodes = paths.application.nodes

    def is_signpost(name: str) -> bool:
        node = nodes[name]
        return isinstance(node, Menu) and not any(
            option.sets or option.effects or option.language for option in node.options.values()
        )

    level = {name for name in paths.application.front if is_signpost(name)}
    seen = set(level)
    for _ in range(MOST_MENUS + 1):
        level = {
            following
            for name in level
            for following in paths.successors(name)
            if is_signpost(following) and following not in seen
        }
        seen |= level
    for name in sorted(level):
        yield Fault(5, name, f"deeper than {MOST_MENUS} menus below home")


def _time(
    renderer: Renderer,
    languages: Sequence[str],
    networks: Sequence[Network],
    ways: Mapping[str, tuple[str, ...]],
) -> Iterator[Fault]:
    """The expected time of a main path, with the longest values, against the network's patience."""
    promised = [name for name in renderer.application.promises if name in ways]
    for network in networks:
        if network.medium is Medium.SMS:
            continue
        for language in languages:
            for name in promised:
                times = [_seconds(renderer, one, language, network) for one in ways[name]]
                where = f"{name} ({language}, {network.name})"
                if sum(times) >= network.session_s:
                    yield Fault(5, where, f"takes {sum(times):.0f} s of {network.session_s}")
                if max(times) >= network.idle_s:
                    yield Fault(5, where, f"a screen before it takes {max(times):.0f} s")


def _seconds(renderer: Renderer, name: str, language: str, network: Network) -> float:
    """How long a person spends with the first page of a screen."""
    node = renderer.screen(name)
    keys = renderer.application.fields[node.into].longest if isinstance(node, Ask) else 1
    page = worst_pages(renderer, name, language, network)[0]
    return SETTLE_S + READING_S * width(page) + KEY_S * keys
