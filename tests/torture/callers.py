"""People who dial: calls with an effect at their end, by the name of each screen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from torture.journal import Call
from torture.person import Person

CODE = "*123#"

MOST_CALLS = 6
"""After so many a person gives up."""

HANG_UP = 0.03
"""The share of screens at which the network or the person ends the call."""


@dataclass(frozen=True)
class Errand:
    """What to press at each screen, how the last one reads, and the effect behind it: its kind in
    `dialogue_step`, or None where a look-up writes it."""

    keys: Mapping[str, str]
    promise: re.Pattern[str]
    effect: str | None


TO_HOME = {"menu.language": "2", "engine.resume": "1"}

ERRANDS = {
    "register": Errand(
        {
            **TO_HOME,
            "menu.home": "2",
            "vaccination.way": "3",
            "registration.name": "awa",
            "registration.sex": "1",
            "registration.born": "11",
            "place.place": "1",
            "registration.consent": "1",
        },
        re.compile("C'est noté : Awa"),
        "register_child",
    ),
    "complain": Errand(
        {
            **TO_HOME,
            "menu.home": "4",
            "complaint.start": "1",
            "complaint.kind": "1",
            "complaint.where": "4",
            "complaint.confirm_nowhere": "1",
        },
        re.compile(r"Plainte enregistrée : (\d{7})"),
        None,
    ),
    "be called": Errand(
        {**TO_HOME, "menu.home": "5", "menu.others": "5", "callback.start": "1"},
        re.compile("C'est noté. Un agent vous appellera"),
        "callback",
    ),
    "stop": Errand(
        {**TO_HOME, "menu.home": "5", "menu.others": "4", "menu.stop": "1"},
        re.compile("C'est fait. Vous ne recevrez plus"),
        "opt_out",
    ),
}


def dial(person: Person, name: str) -> Call | None:
    """Call until the errand is done; the call that did it, or None."""
    for _ in range(MOST_CALLS):
        call = Call(f"ATUid_{UUID(int=person.draw.getrandbits(128)).hex}", person.msisdn, name)
        person.journal.calls.append(call)
        _hold(person, call, ERRANDS[name])
        if call.promised:
            return call
    return None


def _hold(person: Person, call: Call, errand: Errand) -> None:
    """One call: what is shown is answered until it ends, or goes where it should not."""
    text, seen = "", set()
    while True:
        answer = person.step(call.session_id, CODE, text)
        verb, _, shown = answer.body.partition(" ")
        if answer.status != 200 or verb not in {"CON", "END"}:
            person.journal.faults.append(f"a USSD step was answered {answer.status} {verb!r}")
            return
        person.journal.steps.append(answer.screen)
        if verb == "END":
            call.promised = shown if errand.promise.search(shown) else None
            return
        key = errand.keys.get(answer.screen)
        if key is None or answer.screen in seen or person.draw.random() < HANG_UP:
            person.hang_up(call.session_id)
            return
        seen.add(answer.screen)
        if answer.screen == "registration.born":
            key = person.born
        text = f"{text}*{key}" if text else key
