"""A dialogue in which everything can go wrong: look-ups, lists that change, proofs, effects."""

from __future__ import annotations

import time
from collections.abc import Mapping

from sqlalchemy import insert

from smsgateway.dialogue.application import Application, Flow
from smsgateway.dialogue.fields import Digits, Name, Options, Value
from smsgateway.dialogue.nodes import HOME, EffectSpec, Option, Outcome, lookup
from smsgateway.messaging.bell import Rings
from smsgateway.sessions.calls import Inquiry
from smsgateway.sessions.effects import EffectContext
from smsgateway.staff.tables import audit

people = [["7", "Moussa"], ["8", "Sira"]]


@lookup(found=("name",), missing=())
def find(inquiry: Inquiry) -> Outcome:
    number = inquiry.text("number")
    if number == "900":
        time.sleep(0.5)
    if number == "500":
        raise RuntimeError("a fault of the look-up")
    return Outcome("found", {"name": f"Awa {number}"}) if number != "404" else Outcome("missing")


@lookup(some=("people",))
def people_now(_: Inquiry) -> Outcome:
    return Outcome("some", {"people": list(people)})


def note(context: EffectContext, payload: Mapping[str, Value]) -> Rings:
    """An effect that can be counted."""
    row = {"at": context.now, "action": "note", "subject": str(payload["chosen"]), "details": {}}
    context.connection.execute(insert(audit), row)
    return {}


def application(*, version: int = 1, renamed: Mapping[str, str] | None = None) -> Application:
    """`renamed`: the screen `number` has another name, and the alias for it."""
    number = "number" if renamed is None else "typed"
    flow = Flow(
        "demo",
        start="home",
        fields={
            "number": Digits(3, shortest=3),
            "secret": Digits(4, shortest=4),
            "name": Name(20),
            "people": Options(12),
            "chosen": Digits(4),
        },
        version=version,
        renamed=renamed,
    )
    flow.menu("language", "Langue ?", {1: Option("Français", HOME, language="fr")})
    flow.menu("home", "Accueil ici", {1: ("Chercher", number), 2: ("Choisir", "list")})
    flow.ask(number, "Numéro ?", into="number", error="3 chiffres.", target="find")
    flow.call(
        "find",
        find,
        {"found": "found", "missing": "missing", "down": "later"},
        takes=("number",),
        timeout=0.2,
    )
    flow.menu("found", "{name}.", {1: ("Suite", "secret")}, checkpoint=True)
    flow.ask("secret", "Code ?", into="secret", error="Faux.", target="list", sensitive=True)
    flow.call("list", people_now, {"some": "pick", "down": "later"})
    flow.pick("pick", "Qui ?", source="people", into="chosen", target="sure")
    note_it = EffectSpec("note", takes=("chosen",))
    flow.menu("sure", "Sûr ?", {1: Option("Envoyer", "sent", (note_it,)), 2: ("Non", HOME)})
    flow.end("sent", "Au revoir")
    flow.menu("missing", "Introuvable", {1: ("Recommencer", number)})
    flow.menu("stuck", "Besoin d'aide ?", {1: ("Rappel", HOME)})
    flow.end("later", "Plus tard")
    return Application((flow,), home="demo.home", language="demo.language", stuck="demo.stuck")
