"""Africa's Talking's answers, row by row of its code table and defect by defect."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from smsgateway.aggregators.africastalking.answers import read, read_money
from smsgateway.aggregators.africastalking.codes import CODES
from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    ChannelClosed,
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

AMINATA, BAKARY = "+22370000001", "+22370000002"
BATCH = [OutboundSms(1, AMINATA, "text"), OutboundSms(2, BAKARY, "text")]


def response(
    body: Any, status: int = 201, content_type: str = "application/json", **headers: str
) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    made.headers.update({"Content-Type": content_type} | headers)
    return made


def line(number: str, code: Any = 101, status: str = "Success", **fields: Any) -> dict[str, Any]:
    return {
        "number": number,
        "statusCode": code,
        "status": status,
        "messageId": f"ATXid_{number[-1]}",
        "cost": "XOF 20",
    } | fields


def answer(*lines: Any, message: str = "Sent to 2/2") -> dict[str, Any]:
    return {"SMSMessageData": {"Message": message, "Recipients": list(lines)}}


def one(fields: dict[str, Any]) -> SendResult:
    return read(response(answer(fields)), BATCH[:1])[0]


ROWS = {
    100: (Outcome.ACCEPTED, None),
    101: (Outcome.ACCEPTED, None),
    102: (Outcome.ACCEPTED, None),
    401: (Outcome.DEFERRED, Reason.RISK_HOLD),
    402: (Outcome.DEFERRED, Reason.SENDER_ID),
    403: (Outcome.REJECTED, Reason.INVALID_NUMBER),
    404: (Outcome.REJECTED, Reason.UNSUPPORTED_NUMBER),
    405: (Outcome.DEFERRED, Reason.INSUFFICIENT_BALANCE),
    406: (Outcome.REJECTED, Reason.OPTED_OUT),
    407: (Outcome.DEFERRED, Reason.NO_ROUTE),
    409: (Outcome.REJECTED, Reason.DO_NOT_DISTURB),
    500: (Outcome.DEFERRED, Reason.GATEWAY),
    501: (Outcome.DEFERRED, Reason.GATEWAY),
    502: (Outcome.DEFERRED, Reason.GATEWAY),
}


@pytest.mark.parametrize(
    "code", [pytest.param(code, id=f"{code}-{meaning.name}") for code, meaning in CODES.items()]
)
@pytest.mark.parametrize("form", [int, str], ids=["number", "string"])
def test_each_status_code_has_its_outcome(code: int, form: type) -> None:
    name = "Success" if code < 200 else CODES[code].name
    result = one(line(AMINATA, form(code), name))
    assert (result.outcome, result.reason) == ROWS[code]


def test_rejected_by_gateway_is_tried_once_more_and_no_further() -> None:
    assert one(line(AMINATA, 502, "RejectedByGateway")).most_attempts == 2


def test_an_accepted_message_brings_its_id_and_cost() -> None:
    result = one(line(AMINATA, 102, cost="KES 0.8000"))
    assert result.aggregator_message_id == "ATXid_1"
    assert (result.cost, result.currency) == (Decimal("0.8000"), "KES")


def test_results_stand_in_the_order_of_the_batch() -> None:
    results = read(response(answer(line(BAKARY, 403), line(AMINATA))), BATCH)
    assert [result.reference for result in results] == [1, 2]
    assert [result.outcome for result in results] == [Outcome.ACCEPTED, Outcome.REJECTED]


def test_an_unknown_code_with_success_is_accepted_and_without_is_refused() -> None:
    assert one(line(AMINATA, 199)).outcome is Outcome.ACCEPTED
    refused = one(line(AMINATA, 499, "SomethingNew"))
    assert (refused.outcome, refused.reason) == (Outcome.REJECTED, Reason.OTHER)


def test_a_line_without_a_code_is_read_by_its_word() -> None:
    assert one({"number": AMINATA, "status": "UserInBlackList"}).reason is Reason.OPTED_OUT


def test_a_recipient_that_the_answer_leaves_out_may_have_been_accepted() -> None:
    results = read(response(answer(line(AMINATA))), BATCH)
    assert [result.outcome for result in results] == [Outcome.ACCEPTED, Outcome.UNKNOWN]


@pytest.mark.parametrize("fields", [{}, {"number": AMINATA}], ids=["empty", "number alone"])
def test_a_line_that_says_nothing_proves_nothing(fields: dict[str, Any]) -> None:
    assert one(fields).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("missing", ["cost", "messageId"])
def test_a_missing_cost_or_id_does_not_lose_the_acceptance(missing: str) -> None:
    fields = line(AMINATA)
    del fields[missing]
    assert one(fields).outcome is Outcome.ACCEPTED


def test_the_id_none_in_words_is_no_id() -> None:
    assert one(line(AMINATA, messageId="None")).aggregator_message_id is None


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "text/plain"]
)
def test_the_body_counts_and_not_the_spelling_of_its_type(content_type: str) -> None:
    results = read(response(answer(line(AMINATA)), content_type=content_type), BATCH[:1])
    assert results[0].outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("InvalidSenderId", SenderRefused),
        ("InsufficientBalance", OutOfCredit),
        ("RiskHold", Misconfigured),
    ],
)
def test_no_recipients_with_a_reason_of_the_account_closes_the_channel(
    word: str, kind: type[ChannelClosed]
) -> None:
    with pytest.raises(kind):
        read(response(answer(message=word)), BATCH)


def test_no_recipients_with_an_unknown_reason_is_tried_again_later() -> None:
    results = read(response(answer(message="Sent to 0/2 Total Cost: 0")), BATCH)
    assert {result.outcome for result in results} == {Outcome.DEFERRED}


def test_http_409_is_a_normal_answer() -> None:
    body = answer(line(AMINATA, 409, "DoNotDisturbRejection"))
    assert read(response(body, 409), BATCH[:1])[0].reason is Reason.DO_NOT_DISTURB


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, BadCredentials),
        (403, BadCredentials),
        (404, Misconfigured),
        (302, Misconfigured),
        (429, Throttled),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
def test_an_http_status_that_proves_refusal_closes_the_channel(
    status: int, kind: type[ChannelClosed]
) -> None:
    with pytest.raises(kind):
        read(response("The supplied authentication is invalid", status, "text/plain"), BATCH)


@pytest.mark.parametrize("status", [408, 502, 504, 520, 599])
def test_an_http_status_from_something_in_between_proves_nothing(status: int) -> None:
    with pytest.raises(AmbiguousSend):
        read(response("Bad Gateway", status, "text/html"), BATCH)


def test_a_call_refused_for_its_content_leaves_the_channel_open() -> None:
    results = read(response("Must have a 'to' parameter", 400, "text/plain"), BATCH)
    assert {result.outcome for result in results} == {Outcome.DEFERRED}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "OK",
        "[]",
        "{}",
        "[" * 100_000,
        '{"SMSMessageData": {}}',
        '{"SMSMessageData": {"Message": "?"}}',
    ],
    ids=lambda body: body[:20],
)
def test_a_2xx_without_an_answer_proves_nothing(body: str) -> None:
    with pytest.raises(AmbiguousSend):
        read(response(body), BATCH)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("30", timedelta(seconds=30)),
        ("99999999999999", timedelta(hours=1)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta()),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_heeded_within_reason(header: str, wait: timedelta | None) -> None:
    with pytest.raises(Throttled) as closed:
        read(response("", 429, "text/plain", **{"Retry-After": header}), BATCH)
    assert closed.value.retry_after == wait


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("KES 0.8000", "0.8000", "KES"),
        ("XOF 20", "20", "XOF"),
        ("0", "0", None),
        ("USD 999999589.6168", "999999589.6168", "USD"),
    ],
)
def test_money_has_an_amount_and_perhaps_a_currency(
    text: str, amount: str, currency: str | None
) -> None:
    assert read_money(text) == (Decimal(amount), currency)


@pytest.mark.parametrize("text", [None, "", "free", "xof 20", "XOF", "-1", 20, "XOF 1e9"])
def test_what_is_no_money_is_none(text: object) -> None:
    assert read_money(text) is None
