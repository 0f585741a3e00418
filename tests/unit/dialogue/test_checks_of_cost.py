"""Check 5 finds the dialogue that keeps a caller waiting, reading or typing for too long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sample_journey import journey, main_flow, place_flow

from smsgateway.dialogue.application import Application, Flow, Purpose
from smsgateway.dialogue.checks import Fault, check, manifest_of
from smsgateway.dialogue.checks.cost import ways_from_home
from smsgateway.dialogue.network import DEFAULT_NETWORK, Networks
from smsgateway.dialogue.nodes import Call, Menu
from smsgateway.dialogue.paths import Paths
from smsgateway.text.catalogue import Catalogue

WORDS = Catalogue({"fr": {}})


def faults(application: Application, networks: Networks | None = None) -> list[Fault]:
    return check(application, WORDS, ("fr",), manifest_of(application), networks)


def of_flow(flow: Flow) -> list[Fault]:
    return faults(journey(flow, place_flow()))


def test_a_sound_application_costs_little() -> None:
    assert of_flow(main_flow()) == []


def wait_for_one_long_call(flow: Flow) -> None:
    prove = flow.nodes["main.prove"]
    assert isinstance(prove, Call)
    flow.nodes["main.prove"] = replace(prove, timeout=4.5)


def wait_for_calls_in_a_row(flow: Flow) -> None:
    prove = flow.nodes["main.prove"]
    assert isinstance(prove, Call)
    again = replace(prove, lookup=replace(prove.lookup, gives={"right": ("file",), "wrong": ()}))
    flow.nodes["main.again"] = again
    flow.nodes["main.prove"] = replace(prove, timeout=2.5, on={**prove.on, "right": "main.again"})


def promise_what_is_far(flow: Flow) -> None:
    flow.promise(Purpose.LOOKUP, "done")


def lose_people_in_menus(flow: Flow) -> None:
    home = flow.nodes["main.home"]
    assert isinstance(home, Menu)
    deeper = replace(home.options["2"], target="main.second")
    flow.nodes["main.home"] = replace(home, options={**home.options, "2": deeper})
    flow.menu("second", "Puis", {1: ("Lire", "third")})
    flow.menu("third", "Puis", {1: ("Lire", "fourth")})
    flow.menu("fourth", "Puis", {1: ("Lire", "read")})


@pytest.mark.parametrize(
    ("break_it", "where", "problem"),
    [
        (wait_for_one_long_call, "main.prove", "may wait 4.5 s"),
        (wait_for_calls_in_a_row, "main.prove", "may wait 4.5 s"),
        (promise_what_is_far, "main.done", "6 screens for a lookup, at most 5"),
        (lose_people_in_menus, "main.fourth", "deeper than 2 menus below home"),
    ],
)
def test_check_5_finds(break_it: Callable[[Flow], None], where: str, problem: str) -> None:
    flow = main_flow()
    break_it(flow)
    found = of_flow(flow)
    assert [(fault.check, fault.where) for fault in found] == [(5, where)], found
    assert problem in found[0].problem


def test_check_5_counts_the_time_before_a_sub_dialogue_and_after_it() -> None:
    place = place_flow()
    find = place.nodes["place.find"]
    assert isinstance(find, Call)
    place.nodes["place.find"] = replace(find, timeout=3.0)
    main = main_flow()
    prove = main.nodes["main.prove"]
    assert isinstance(prove, Call)
    confirm = main.nodes.pop("main.confirm")
    main.nodes["main.confirm"] = replace(
        prove, takes=("town",), on=dict.fromkeys(prove.on, "main.x")
    )
    main.nodes["main.x"] = confirm
    found = faults(journey(main, place))
    assert [(fault.check, fault.where) for fault in found] == [(5, "place.find")], found


def test_check_5_knows_how_patient_a_network_is() -> None:
    flow = main_flow()
    flow.promise(Purpose.REGISTRATION, "done")
    hasty = replace(DEFAULT_NETWORK, name="hasty", session_s=30, idle_s=5)
    found = faults(journey(flow, place_flow()), Networks(by_code={"61002": hasty}))
    assert {fault.check for fault in found} == {5}
    assert {fault.where for fault in found} == {"main.done (fr, hasty)"}
    assert len(found) == 2


def test_what_is_not_promised_is_within_nine_screens_too() -> None:
    flow = main_flow()
    home = flow.nodes["main.home"]
    assert isinstance(home, Menu)
    for number in range(1, 9):
        flow.ask(f"q{number}", "?", into="secret", error="Non.", target=f"q{number + 1}")
    flow.end("q9", "Fin")
    first = replace(home.options["2"], target="main.q1")
    flow.nodes["main.home"] = replace(home, options={**home.options, "4": first})
    found = [fault for fault in of_flow(flow) if fault.check == 5]
    assert [fault.where for fault in found] == ["main.q9"]
    assert found[0].problem.startswith("10 screens for a registration, at most 9")


def test_the_way_out_of_a_sub_dialogue_is_the_one_that_led_into_it() -> None:
    """A short way into the sub-dialogue is no short cut to what another visitor does after it."""
    flow = main_flow()
    flow.visit("early", start="place.start", target="read")
    home = flow.nodes["main.home"]
    assert isinstance(home, Menu)
    early = replace(home.options["2"], target="main.early")
    flow.nodes["main.home"] = replace(home, options={**home.options, "4": early})
    way = ways_from_home(Paths(journey(flow, place_flow())))["main.done"]
    assert way == ("main.home", "main.sex", "main.born", "place.town", "main.confirm", "main.done")
