"""What networks allow, as data."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_dialogue import Keypad, application_of, sample_flow, words

from smsgateway.dialogue.checks import check, manifest_of
from smsgateway.dialogue.engine import Engine
from smsgateway.dialogue.network import (
    DEFAULT_NETWORK,
    SMS_NETWORK,
    Keys,
    NetworksError,
    read_networks,
    shipped,
)
from smsgateway.text.orthography import Policy


def test_the_shipped_file_knows_the_networks_of_mali_and_claims_nothing_about_them() -> None:
    networks = shipped()
    assert [networks.of(code).name for code in ("61001", "61002", "61003")] == [
        "malitel",
        "orange",
        "telecel",
    ]
    assert networks.of("61002") == replace(DEFAULT_NETWORK, name="orange")
    assert networks.of("99999") == DEFAULT_NETWORK
    assert networks.kinds == (DEFAULT_NETWORK, SMS_NETWORK)


def test_a_network_takes_from_the_default_what_it_does_not_say() -> None:
    networks = read_networks(
        '[default]\nbudget = 150\n[networks.61002]\nletters = "ascii"\nkeys = { more = "9" }\n'
    )
    orange = networks.of("61002")
    assert (orange.budget, orange.letters, orange.keys) == (150, Policy.ASCII, Keys(more="9"))
    assert [one.budget for one in networks.kinds] == [150, 150, 306]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[default", "it is no TOML"),
        ("[defaults]\nbudget = 100", "there is no table defaults"),
        ("[default]\nbudget = 183", "default: budget is a whole number from 60 to 182"),
        ("[default]\nbudget = true", "default: budget is a whole number"),
        ("[default]\nidle = 30", "default: idle is unknown"),
        ("[networks.orange]\nbudget = 100", "networks.orange: a code has five or six digits"),
        ("[networks]\n61002 = 160", "networks.61002: it is a table"),
        ('[networks.61002]\nletters = "exact"', 'letters are "compact" or "ascii"'),
        ("[networks.61002]\nkeys = { back = 0 }", "a key is one to three of"),
        ('[networks.61002]\nkeys = { next = "1" }', "keys are back, home, more"),
        ('[networks.61002]\nkeys = { back = "98" }', "the keys have to differ"),
    ],
)
def test_a_wrong_file_says_where_and_why(text: str, reason: str) -> None:
    with pytest.raises(NetworksError) as error:
        read_networks(text)
    assert reason in str(error.value)


def test_a_network_may_have_other_keys_and_plain_letters(engine: Engine) -> None:
    network = replace(
        DEFAULT_NETWORK, keys=Keys(back="*", home="#", more="9"), letters=Policy.ASCII
    )
    keypad = Keypad(engine, network=network)
    assert keypad.press("1") == "Numero ?\n* Retour  # Accueil"
    assert keypad.press("0").startswith("3 chiffres.")
    keypad.press("*")
    assert keypad.screen == "demo.home"
    keypad.press("1", "#")
    assert keypad.screen == "demo.home"


def test_the_check_knows_the_keys_of_every_network() -> None:
    application = application_of(sample_flow())
    networks = read_networks('[networks.61002]\nkeys = { more = "1" }')
    found = check(application, words(), ("fr", "bm"), manifest_of(application), networks)
    assert any("takes 1 for an answer" in fault.problem for fault in found)
