"""A small application of every node kind, with words in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from smsgateway.dialogue.application import RESUME, Application, Flow
from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.fields import Count, Digits, Name, Options, Value
from smsgateway.dialogue.network import DEFAULT_NETWORK, Network
from smsgateway.dialogue.nodes import (
    BACK,
    HOME,
    Call,
    EffectSpec,
    Option,
    Outcome,
    lookup,
    texts_of,
)
from smsgateway.dialogue.session import Session, Turn
from smsgateway.dialogue.words import ENGINE_TEXTS
from smsgateway.text.catalogue import Catalogue

TODAY = date(2026, 11, 23)


@lookup(one=("name", "count"), many=("people",), nobody=())
def search(values: Mapping[str, Value]) -> Outcome:
    number = str(values["number"])
    if number == "111":
        return Outcome("one", {"name": "Awa", "count": 3})
    if number == "222":
        return Outcome("many", {"people": [["7", "Moussa"], ["8", "Sira"]]})
    return Outcome("nobody")


@lookup(one=("name", "count"))
def fetch(values: Mapping[str, Value]) -> Outcome:
    return Outcome("one", {"name": f"n°{values['chosen']}", "count": 1})


def sample_flow() -> Flow:
    flow = Flow(
        "demo",
        start="home",
        fields={
            "number": Digits(3, shortest=3),
            "secret": Digits(4, shortest=4),
            "name": Name(20),
            "count": Count(3),
            "people": Options(12, most=12),
            "chosen": Digits(4),
        },
    )
    flow.menu(
        "language",
        "Langue ?",
        {
            1: Option("Bamanankan", HOME, (EffectSpec("language"),), language="bm"),
            2: Option("Français", HOME, (EffectSpec("language"),), language="fr"),
        },
    )
    flow.menu("home", "Accueil ici", {1: ("Chercher", "number"), 2: ("Quitter", "bye")})
    flow.ask("number", "Numéro ?", into="number", error="3 chiffres.", target="secret")
    flow.ask(
        "secret", "Code ?", into="secret", error="4 chiffres.", target="search", sensitive=True
    )
    flow.call(
        "search",
        search,
        {"one": "found", "many": "pick", "nobody": "nobody", "down": "down"},
        takes=("number", "secret"),
    )
    flow.pick("pick", "Qui ?", source="people", into="chosen", target="fetch")
    flow.call("fetch", fetch, {"one": "found", "down": "down"}, takes=("chosen",))
    flow.end("found", "{name} : {count} enfants", EffectSpec("note", takes=("name",)))
    flow.menu(
        "nobody",
        "Introuvable",
        {1: ("Recommencer", "number"), 2: Option("Quitter", "fetch", sets={"chosen": "9"})},
    )
    flow.menu("stuck", "Besoin d'aide ?", {1: ("Encore", BACK)})
    flow.end("bye", "Au revoir")
    flow.end("down", "Plus tard")
    return flow


def application_of(*flows: Flow) -> Application:
    return Application(flows, home="demo.home", language="demo.language", stuck="demo.stuck")


FRENCH = (
    *ENGINE_TEXTS,
    *texts_of(application_of().nodes[RESUME]),
    "Langue ?",
    "Bamanankan",
    "Français",
    "Accueil ici",
    "Chercher",
    "Quitter",
    "Numéro ?",
    "3 chiffres.",
    "Code ?",
    "4 chiffres.",
    "Qui ?",
    "{name} : {count} enfants",
    "Introuvable",
    "Recommencer",
    "Besoin d'aide ?",
    "Encore",
    "Au revoir",
    "Plus tard",
)


def words() -> Catalogue:
    return Catalogue({"fr": {}, "bm": {text: f"{text} ɲɛ" for text in FRENCH}})


class Keypad:
    """Presses keys on an engine and remembers what it did."""

    def __init__(
        self,
        engine: Engine,
        language: str | None = "fr",
        network: Network = DEFAULT_NETWORK,
    ) -> None:
        self.engine = engine
        self.network = network
        self.seen: list[Mapping[str, Value]] = []
        self.turn: Turn = engine.begin(language, network, self._run)

    def _run(self, call: Call, values: Mapping[str, Value], language: str) -> Outcome:
        self.seen.append(values)
        return call.lookup.run(values)

    def press(self, *answers: str) -> str:
        for answer in answers:
            assert self.turn.session is not None, "the session has ended"
            self.turn = self.engine.answer(
                self.turn.session, answer, self.network, self._run, TODAY
            )
        return self.turn.reply.text

    @property
    def screen(self) -> str:
        return self.turn.reply.screen

    @property
    def session(self) -> Session:
        assert self.turn.session is not None
        return self.turn.session
