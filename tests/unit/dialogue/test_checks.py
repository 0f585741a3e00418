"""Each check finds the fault it is for, and nothing in a sound application."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sample_dialogue import FRENCH, application_of, fetch, sample_flow, words

from smsgateway.dialogue.application import Application, Flow
from smsgateway.dialogue.checks import Fault, Manifest, check, manifest_of
from smsgateway.dialogue.fields import Digits, Options
from smsgateway.dialogue.network import Network, Networks
from smsgateway.dialogue.nodes import BACK, EffectSpec, Menu, Option
from smsgateway.text.catalogue import Catalogue

LANGUAGES = ("fr", "bm")
FROZEN: Manifest = manifest_of(application_of(sample_flow()))


def faults(flow: Flow, catalogue: Catalogue | None = None) -> list[Fault]:
    application = application_of(flow)
    frozen = FROZEN | {
        name: keys for name, keys in manifest_of(application).items() if name not in FROZEN
    }
    return check(application, catalogue or words(), LANGUAGES, frozen)


def test_a_sound_application_has_no_fault() -> None:
    assert faults(sample_flow()) == []


def lead_nowhere(flow: Flow) -> None:
    flow.ask("extra", "Numéro ?", into="number", error="3 chiffres.", target="gone")


def stand_alone(flow: Flow) -> None:
    flow.end("alone", "Au revoir")


def turn_in_circles(flow: Flow) -> None:
    replace_option(flow, "bye", "circle")
    flow.menu("circle", "Introuvable", {1: ("Encore", "circle")})


def follow_calls_for_ever(flow: Flow) -> None:
    replace_option(flow, "bye", "first")
    flow.call("first", fetch, {"one": "second", "down": "bye"}, takes=())
    flow.call("second", fetch, {"one": "first", "down": "bye"}, takes=())


def forget_an_outcome(flow: Flow) -> None:
    replace_option(flow, "bye", "first")
    flow.call("first", fetch, {"one": "bye"})


def follow_a_stranger(flow: Flow) -> None:
    replace_option(flow, "bye", "first")
    flow.call("first", fetch, {"one": "bye", "two": "bye", "down": "bye"})


def say_what_is_unknown(flow: Flow) -> None:
    replace_option(flow, "bye", "early")
    flow.end("early", "{name} : {count} enfants")


def take_along_what_is_unknown(flow: Flow) -> None:
    replace_option(flow, "bye", "early")
    flow.end("early", "Au revoir", EffectSpec("note", takes=("name",)))


def say_what_is_secret(flow: Flow) -> None:
    flow.nodes["demo.secret"] = flow.nodes["demo.secret"].__class__(
        "Code ?", "secret", "4 chiffres.", "demo.told", True
    )
    flow.end("told", "{secret}")


def pick_from_nothing(flow: Flow) -> None:
    replace_option(flow, "bye", "lost")
    flow.pick("lost", "Qui ?", source="name", into="chosen", target="bye")


def set_a_stranger(flow: Flow) -> None:
    option = Option("Encore", "number", sets={"stranger": "1"})
    flow.nodes["demo.nobody"] = Menu("Introuvable", {"1": option})


def replace_option(flow: Flow, old: str, new: str) -> None:
    """Lead the key 2 of home elsewhere, keeping `old` reachable."""
    flow.menu("detour", "Introuvable", {1: ("Encore", old), 2: ("Recommencer", new)})
    home = flow.nodes["demo.home"]
    assert isinstance(home, Menu)
    flow.nodes["demo.nobody"] = Menu(
        "Introuvable", {"1": home.options["1"].__class__("Recommencer", "demo.detour")}
    )


@pytest.mark.parametrize(
    ("break_it", "where", "problem"),
    [
        (lead_nowhere, "demo.extra", "does not exist"),
        (stand_alone, "demo.alone", "nothing leads here"),
        (turn_in_circles, "demo.circle", "no way from here leads to an end"),
        (follow_calls_for_ever, "demo.first", "without a screen between"),
        (forget_an_outcome, "demo.first", "outcome down"),
        (follow_a_stranger, "demo.first", "follows two"),
        (say_what_is_unknown, "demo.early", "uses count"),
        (take_along_what_is_unknown, "demo.early", "uses name"),
        (say_what_is_secret, "demo.told", "uses secret"),
        (pick_from_nothing, "demo.lost", "no field of options"),
        (set_a_stranger, "demo.nobody", "fills stranger"),
    ],
)
def test_check_1_finds(break_it: Callable[[Flow], None], where: str, problem: str) -> None:
    flow = sample_flow()
    break_it(flow)
    found = faults(flow, Catalogue({"bm": {text: text for text in (*FRENCH, "{secret}")}}))
    assert any(
        fault.check == 1 and fault.where == where and problem in fault.problem for fault in found
    ), found


@pytest.mark.parametrize(
    ("bambara", "problem"),
    [
        ({"Qui ?": ""}, "no words for 'Qui ?'"),
        ({"{name} : {count} enfants": "{name} denw"}, "placeholders differ"),
        ({"{name} : {count} enfants": "{name} {count} {age}"}, "the placeholder age is no field"),
        ({"{name} : {count} enfants": "{name denw"}, "braces that do not match"),
        ({"Qui ?": "Jɔn \u4e2d?"}, "letters that cannot be sent: \u4e2d"),
    ],
    ids=["missing", "placeholder dropped", "placeholder invented", "braces", "letter"],
)
def test_check_2_finds(bambara: dict[str, str], problem: str) -> None:
    catalogue = Catalogue({"bm": {text: text for text in FRENCH} | bambara})
    found = faults(sample_flow(), catalogue)
    assert any(fault.check == 2 and problem in fault.problem for fault in found), found


def test_check_3_finds_a_last_screen_over_the_budget_in_one_language_only() -> None:
    long = "{name} : {count} enfants " + "denw bɛɛ " * 16
    catalogue = Catalogue(
        {"bm": {text: text for text in FRENCH} | {"{name} : {count} enfants": long}}
    )
    found = faults(sample_flow(), catalogue)
    assert {(fault.check, fault.where) for fault in found} == {(3, "demo.found (bm, default)")}


def test_check_3_finds_a_screen_that_fits_only_the_wider_network() -> None:
    networks = Networks(by_code={"61099": Network("narrow", budget=30)})
    found = check(application_of(sample_flow()), words(), LANGUAGES, FROZEN, networks)
    assert found
    assert {fault.check for fault in found} == {3}
    assert all("narrow" in fault.where for fault in found)


def test_check_3_counts_the_error_that_may_stand_above_a_question() -> None:
    long_error = "3 chiffres " + "x" * 140
    flow = sample_flow()
    flow.nodes["demo.number"] = flow.nodes["demo.number"].__class__(
        "Numéro ?", "number", long_error, "demo.secret", False
    )
    bambara = {text: text for text in FRENCH} | {long_error: long_error}
    found = faults(flow, Catalogue({"bm": bambara}))
    assert {fault.check for fault in found} == {3}


def take_a_navigation_key(flow: Flow) -> None:
    home = flow.nodes["demo.home"]
    assert isinstance(home, Menu)
    flow.nodes["demo.home"] = Menu(home.text, {**home.options, "0": home.options["2"]})


def accept_zero_as_an_answer(flow: Flow) -> None:
    flow.fields = {**flow.fields, "number": Digits(3, shortest=1)}


def list_ninety_eight_people(flow: Flow) -> None:
    flow.fields = {**flow.fields, "people": Options(12, most=98)}


def begin_two_options_alike(flow: Flow) -> None:
    flow.menu("extra", "Qui ?", {1: ("Encore", BACK), 2: ("Encore", "bye")})


def move_a_key(flow: Flow) -> None:
    home = flow.nodes["demo.home"]
    assert isinstance(home, Menu)
    swapped = {"1": home.options["2"], "2": home.options["1"]}
    flow.nodes["demo.home"] = Menu(home.text, swapped)


def lose_a_key(flow: Flow) -> None:
    home = flow.nodes["demo.home"]
    assert isinstance(home, Menu)
    flow.nodes["demo.home"] = Menu(home.text, {"1": home.options["1"]})


@pytest.mark.parametrize(
    ("break_it", "problem"),
    [
        (take_a_navigation_key, "takes 0 for an answer, but the key belongs to navigation"),
        (accept_zero_as_an_answer, "takes 0 for an answer"),
        (list_ninety_eight_people, "takes 98 for an answer"),
        (begin_two_options_alike, "two options begin with 'encore'"),
        (move_a_key, "the key 1 led to demo.number, now to demo.bye"),
        (lose_a_key, "the key 2 is gone"),
    ],
)
def test_check_4_finds(break_it: Callable[[Flow], None], problem: str) -> None:
    flow = sample_flow()
    break_it(flow)
    found = faults(flow)
    assert any(fault.check == 4 and problem in fault.problem for fault in found), found


@pytest.mark.parametrize("name", ["demo.nobody", "demo.number", "demo.pick"])
def test_check_4_asks_for_an_alias_when_a_screen_is_renamed_and_takes_it(name: str) -> None:
    def renamed(**renamed: str) -> Application:
        flow = sample_flow()
        flow.renamed = {f"demo.{old}": new for old, new in renamed.items()}
        flow.nodes["demo.entry"] = flow.nodes.pop(name)
        return application_of(flow)

    def problems(application: Application) -> list[str]:
        found = check(application, words(), LANGUAGES, FROZEN)
        return [fault.problem for fault in found if fault.where == name]

    assert "is in the manifest but gone; add an alias to `renamed`" in problems(renamed())
    short = name.removeprefix("demo.")
    assert problems(renamed(**{short: "demo.entry"})) == []
    assert problems(renamed(**{short: "demo.nowhere"}))[0].startswith("is renamed to demo.nowhere")


def test_check_1_finds_an_alias_of_a_node_that_is_there_again() -> None:
    flow = sample_flow()
    flow.renamed = {"demo.number": "demo.secret"}
    found = check(application_of(flow), words(), LANGUAGES, FROZEN)
    assert [fault.problem for fault in found] == ["is renamed, but there is such a node again"]


def test_check_4_refuses_a_screen_that_is_not_frozen_yet() -> None:
    found = check(application_of(sample_flow()), words(), LANGUAGES, {})
    assert {fault.check for fault in found} == {4}
    assert all("flows manifest --write" in fault.problem for fault in found)
