"""A gateway that is described and not programmed: the example of the manual, and each rule."""

from __future__ import annotations

import json
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from gateway_stub import Asked, Says, stub

from smsgateway.aggregators.base import RawRequest, UnusableCallback
from smsgateway.aggregators.http import HttpGateway
from smsgateway.environment import Reader
from smsgateway.errors import SettingsError
from smsgateway.gateway_settings import gateways_of
from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    Misconfigured,
    OutboundSms,
    Outcome,
    OutOfCredit,
    Reason,
    SendResult,
    Throttled,
    Unavailable,
)
from smsgateway.messaging.states import State

MANUAL = Path(__file__).parents[2] / "docs" / "aggregators.md"
SMS = OutboundSms(7, "+22370000001", 'Bonjour "é" & {to}')


def example(url: str = "https://sms.example") -> dict[str, Any]:
    """The description that the manual shows, at another address."""
    blocks = re.findall(r"```toml\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    return tomllib.loads(blocks[0].replace("https://sms.example", url))


def plain(address: str, **send: Any) -> dict[str, Any]:
    """A gateway of the old school: GET, and an answer in text."""
    return {
        "send": {
            "method": "GET",
            "url": f"{address}/send",
            "body": "none",
            "fields": {"to": "{digits}", "text": "{text}"},
            **send,
        },
        "accepted": {"status": [200], "pattern": "^OK", "id_pattern": r"^OK (\S+)"},
        "refused": {"pattern": r"^ERR (\d+)", "permanent": [101], "out_of_credit": [104]},
    }


def gateway(content: dict[str, Any]) -> HttpGateway:
    return HttpGateway(content, timeout=(10.0, 10.0))


def sent(says: Says, *, old_school: bool = False) -> SendResult:
    with stub(lambda _: says) as api:
        content = plain(api.url) if old_school else example(api.url)
        (result,) = gateway(content).send([SMS])
    return result


def test_the_example_of_the_manual_sends_and_reads_what_it_says() -> None:
    answer = {
        "status": "queued",
        "data": [{"id": 4711}],
        "price": {"amount": "20.5", "currency": "XOF"},
    }
    with stub(lambda _: Says(202, answer)) as api:
        (result,) = gateway(example(api.url)).send([SMS])
    (asked,) = api.asked
    assert (asked.method, asked.path) == ("POST", "/v1/messages")
    assert asked.headers["Authorization"] == "Bearer ${SMS_EXAMPLE_KEY}"
    assert asked.json == {
        "to": "+22370000001",
        "message": {"text": 'Bonjour "é" & {to}'},
        "client_ref": "7",
    }
    assert result == SendResult(
        7,
        Outcome.ACCEPTED,
        aggregator_message_id="4711",
        cost=Decimal("20.5"),
        currency="XOF",
    )


def test_a_gateway_of_the_old_school_is_asked_in_the_address_and_answers_in_text() -> None:
    with stub(lambda _: Says(200, "OK abc-1")) as api:
        (result,) = gateway(plain(api.url)).send([SMS])
    assert api.asked[0].query == {"to": "22370000001", "text": 'Bonjour "é" & {to}'}
    assert result.aggregator_message_id == "abc-1"


def test_a_form_and_a_number_in_the_address() -> None:
    with stub(lambda _: Says(200, "OK")) as api:
        content = plain(api.url, method="POST", url=f"{api.url}/to/{{to}}", body="form")
        gateway(content).send([SMS])
    (asked,) = api.asked
    assert asked.path == "/to/%2B22370000001"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.form == {"to": "22370000001", "text": 'Bonjour "é" & {to}'}


@pytest.mark.parametrize(
    ("word", "outcome", "reason"),
    [
        ("invalid_number", Outcome.REJECTED, Reason.REJECTED),
        ("Blacklisted", Outcome.REJECTED, Reason.OPTED_OUT),
        ("try_later", Outcome.DEFERRED, Reason.GATEWAY),
        ("a word on no list", Outcome.DEFERRED, Reason.OTHER),
    ],
)
def test_a_refusal_of_one_message(word: str, outcome: Outcome, reason: Reason) -> None:
    result = sent(Says(400, {"error": {"code": word}}))
    assert (result.outcome, result.reason) == (outcome, reason)


def test_a_refusal_in_text() -> None:
    assert sent(Says(200, "ERR 101 no such number"), old_school=True).outcome is Outcome.REJECTED
    with pytest.raises(OutOfCredit):
        sent(Says(200, "ERR 104"), old_school=True)


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (Says(200, {"error": {"code": "no_credit"}}), OutOfCredit),
        (Says(400, {"error": {"code": "bad_sender"}}), Misconfigured),
        (Says(503, {"error": {"code": "too_fast"}}), Throttled),
        (Says(401), BadCredentials),
        (Says(403), BadCredentials),
        (Says(404), Misconfigured),
        (Says(429), Throttled),
        (Says(500), Unavailable),
        (Says(503), Unavailable),
        (Says(502), AmbiguousSend),
        (Says(200, {"status": "a word on no list"}), AmbiguousSend),
        (Says(200, "<html>"), AmbiguousSend),
        (Says(cut=True), AmbiguousSend),
    ],
    ids=lambda value: f"{value.status} {value.body}" if isinstance(value, Says) else None,
)
def test_a_refusal_of_every_message_and_what_proves_nothing(
    says: Says, error: type[Exception]
) -> None:
    with pytest.raises(error):
        sent(says)


