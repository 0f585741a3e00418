"""The whole verification of all dialogues beside showing each screen once.

Fresh objects each time: nothing is remembered from one round to the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.results import Result, from_runs
from flows import app as application
from smsgateway.dialogue.checks import check, manifest_of
from smsgateway.dialogue.checks.screens import worst_pages
from smsgateway.dialogue.network import shipped
from smsgateway.dialogue.nodes import Call, Visit
from smsgateway.dialogue.rendering import Renderer
from smsgateway.paths import locales_dir
from smsgateway.text.catalogue import LANGUAGES, Catalogue

ROUNDS = 9


def verification() -> list[Result]:
    """Seconds of `flows check` without the start of Python, and of one look at each screen."""
    words = Catalogue.load(locales_dir())
    manifest = manifest_of(application)

    def verify() -> None:
        assert not check(application, words, LANGUAGES, manifest)

    def show() -> None:
        renderer = Renderer(application, words)
        for name, node in application.nodes.items():
            if not isinstance(node, Call | Visit):
                for language in LANGUAGES:
                    for network in shipped().kinds:
                        worst_pages(renderer, name, language, network)

    runs = [[_seconds(verify), _seconds(show)] for _ in range(ROUNDS)]
    return [
        from_runs(
            "flows_check",
            runs,
            "seconds",
            f"All six groups of checks over {len(application.nodes)} nodes in {len(LANGUAGES)} "
            f"languages and {len(shipped().kinds)} kinds of network (ours); each screen laid out "
            f"once in each of them (reference). {ROUNDS} rounds in turn.",
            "< 2 seconds",
        )
    ]


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
