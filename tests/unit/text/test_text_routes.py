"""The letters in which a message reaches a phone."""

import pytest

from smsgateway.errors import SettingsError
from smsgateway.settings import Settings
from smsgateway.text.orthography import Policy
from smsgateway.text.routes import Routes

ORANGE, MOOV, ABROAD = "+22376000000", "+22366000000", "+33612345678"
ROUTES = Routes.parse("malitel=ascii, orange=exact")


def test_a_network_has_its_policy_and_the_others_none() -> None:
    assert ROUTES.policy_for(MOOV) is Policy.ASCII
    assert ROUTES.policy_for(ORANGE) is Policy.EXACT
    assert ROUTES.policy_for(ABROAD) is None
    assert Routes().policy_for(MOOV) is None


def test_what_a_person_asked_for_stands_above_the_network() -> None:
    assert ROUTES.policy_for(ORANGE, "compact") is Policy.COMPACT
    assert ROUTES.policy_for(MOOV, "exact") is Policy.EXACT
    assert ROUTES.policy_for(ABROAD, "ascii") is Policy.ASCII


def test_accents_stay_off_a_route_that_breaks_them() -> None:
    assert ROUTES.policy_for(MOOV, "compact") is Policy.ASCII


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "vodafone=ascii",
            "no operator is called vodafone: write one of malitel, orange",
        ),
        ("malitel=utf8", "malitel needs one of compact, exact, ascii"),
        ("malitel", "malitel needs one of compact, exact, ascii"),
    ],
)
def test_a_wrong_setting_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match="ENCODING_POLICIES is wrong") as error:
        Settings.from_env({"ENCODING_POLICIES": text})
    assert reason in str(error.value)
