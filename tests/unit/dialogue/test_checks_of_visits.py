"""Check 1 finds the sub-dialogue without a way out, and the question that takes no answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sample_journey import find_towns, journey, main_flow, place_flow

from smsgateway.dialogue.application import Flow, Purpose
from smsgateway.dialogue.checks import Fault, check, manifest_of
from smsgateway.dialogue.nodes import BACK, HOME, RETURN, Ask, Call, Menu, Pick, Visit
from smsgateway.text.catalogue import Catalogue

Break = Callable[[Flow, Flow], None]


def faults(main: Flow, place: Flow) -> list[Fault]:
    application = journey(main, place)
    return check(application, Catalogue({"fr": {}}), ("fr",), manifest_of(application))


def never_return(main: Flow, place: Flow) -> None:
    find = place.nodes["place.find"]
    assert isinstance(find, Call)
    place.nodes["place.find"] = replace(find, on={**find.on, "known": "main.done"})


def return_without_a_visit(main: Flow, place: Flow) -> None:
    main.menu("lost", "?", {1: ("Lire", RETURN)})
    lead_from_home(main, "lost")


def walk_into_a_visit(main: Flow, place: Flow) -> None:
    lead_from_home(main, "place.start")


def keep_a_place_in_a_visit(main: Flow, place: Flow) -> None:
    town = place.nodes["place.town"]
    assert isinstance(town, Pick)
    place.nodes["place.town"] = replace(town, checkpoint=True)


def visit_oneself(main: Flow, place: Flow) -> None:
    find = place.nodes["place.find"]
    assert isinstance(find, Call)
    place.nodes["place.find"] = replace(find, on={**find.on, "down": "place.again"})
    place.visit("again", start="start", target="town")


def nest_too_deep(main: Flow, place: Flow) -> None:
    for depth in range(3):
        main.visit(f"v{depth}", start=f"v{depth + 1}", target=f"s{depth}")
        main.menu(f"s{depth}", "?", {1: ("Lire", RETURN if depth else "read")})
    main.visit("v3", start="place.start", target="s3")
    main.menu("s3", "?", {1: ("Lire", RETURN)})
    lead_from_home(main, "v0")


def visit_home(main: Flow, place: Flow) -> None:
    main.nodes["main.where"] = Visit("place.start", HOME)


def go_back_from_a_look_up(main: Flow, place: Flow) -> None:
    prove = main.nodes["main.prove"]
    assert isinstance(prove, Call)
    main.nodes["main.prove"] = replace(prove, on={**prove.on, "wrong": BACK})


def ask_for_a_day_that_is_none(main: Flow, place: Flow) -> None:
    main.date("when", "Quand ?", into="file", error="Non.", target="read")
    lead_from_home(main, "when")


def ask_for_what_nobody_can_type(main: Flow, place: Flow) -> None:
    main.ask("which", "Quoi ?", into="sex", error="Non.", target="read")
    lead_from_home(main, "which")


def ask_for_a_day_as_for_a_number(main: Flow, place: Flow) -> None:
    born = main.nodes["main.born"]
    assert isinstance(born, Ask)
    main.nodes["main.born"] = Ask(born.text, born.into, born.error, born.target)


def set_what_is_no_field(main: Flow, place: Flow) -> None:
    sex = main.nodes["main.sex"]
    assert isinstance(sex, Menu)
    first = replace(sex.options["1"], sets={"gender": "F"})
    main.nodes["main.sex"] = replace(sex, options={**sex.options, "1": first})


def promise_what_is_not_there(main: Flow, place: Flow) -> None:
    main.promise(Purpose.LOOKUP, "answer")


def need_what_only_one_visit_brings(main: Flow, place: Flow) -> None:
    """The sub-dialogue is visited twice; only the first visit knows the birthday."""
    main.visit("early", start="place.start", target="told")
    main.end("told", "Né le {born}")
    lead_from_home(main, "early")


def need_what_a_visit_forgets(main: Flow, place: Flow) -> None:
    start = place.nodes["place.start"]
    assert isinstance(start, Call)
    place.nodes["place.start"] = replace(start, lookup=find_towns, forgets=("born",))


def lead_from_home(main: Flow, target: str) -> None:
    home = main.nodes["main.home"]
    assert isinstance(home, Menu)
    name = target if "." in target else f"main.{target}"
    extra = replace(home.options["1"], label="Encore", target=name)
    main.nodes["main.home"] = replace(home, options={**home.options, "4": extra})


@pytest.mark.parametrize(
    ("break_it", "where", "problem"),
    [
        (never_return, "main.where", "nothing after place.start returns"),
        (return_without_a_visit, "main.lost", "returns, but can be come to without a visit"),
        (walk_into_a_visit, "place.find", "returns, but can be come to without a visit"),
        (keep_a_place_in_a_visit, "place.town", "would not know its way out"),
        (visit_oneself, "place.start", "the sub-dialogue visits itself"),
        (nest_too_deep, "main.v1", "more than 3 sub-dialogues"),
        (visit_home, "main.where", "a visit begins at a node"),
        (go_back_from_a_look_up, "main.prove", "no screen to go back from"),
        (ask_for_a_day_that_is_none, "main.when", "asks for a day, but file is none"),
        (ask_for_what_nobody_can_type, "main.which", "no answer is ever taken for sex"),
        (ask_for_a_day_as_for_a_number, "main.born", "no answer is ever taken for born"),
        (set_what_is_no_field, "main.sex", "fills gender, which no flow declares"),
        (promise_what_is_not_there, "main.answer", "is promised"),
        (need_what_only_one_visit_brings, "main.told", "uses born"),
        (need_what_a_visit_forgets, "main.confirm", "uses born"),
    ],
)
def test_check_1_finds(break_it: Break, where: str, problem: str) -> None:
    main, place = main_flow(), place_flow()
    break_it(main, place)
    found = faults(main, place)
    assert any(
        fault.check == 1 and fault.where == where and problem in fault.problem for fault in found
    ), found


def test_a_dialogue_that_is_visited_twice_brings_each_time_what_its_visitor_knew() -> None:
    main, place = main_flow(), place_flow()
    main.visit("early", start="place.start", target="told")
    main.end("told", "Ici : {place}")
    lead_from_home(main, "early")
    assert faults(main, place) == []
