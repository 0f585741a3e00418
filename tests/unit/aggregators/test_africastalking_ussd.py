"""USSD on Africa's Talking's wire: what is read of a callback, and what goes back."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from smsgateway.aggregators.africastalking.ussd import AfricasTalkingUssd
from smsgateway.aggregators.base import RawRequest, UnusableCallback
from smsgateway.aggregators.ussd import UssdTurn

PORT = AfricasTalkingUssd()
FORM = {
    "phoneNumber": "+22370000001",
    "serviceCode": "*384*70421#",
    "text": "1*Dioïla*é",
    "sessionId": "ATUid_0123456789abcdef0123456789abcdef",
    "networkCode": "61002",
}


def posted(form: dict[str, str]) -> RawRequest:
    return RawRequest("application/x-www-form-urlencoded", urlencode(form).encode())


def test_a_captured_callback_is_read_field_by_field() -> None:
    assert PORT.read_turn(posted(FORM), "main") == UssdTurn(
        aggregator="africastalking",
        channel="main",
        session_id="ATUid_0123456789abcdef0123456789abcdef",
        msisdn="+22370000001",
        service_code="*384*70421#",
        network_code="61002",
        text="1*Dioïla*é",
    )


def test_what_need_not_be_there_is_empty() -> None:
    needed = {name: FORM[name] for name in ("phoneNumber", "sessionId")}
    turn = PORT.read_turn(posted(needed), "main")
    assert (turn.text, turn.service_code, turn.network_code) == ("", "", "")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"phoneNumber": "Orange"}, "phoneNumber"),
        ({"sessionId": ""}, "sessionId"),
        ({"sessionId": "x" * 81}, "sessionId"),
        ({"sessionId": "\0"}, "sessionId"),
    ],
)
def test_a_callback_without_a_caller_or_a_session_is_unusable(
    changed: dict[str, str], says: str
) -> None:
    with pytest.raises(UnusableCallback, match=says):
        PORT.read_turn(posted(FORM | changed), "main")


def test_a_complaint_about_a_callback_holds_nothing_of_it() -> None:
    with pytest.raises(UnusableCallback) as raised:
        PORT.read_turn(posted(FORM | {"phoneNumber": "7000000199999999"}), "main")
    assert "7000" not in str(raised.value)


def test_the_name_of_a_session_holds_no_number() -> None:
    assert "22370000001" not in PORT.read_turn(posted(FORM), "main").session_key


@pytest.mark.parametrize(("final", "verb"), [(False, "CON"), (True, "END")])
def test_a_screen_says_whether_the_call_goes_on(final: bool, verb: str) -> None:
    answer = PORT.answer("Accueil\n1. RAMED", final=final, screen="menu.home")
    assert answer.body == f"{verb} Accueil\n1. RAMED"
    assert answer.content_type == "text/plain; charset=utf-8"


def test_the_hop_metadata_is_the_name_of_the_screen_and_has_at_most_99_letters() -> None:
    assert PORT.answer("x", final=False, screen="a.b").headers == {"at-ussd-hop-metadata": "a.b"}
    assert (
        len(PORT.answer("x", final=False, screen="s" * 200).headers["at-ussd-hop-metadata"]) == 99
    )
    assert PORT.answer("x", final=True, screen="").headers == {}
