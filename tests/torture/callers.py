"""People who dial: calls with an effect at their end, by the name of each screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from torture.journal import Call
from torture.person import Person

CODE = "*123#"

MOST_CALLS = 6
"""After so many a person gives up."""

HANG_UP = 0.03
"""The share of screens at which the network or the person ends the call."""


Key = str | Callable[[Person], str]


@dataclass(frozen=True)
class Errand:
    """What to press at each screen, how the last one reads, and the effect behind it: its kind in
    `dialogue_step`, or None where a look-up writes it."""

    keys: Mapping[str, Key]
    promise: re.Pattern[str]
    effect: str | None


def birthday(person: Person) -> str:
    """A day of birth three days ago, as it is typed."""
    return f"{person.clock.now() - timedelta(days=3):%d%m%y}"


TO_HOME: Mapping[str, Key] = {"menu.language": "2", "engine.resume": "1"}

CALLED = re.compile("C'est noté. Un agent vous appellera")

ERRANDS = {
    "register": Errand(
        {
            **TO_HOME,
            "menu.home": "2",
            "vaccination.way": "3",
            "registration.name": "awa",
            "registration.sex": "1",
            "registration.born": birthday,
            "place.place": "1",
            "registration.consent": "1",
        },
        re.compile("C'est noté : Awa"),
        "register_child",
    ),
    "be called, after a wrong ticket": Errand(
        {
            **TO_HOME,
            "menu.home": "4",
            "complaint.start": "2",
            "complaint.ticket": "1234567",
            "complaint.missing": "2",
            "callback.start": "1",
        },
        CALLED,
        "callback",
    ),
    "be called, after a wrong card": Errand(
        {
            **TO_HOME,
            "menu.home": "2",
            "vaccination.way": "2",
            "vaccination.carnet": "12345",
            "vaccination.birthday": "0905",
            "vaccination.missing": "2",
            "callback.start": "1",
        },
        CALLED,
        "callback",
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
        CALLED,
        "callback",
    ),
    "stop": Errand(
        {**TO_HOME, "menu.home": "5", "menu.others": "4", "menu.stop": "1"},
        re.compile("C'est fait. Vous ne recevrez plus"),
        "opt_out",
    ),
}

LAUNCH = "send to all families"

PIN = "7391"

ERRANDS_OF_WORKERS = {
    LAUNCH: Errand(
        {
            **TO_HOME,
            "menu.home_agent": "9",
            "agent.invitation": lambda worker: worker.secret,
            "agent.new_pin": PIN,
            "agent.same_pin": PIN,
            "agent.pin": PIN,
            "agent.menu": "1",
            "agent.confirm": "1",
        },
        re.compile("Envoi lancé"),
        "campaign",
    )
}

ALL_ERRANDS = ERRANDS | ERRANDS_OF_WORKERS


def dial(person: Person, name: str) -> Call | None:
    """Call until the errand is done; the call that did it, or None."""
    for _ in range(MOST_CALLS):
        call = Call(f"ATUid_{UUID(int=person.draw.getrandbits(128)).hex}", person.msisdn, name)
        person.journal.calls.append(call)
        _hold(person, call, ALL_ERRANDS[name])
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
        typed = key(person) if callable(key) else key
        text = f"{text}*{typed}" if text else typed