def json_callback(body: Any) -> RawRequest:
    return RawRequest("application/json", json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", State.SENT),
        ("Delivered", State.DELIVERED),
        ("expired", State.FAILED),
        ("teleported", None),
    ],
)
def test_receipts_come_in_a_list(status: str, state: State | None) -> None:
    one = {"id": 4711, "client_ref": "7", "to": "22370000001", "status": status}
    first, second = gateway(example()).parse_delivery_report(
        json_callback({"results": [one, {"id": 4712, "status": "delivered"}]})
    )
    assert (first.aggregator_message_id, first.reference, first.msisdn) == (
        "4711",
        7,
        "+22370000001",
    )
    assert (first.status, first.state) == (status, state)
    assert (second.aggregator_message_id, second.reference) == ("4712", None)


@pytest.mark.parametrize("way", ["form", "get", "json"])
def test_a_callback_may_be_a_form_or_an_address_or_json(way: str) -> None:
    content = example()
    del content["receipts"]["each"]
    fields = "id=4711&status=delivered"
    raw = {
        "form": RawRequest("application/x-www-form-urlencoded", fields.encode()),
        "get": RawRequest("", b"", fields),
        "json": json_callback({"id": "4711", "status": "delivered"}),
    }[way]
    (report,) = gateway(content).parse_delivery_report(raw)
    assert (report.aggregator_message_id, report.state) == ("4711", State.DELIVERED)


def test_an_inbound_sms_is_read_by_its_paths() -> None:
    body = {"id": 5, "from": "+22370000001", "to": 36000, "text": "STOP"}
    (inbound,) = gateway(example()).parse_inbound(json_callback(body))
    assert (inbound.aggregator_message_id, inbound.sender) == ("5", "+22370000001")
    assert (inbound.recipient, inbound.body) == ("36000", "STOP")
    del body["id"]
    (nameless,) = gateway(example()).parse_inbound(json_callback(body))
    assert len(nameless.aggregator_message_id) <= 80


@pytest.mark.parametrize(
    "body", [{}, {"results": []}, {"results": "x"}, {"results": [{"status": "sent"}]}, {"id": 1}]
)
def test_a_callback_with_nothing_usable_is_said_to_be_so(body: Any) -> None:
    one = gateway(example())
    for parse in (one.parse_delivery_report, one.parse_inbound, one.parse_opt_out):
        with pytest.raises(UnusableCallback):
            parse(json_callback(body))


def test_what_a_gateway_does_not_describe_it_does_not_offer() -> None:
    one = gateway(plain("https://sms.example"))
    assert not one.capabilities.delivery_reports and not one.capabilities.inbound
    assert one.balance() is None and one.health().ok
    with pytest.raises(UnusableCallback):
        one.parse_delivery_report(json_callback({"id": 1, "status": "x"}))


def test_limits_and_reply_are_as_described() -> None:
    one = gateway(example())
    assert (one.capabilities.parallel_calls, one.capabilities.most_per_second) == (8, 10)
    assert one.capabilities.knows_our_reference and one.capabilities.price_in_answer
    assert one.ack().body == "OK"


@pytest.mark.parametrize(
    ("says", "left"),
    [
        (Says(200, {"balance": "1250.50"}), Decimal("1250.50")),
        (Says(200, {"balance": None}), None),
        (Says(200, {"balance": "NaN"}), None),
        (Says(200, "<html>"), None),
    ],
    ids=["a figure", "nothing", "no figure", "no JSON"],
)
def test_the_balance_is_read_by_its_path(says: Says, left: Decimal | None) -> None:
    with stub(lambda _: says) as api:
        balance = gateway(example(api.url)).balance()
    assert (balance and (balance.amount, balance.currency)) == (left and (left, "XOF"))


