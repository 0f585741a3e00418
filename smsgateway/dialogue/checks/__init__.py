"""Proof, before anyone dials, that no dialogue can show a wrong screen."""

from __future__ import annotations

from collections.abc import Sequence

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.checks.cost import check_cost
from smsgateway.dialogue.checks.fault import Fault
from smsgateway.dialogue.checks.graph import check_graph
from smsgateway.dialogue.checks.keys import Manifest, check_keys, manifest_of
from smsgateway.dialogue.checks.keywords import check_keywords
from smsgateway.dialogue.checks.privacy import check_privacy, check_resuming
from smsgateway.dialogue.checks.screens import check_screens
from smsgateway.dialogue.checks.words import check_words
from smsgateway.dialogue.network import Networks, shipped
from smsgateway.dialogue.words import Searchable

__all__ = ["Fault", "Manifest", "check", "manifest_of"]


def check(
    application: Application,
    words: Searchable,
    languages: Sequence[str],
    manifest: Manifest,
    networks: Networks | None = None,
) -> list[Fault]:
    """All faults of an application; none is what a release needs.

    1. the graph: targets, reachability, an end within reach, look-ups, fields bound on every path;
    2. the words: present in every language, same placeholders, nothing that cannot be sent;
    3. the screens: within the budget of every network, with the longest values and errors;
    4. the keys: distinct, none taken from navigation, none moved since the manifest;
    5. the cost: waiting between screens, screens to what is promised, time of a call;
    6. privacy: nothing that a sensitive answer says or opens goes further than it must.

    Screens, cost and resuming are looked at only where graph and words hold, since they would
    stumble over the same faults.
    """
    faults = check_graph(application) + check_words(application, words, languages)
    kinds = (networks or shipped()).kinds
    if not faults:
        faults += check_screens(application, words, languages, kinds)
        faults += check_cost(application, words, languages, kinds)
        faults += check_resuming(application)
    faults += check_keys(application, words, languages, manifest, kinds)
    faults += check_keywords(application)
    return sorted(faults + check_privacy(application), key=lambda fault: fault.check)
