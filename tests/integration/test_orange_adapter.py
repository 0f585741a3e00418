"""The Orange SMS API against a stub of it: tokens, sends, refusals by name, receipts, balance."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gateway_stub import Asked, Says, Stub, stub

from smsgateway.aggregators.base import RawRequest, UnusableCallback
from smsgateway.aggregators.orange import Orange
from smsgateway.commands.channels import channel
from smsgateway.gateway_settings import OrangeSettings
from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    Misconfigured,
    OutboundSms,
    Outcome,
    OutOfCredit,
    Reason,
    SenderRefused,
    SendResult,
    Throttled,
    Unavailable,
)
from smsgateway.messaging.states import State
from smsgateway.service import Service
from workers.process import pace_of

SMS = OutboundSms(7, "+22370000001", "I ni sɔgɔma é")
TOKEN_PATH = "/oauth/v3/token"
NESTED = "[" * 100_000
"""JSON that goes deeper than it can be read."""
RESOURCE = "https://api.orange.com/smsmessaging/v1/outbound/tel:+2230000/requests/abc-123"
ACCEPTED = Says(201, {"outboundSMSMessageRequest": {"resourceURL": RESOURCE}})


def orange(url: str, **others: str) -> Orange:
    return Orange(
        OrangeSettings("id", "secret", "+2230000", base_url=url, **others), timeout=(10.0, 10.0)
    )


def token(number: int = 1, **others: Any) -> Says:
    answer = {"token_type": "Bearer", "access_token": f"token-{number}", "expires_in": "3600"}
    return Says(200, answer | others)


@contextmanager
def api(send: Says | Callable[[Asked], Says], tokens: Says | None = None) -> Iterator[Stub]:
    """The API: tokens that count up, and what `send` says to everything else."""
    given: list[int] = []

    def answer(asked: Asked) -> Says:
        if asked.path == TOKEN_PATH:
            given.append(1)
            return tokens or token(len(given))
        return send if isinstance(send, Says) else send(asked)

    with stub(answer) as running:
        yield running


def sent(says: Says) -> SendResult:
    with api(says) as running:
        (result,) = orange(running.url).send([SMS])
    return result


def paths(running: Stub) -> list[str]:
    return [asked.path for asked in running.asked]


def test_a_send_is_the_request_that_orange_documents() -> None:
    with api(ACCEPTED) as running:
        (result,) = orange(running.url, sender_name="SANTE ML").send([SMS])
    for_token, send = running.asked
    assert for_token.form == {"grant_type": "client_credentials"}
    account = b64encode(b"id:secret").decode()
    assert for_token.headers["Authorization"] == f"Basic {account}"
    assert (send.method, send.path) == (
        "POST",
        "/smsmessaging/v1/outbound/tel%3A%2B2230000/requests",
    )
    assert send.headers["Authorization"] == "Bearer token-1"
    assert send.headers["Content-Type"] == "application/json"
    assert send.json == {
        "outboundSMSMessageRequest": {
            "address": "tel:+22370000001",
            "senderAddress": "tel:+2230000",
            "senderName": "SANTE ML",
            "outboundSMSTextMessage": {"message": "I ni sɔgɔma é"},
        }
    }
    assert result == SendResult(7, Outcome.ACCEPTED, aggregator_message_id="abc-123")


def test_a_token_is_kept_for_the_next_sends_and_threads_ask_for_one_alone() -> None:
    with api(ACCEPTED) as running:
        one = orange(running.url)
        threads = [threading.Thread(target=one.send, args=([SMS],)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        one.send([SMS])
    assert paths(running).count(TOKEN_PATH) == 1
    assert len(running.asked) == 10


@pytest.mark.parametrize("life", ["60", "30", 0])
def test_a_token_at_its_end_is_renewed_before_it_is_used(life: object) -> None:
    with api(ACCEPTED, token(expires_in=life)) as running:
        one = orange(running.url)
        one.send([SMS])
        one.send([SMS])
    assert paths(running).count(TOKEN_PATH) == 2


def test_a_token_that_the_gateway_forgot_is_renewed_and_the_send_made_once_more() -> None:
    def forgetful(asked: Asked) -> Says:
        spent = asked.headers["Authorization"] == "Bearer token-1"
        return Says(401, {"code": 42, "message": "Expired credentials"}) if spent else ACCEPTED

    with api(forgetful) as running:
        (result,) = orange(running.url).send([SMS])
    assert result.outcome is Outcome.ACCEPTED
    assert len(running.asked) == 4


def test_credentials_that_bring_no_good_token_are_bad() -> None:
    with api(Says(401)) as running, pytest.raises(BadCredentials):
        orange(running.url).send([SMS])
    assert len(running.asked) == 4, "a second new token would not help either"


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (Says(400, {"error": "invalid_client"}), BadCredentials),
        (Says(401, {"error": "invalid_client"}), BadCredentials),
        (Says(403), BadCredentials),
        (Says(404), Misconfigured),
        (Says(429), Throttled),
        (Says(500), Unavailable),
        (Says(502), Unavailable),
        (Says(504), Unavailable),
        (Says(200, "<html>"), Unavailable),
        (Says(200, {}), Unavailable),
        (Says(200, {"access_token": None}), Unavailable),
        (Says(200, {"access_token": "two\nlines"}), Unavailable),
        (Says(200, {"access_token": "jɛtɔn"}), Unavailable),
        (Says(200, {"access_token": "token", "expires_in": "nan"}), Unavailable),
        (Says(200, NESTED), Unavailable),
        (Says(cut=True), Unavailable),
    ],
    ids=lambda value: f"{value.status}" if isinstance(value, Says) else None,
)
def test_without_a_token_no_message_has_left(says: Says, error: type[Exception]) -> None:
    with api(ACCEPTED, says) as running, pytest.raises(error):
        orange(running.url).send([SMS])
    assert set(paths(running)) == {TOKEN_PATH}


@pytest.mark.parametrize(
    "body", ["", "<html>", NESTED, {}, [], {"outboundSMSMessageRequest": {"resourceURL": None}}]
)
def test_an_acceptance_without_an_id_is_one_all_the_same(body: Any) -> None:
    assert sent(Says(201, body)) == SendResult(7, Outcome.ACCEPTED)


def fault(kind: str, message_id: str, text: str = "", *variables: str) -> dict[str, Any]:
    return {"requestError": {kind: {"messageId": message_id, "text": text, "variables": variables}}}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, fault("serviceException", "SVC0001"), (Outcome.DEFERRED, Reason.GATEWAY, None)),
        (400, fault("serviceException", "SVC0002"), (Outcome.DEFERRED, Reason.OTHER, 3)),
        (400, fault("serviceException", "SVC0003"), (Outcome.DEFERRED, Reason.OTHER, 3)),
        (
            400,
            fault("serviceException", "SVC0004"),
            (Outcome.REJECTED, Reason.INVALID_NUMBER, None),
        ),
        (
            400,
            fault("serviceException", "SVC0280"),
            (Outcome.REJECTED, Reason.CONTENT_BLOCKED, None),
        ),
        (400, fault("serviceException", "SVC9999"), (Outcome.DEFERRED, Reason.OTHER, None)),
        (400, "", (Outcome.DEFERRED, Reason.OTHER, None)),
        (403, fault("policyException", "POL0001", "other"), (Outcome.DEFERRED, Reason.OTHER, None)),
    ],
)
def test_a_refusal_of_one_message(
    status: int, body: Any, expected: tuple[Outcome, Reason, int | None]
) -> None:
    result = sent(Says(status, body))
    assert (result.outcome, result.reason, result.most_attempts) == expected


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (Says(402), OutOfCredit),
        (Says(403, fault("policyException", "POL0001", "%1", "Expired contract")), OutOfCredit),
        (Says(403, fault("policyException", "POL0001", "insufficient credit")), OutOfCredit),
        (Says(403, fault("policyException", "POL0001", "%1", "senderName")), SenderRefused),
        (Says(403, {"code": 50, "message": "Access denied"}), BadCredentials),
        (Says(404), Misconfigured),
        (Says(429), Throttled),
        (Says(500), Unavailable),
        (Says(503), Unavailable),
        (Says(502), AmbiguousSend),
        (Says(504), AmbiguousSend),
        (Says(200, "a page"), AmbiguousSend),
        (Says(302), Misconfigured),
        (Says(cut=True), AmbiguousSend),
    ],
    ids=lambda value: f"{value.status} {value.body}" if isinstance(value, Says) else None,
)
def test_a_refusal_of_every_message_and_what_proves_nothing(
    says: Says, error: type[Exception]
) -> None:
    with pytest.raises(error):
        sent(says)


def callback(body: Any) -> RawRequest:
    return RawRequest("application/json", json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("DeliveredToTerminal", State.DELIVERED, None),
        ("DeliveredToNetwork", State.SENT, Reason.SUBMITTED),
        ("MessageWaiting", State.SENT, Reason.BUFFERED),
        ("DeliveryUncertain", State.SENT, None),
        ("DeliveryNotificationNotSupported", State.SENT, None),
        ("DeliveryImpossible", State.FAILED, Reason.UNDELIVERED),
        ("Teleported", None, None),
    ],
)
@pytest.mark.parametrize("listed", [False, True], ids=["one", "in a list"])
def test_a_receipt(status: str, state: State | None, reason: Reason | None, listed: bool) -> None:
    info = {"address": "tel:+22370000001", "deliveryStatus": status}
    body = {
        "deliveryInfoNotification": {
            "callbackData": "abc-123",
            "deliveryInfo": [info] if listed else info,
        }
    }
    (report,) = orange("http://gateway.invalid").parse_delivery_report(callback(body))
    assert (report.aggregator_message_id, report.msisdn) == ("abc-123", "+22370000001")
    assert (report.status, report.state, report.reason) == (status, state, reason)


def test_an_inbound_sms_without_an_id_is_known_again_when_it_is_repeated() -> None:
    message = {
        "senderAddress": "tel:+22370000001",
        "destinationAddress": "tel:36000",
        "message": "STOP",
        "dateTime": "2026-11-23T09:00:00Z",
    }
    body = {"inboundSMSMessageNotification": {"inboundSMSMessage": message}}
    one = orange("http://gateway.invalid")
    (first,), (again,) = one.parse_inbound(callback(body)), one.parse_inbound(callback(body))
    assert (first.sender, first.recipient, first.body) == ("+22370000001", "36000", "STOP")
    assert first == again
    message["dateTime"] = "2026-11-23T10:00:00Z"
    (other,) = one.parse_inbound(callback(body))
    assert other.aggregator_message_id != first.aggregator_message_id


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        {"deliveryInfoNotification": None},
        {"deliveryInfoNotification": {"deliveryInfo": []}},
        {"deliveryInfoNotification": {"deliveryInfo": {"deliveryStatus": "DeliveredToTerminal"}}},
        {"inboundSMSMessageNotification": {"inboundSMSMessage": {"message": "no sender"}}},
    ],
)
def test_a_callback_with_nothing_usable_is_said_to_be_so(body: Any) -> None:
    one = orange("http://gateway.invalid")
    for parse in (one.parse_delivery_report, one.parse_inbound, one.parse_opt_out):
        with pytest.raises(UnusableCallback):
            parse(callback(body))


NESTED = {
    "partnerContracts": {
        "contracts": [
            {"serviceContracts": [{"country": "MLI", "availableUnits": 40, "service": "SMS_OCB"}]}
        ]
    }
}
FLAT = [
    {"country": "MLI", "availableUnits": 100, "status": "ACTIVE"},
    {"country": "MLI", "availableUnits": 5, "status": "EXPIRED"},
    {"country": "CIV", "availableUnits": 900, "status": "ACTIVE"},
]


@pytest.mark.parametrize(
    ("answer", "left"), [(FLAT, 100), (NESTED, 40), ([], None), ("<html>", None)]
)
def test_the_balance_is_the_sms_left_here(answer: Any, left: int | None) -> None:
    with api(Says(200, answer)) as running:
        balance = orange(running.url).balance()
    assert (balance and balance.amount) == (None if left is None else Decimal(left))


def test_health_tells_of_bad_credentials_and_of_a_gateway_that_is_away() -> None:
    with api(ACCEPTED, Says(401)) as running:
        assert not orange(running.url).health().ok
    assert "unreachable" in orange("http://gateway.invalid").health().detail
    with api(Says(200, FLAT)) as running:
        assert orange(running.url).health().detail == "100 SMS left"


@pytest.mark.parametrize(
    ("tokens", "status", "seen"), [(None, 0, "100 SMS left"), (Says(401), 1, "credentials")]
)
def test_the_command_asks_each_gateway_whether_it_knows_us(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tokens: Says | None, status: int, seen: str
) -> None:
    with api(Says(200, FLAT), tokens) as running:
        for name, value in {
            "SMSGATEWAY_VAR": str(tmp_path),
            "CHANNELS": "main:loopback,orange:orange",
            "ORANGE_CLIENT_ID": "id",
            "ORANGE_CLIENT_SECRET": "secret",
            "ORANGE_SENDER": "+2230000",
            "ORANGE_BASE_URL": running.url,
            "COLUMNS": "160",
        }.items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(channel, ["check"])
    assert result.exit_code == status, result.output
    assert seen in result.output and "nothing leaves this process" in result.output
    assert "receipts, inbound SMS" in result.output


def test_orange_is_given_five_a_second_unless_the_settings_say_otherwise(service: Service) -> None:
    many = [1] * 50
    assert pace_of(service, "slow", Orange.capabilities).grant(many).calls < 10
    settings = replace(service.settings, segments_per_second={"quick": 1000.0})
    quicker = replace(service, settings=settings)
    assert pace_of(quicker, "quick", Orange.capabilities).grant(many).calls == 50


def test_no_secret_is_shown() -> None:
    settings = OrangeSettings("the-id", "the-secret", "+2230000")
    assert "the-" not in repr(settings)