@pytest.mark.parametrize("says", [Says(401), Says(500), Says(502), Says(cut=True)])
def test_a_balance_that_cannot_be_asked_makes_the_gateway_unwell(says: Says) -> None:
    def answer(_: Asked) -> Says:
        return says

    with stub(answer) as api:
        assert not gateway(example(api.url)).health().ok


def jasmin(url: str) -> HttpGateway:
    """The description that we ship, read as the start reads it."""
    environment = {
        "CHANNELS": "main:http",
        "HTTP_GATEWAY_FILE": str(MANUAL.parent / "jasmin.toml"),
        "JASMIN_USERNAME": "clinic",
        "JASMIN_PASSWORD": "secret",
        "JASMIN_CALLBACK_BASE": "https://host/webhooks/http/main/token",
    }
    content = gateways_of(Reader(environment), {"main": "http"}).http
    assert content is not None
    send = {**content["send"], "url": content["send"]["url"].replace("http://127.0.0.1:1401", url)}
    return gateway({**content, "send": send})


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (Says(403, 'Error "Authentication failure for username:clinic"'), BadCredentials),
        (Says(500, 'Error "Cannot send submit_sm, check SMPPClientManager log file"'), Unavailable),
    ],
    ids=["403", "500"],
)
def test_jasmin_refuses_every_call(says: Says, error: type[Exception]) -> None:
    with stub(lambda _: says) as api, pytest.raises(error):
        jasmin(api.url).send([SMS])


def test_jasmin_takes_a_message_or_has_no_route_for_it() -> None:
    answers = iter([Says(200, 'Success "07033084-5cfd"'), Says(412, 'Error "No route found"')])
    with stub(lambda _: next(answers)) as api:
        (taken,), (refused,) = (jasmin(api.url).send([SMS]) for _ in range(2))
    assert taken == SendResult(7, Outcome.ACCEPTED, aggregator_message_id="07033084-5cfd")
    assert refused.outcome is Outcome.DEFERRED
    assert api.asked[0].query == {
        "username": "clinic",
        "password": "secret",
        "to": "22370000001",
        "content": SMS.body,
        "coding": "0",
        "dlr": "yes",
        "dlr-level": "3",
        "dlr-method": "POST",
        "dlr-url": "https://host/webhooks/http/main/token/delivery-reports",
    }


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ESME_ROK", State.SENT),
        ("DELIVRD", State.DELIVERED),
        ("UNDELIV", State.FAILED),
        ("REJECTD", State.FAILED),
        ("EXPIRED", State.FAILED),
        ("UNKNOWN", None),
    ],
)
def test_jasmin_reports_and_is_answered_as_it_wants(word: str, state: State | None) -> None:
    one = jasmin("http://gateway.invalid")
    body = f"id=07033084-5cfd&level=3&message_status={word}&id_smsc=1".encode()
    (report,) = one.parse_delivery_report(RawRequest("application/x-www-form-urlencoded", body))
    assert (report.aggregator_message_id, report.state) == ("07033084-5cfd", state)
    assert one.ack().body == "ACK/Jasmin"


@pytest.mark.parametrize(
    ("section", "content", "why"),
    [
        ("send", None, "[send] is missing"),
        ("send", {}, "[send] needs url"),
        ("send", {"url": "ftp://x"}, "must begin with http"),
        ("send", {"url": "http://x", "body": "xml"}, "is one of json, form, none"),
        ("send", {"url": "http://x", "verb": "PUT"}, "[send] has no key verb"),
        ("send", {"url": "http://x", "fields": {"a": "1", "a.b": "2"}}, "at once"),
        ("accepted", {"status": 200}, "status in [accepted] must be of type list"),
        ("accepted", {"status": ["200"]}, "a list of figures"),
        ("accepted", {"path": "status"}, "a path and no values"),
        ("accepted", {"pattern": "("}, "is no pattern"),
        ("receipts", {"id": "id"}, "[receipts] needs status"),
        ("limits", {"parallel": 0}, "at least 1"),
        ("limits", {"parallel": True}, "must be of type int"),
        ("balance", "none", "balance must be a section"),
        ("recieved", {}, "no section [recieved]"),
    ],
)
def test_a_description_that_cannot_work_stops_the_start(
    section: str, content: Any, why: str
) -> None:
    data = example()
    if content is None:
        del data[section]
    else:
        data[section] = content
    with pytest.raises(SettingsError, match=rf"^HTTP_GATEWAY_FILE is wrong: .*{re.escape(why)}"):
        gateway(data)
