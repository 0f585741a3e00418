"""Check 6 finds the dialogue that would let a sensitive answer, or what it opens, out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sample_journey import journey, main_flow, place_flow

from smsgateway.dialogue.application import Flow
from smsgateway.dialogue.checks import Fault, check, manifest_of
from smsgateway.dialogue.nodes import Ask, Call, EffectSpec, End, Menu, Option
from smsgateway.text.catalogue import Catalogue


def faults(flow: Flow) -> list[Fault]:
    application = journey(flow, place_flow())
    return check(application, Catalogue({"fr": {}}), ("fr",), manifest_of(application))


def show_it(flow: Flow) -> None:
    prove = flow.nodes["main.prove"]
    assert isinstance(prove, Call)
    flow.nodes["main.prove"] = replace(prove, on={**prove.on, "right": "main.shown"})
    flow.menu("shown", "Code {secret}", {1: ("Voir", "file")})


def write_it_down(flow: Flow) -> None:
    flow.nodes["main.down"] = End("Plus tard", (EffectSpec("note", takes=("secret",)),))


def forget_it_too_early(flow: Flow) -> None:
    secret = flow.nodes["main.secret"]
    assert isinstance(secret, Ask)
    flow.nodes["main.secret"] = replace(secret, target="main.between")
    flow.menu("between", "Et puis ?", {1: ("Voir", "prove")})


def resume_behind_the_proof(flow: Flow) -> None:
    file = flow.nodes["main.file"]
    assert isinstance(file, Menu)
    flow.nodes["main.file"] = replace(file, checkpoint=True)


def resume_before_what_the_proof_gave(flow: Flow) -> None:
    """The checkpoint shows nothing, but leads to what only the proof can give."""
    prove = flow.nodes["main.prove"]
    assert isinstance(prove, Call)
    flow.nodes["main.prove"] = replace(prove, on={**prove.on, "right": "main.after"})
    flow.menu("after", "Et puis ?", {1: ("Voir", "file")}, checkpoint=True)


def name_it_badly(flow: Flow) -> None:
    flow.nodes["main.Awa Traoré"] = flow.nodes.pop("main.read")
    home = flow.nodes["main.home"]
    assert isinstance(home, Menu)
    read = replace(home.options["2"], target="main.Awa Traoré")
    flow.nodes["main.home"] = replace(home, options={**home.options, "2": read})
    file = flow.nodes["main.file"]
    assert isinstance(file, Menu)
    flow.nodes["main.file"] = replace(file, options={"1": read})


@pytest.mark.parametrize(
    ("break_it", "where", "problem"),
    [
        (show_it, "main.shown", "shows secret"),
        (write_it_down, "main.down", "an effect that takes secret"),
        (forget_it_too_early, "main.secret", "forgotten before a look-up has seen it"),
        (resume_behind_the_proof, "main.file", "needs file, which a sensitive answer opened"),
        (resume_before_what_the_proof_gave, "main.file", "needs file"),
        (name_it_badly, "main.Awa Traoré", "gateways are told this name"),
    ],
)
def test_check_6_finds(break_it: Callable[[Flow], None], where: str, problem: str) -> None:
    flow = main_flow()
    break_it(flow)
    found = [fault for fault in faults(flow) if fault.check == 6]
    assert [fault.where for fault in found] == [where], found
    assert problem in found[0].problem


def test_a_checkpoint_that_needs_only_what_was_told_before_the_proof_is_sound() -> None:
    """It may stand behind a proof, as long as nothing after it lives on what the proof gave."""
    flow = main_flow()
    prove = flow.nodes["main.prove"]
    assert isinstance(prove, Call)
    flow.nodes["main.prove"] = replace(prove, on={**prove.on, "wrong": "main.again"})
    flow.menu("again", "Et puis ?", {1: ("Voir", "secret")}, checkpoint=True)
    assert faults(flow) == []


def test_a_name_that_was_typed_is_not_the_one_that_a_proof_opened_elsewhere() -> None:
    """What matters is the way: the same field may be opened on one and told on another."""
    flow = main_flow()
    file = flow.nodes["main.file"]
    assert isinstance(file, Menu)
    typed = Option("Fille", "main.file", sets={"file": "1"})
    sex = flow.nodes["main.sex"]
    assert isinstance(sex, Menu)
    flow.nodes["main.sex"] = replace(sex, options={**sex.options, "3": replace(typed, label="Non")})
    flow.nodes["main.file"] = replace(file, checkpoint=True)
    prove = flow.nodes["main.prove"]
    assert isinstance(prove, Call)
    flow.nodes["main.prove"] = replace(prove, on={**prove.on, "right": "main.read"})
    assert faults(flow) == []
