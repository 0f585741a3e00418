"""A registration: answers that set values, a day, a sub-dialogue, a checkpoint, a long text."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.dialogue.application import Application, Flow
from smsgateway.dialogue.fields import Day, Digits, Name, Options, Value
from smsgateway.dialogue.nodes import (
    BACK,
    HOME,
    RETURN,
    EffectSpec,
    Option,
    Outcome,
    lookup,
)

LONG_TEXT = "Demander une carte se fait en plusieurs pas. " * 8


@lookup(towns=("towns",))
def find_towns(values: Mapping[str, Value]) -> Outcome:
    return Outcome("towns", {"towns": [["1", "Kayes"], ["2", "Mopti"]]})


@lookup(known=("place",))
def find_place(values: Mapping[str, Value]) -> Outcome:
    return Outcome("known", {"place": f"CSCOM {values['town']}"})


@lookup(right=("file",), wrong=())
def prove(values: Mapping[str, Value]) -> Outcome:
    return Outcome("right", {"file": "77"}) if values["secret"] == "1234" else Outcome("wrong")


def place_flow() -> Flow:
    """A sub-dialogue that finds a place and returns."""
    flow = Flow(
        "place", start="start", fields={"towns": Options(12), "town": Digits(4), "place": Name(20)}
    )
    flow.call("start", find_towns, {"towns": "town", "down": "main.down"})
    flow.pick("town", "Quelle ville ?", source="towns", into="town", target="find")
    flow.call("find", find_place, {"known": RETURN, "down": "main.down"}, takes=("town",))
    return flow


def main_flow(**options: object) -> Flow:
    flow = Flow(
        "main",
        start="home",
        fields={
            "sex": Name(1),
            "born": Day(past=1826),
            "secret": Digits(4, shortest=4),
            "file": Digits(4),
        },
        **options,  # type: ignore[arg-type]
    )
    flow.menu(
        "home", "Accueil", {1: ("Inscrire", "sex"), 2: ("Lire", "read"), 3: ("Voir", "secret")}
    )
    girl, boy = (
        Option(label, "born", sets={"sex": sex}) for label, sex in (("Fille", "F"), ("Fils", "M"))
    )
    flow.menu("sex", "Fille ou fils ?", {1: girl, 2: boy})
    flow.date("born", "Né le ?", into="born", error="Jour mal écrit.", target="where")
    flow.visit("where", start="place.start", target="confirm")
    flow.confirm(
        "confirm",
        "Inscrire, {born}, {place} ?",
        EffectSpec("register", takes=("sex", "born", "place")),
        yes="done",
        no=HOME,
        checkpoint=True,
    )
    flow.end("done", "Inscrit.")
    flow.text("read", LONG_TEXT)
    flow.ask("secret", "Code ?", into="secret", error="Non.", target="prove", sensitive=True)
    flow.call("prove", prove, {"right": "file", "wrong": "home", "down": "down"}, takes=("secret",))
    flow.menu("file", "Dossier {file}", {1: ("Lire", "read")})
    flow.menu("stuck", "Besoin d'aide ?", {1: ("Encore", BACK)})
    flow.end("down", "Plus tard")
    return flow


def journey(*flows: Flow) -> Application:
    """The application of the two flows, or of changed ones."""
    return Application(
        flows or (main_flow(), place_flow()),
        home="main.home",
        language="main.home",
        stuck="main.stuck",
    )
