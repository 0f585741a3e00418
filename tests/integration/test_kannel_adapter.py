"""Kannel's answers and receipts, each by its name, against a stub of the smsbox."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from gateway_stub import Says, stub

from smsgateway.aggregators.base import RawRequest, UnusableCallback
from smsgateway.aggregators.kannel import DLR_MASK, RECEIPTS, Kannel
from smsgateway.gateway_settings import KannelSettings
from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    Misconfigured,
    OutboundSms,
    Outcome,
    Reason,
    SenderRefused,
    SendResult,
    Unavailable,
)
from smsgateway.messaging.states import State

SMS = OutboundSms(7, "+22370000001", "Bonjour é & co")
BASE = "http://127.0.0.1:8000/webhooks/kannel/main/token"


def kannel(url: str, **others: str) -> Kannel:
    settings = KannelSettings(f"{url}/cgi-bin/sendsms", "smsgateway", "secret", **others)
    return Kannel(settings, timeout=(10.0, 10.0))


def sent(says: Says, sms: OutboundSms = SMS) -> SendResult:
    with stub(lambda _: says) as smsbox:
        (result,) = kannel(smsbox.url).send([sms])
    return result


def test_a_send_carries_our_own_id_in_the_address_for_receipts() -> None:
    with stub(lambda _: Says(202, "0: Accepted for delivery")) as smsbox:
        kannel(smsbox.url, callback_base=BASE, sender="36000", smsc="orange").send([SMS])
    (asked,) = smsbox.asked
    assert asked.path == "/cgi-bin/sendsms"
    assert asked.query == {
        "username": "smsgateway",
        "password": "secret",
        "to": "+22370000001",
        "text": "Bonjour é & co",
        "charset": "UTF-8",
        "coding": "0",
        "from": "36000",
        "smsc": "orange",
        "dlr-url": f"{BASE}/delivery-reports?reference=7&status=%d&to=%p&answer=%A",
        "dlr-mask": DLR_MASK,
    }


def test_without_a_way_back_no_receipts_are_asked_for() -> None:
    with stub(lambda _: Says(202, "0: Accepted for delivery")) as smsbox:
        kannel(smsbox.url).send([SMS])
    assert "dlr-url" not in smsbox.asked[0].query


def test_letters_outside_gsm_7_go_as_ucs_2() -> None:
    with stub(lambda _: Says(202, "0: Accepted for delivery")) as smsbox:
        kannel(smsbox.url).send([OutboundSms(7, "+22370000001", "Ɲɛ")])
    assert smsbox.asked[0].query["coding"] == "2"


@pytest.mark.parametrize("text", ["0: Accepted for delivery", "3: Queued for later delivery"])
def test_an_acceptance(text: str) -> None:
    assert sent(Says(202, text)) == SendResult(7, Outcome.ACCEPTED)


@pytest.mark.parametrize(
    ("status", "text", "outcome", "reason"),
    [
        (400, "Missing receiver number, rejected", Outcome.REJECTED, Reason.INVALID_NUMBER),
        (
            400,
            "Number(s) has/have been denied by white- and/or black-lists.",
            Outcome.REJECTED,
            Reason.INVALID_NUMBER,
        ),
        (400, "Empty receiver number not allowed", Outcome.REJECTED, Reason.INVALID_NUMBER),
        (400, "something that no version says", Outcome.DEFERRED, Reason.OTHER),
        (403, "Not routable. Do not try again.", Outcome.DEFERRED, Reason.NO_ROUTE),
    ],
)
def test_a_refusal_of_one_message(status: int, text: str, outcome: Outcome, reason: Reason) -> None:
    result = sent(Says(status, text))
    assert (result.outcome, result.reason) == (outcome, reason)


def test_a_number_without_a_route_is_not_tried_for_ever() -> None:
    assert sent(Says(403, "Not routable. Do not try again.")).most_attempts == 5


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (403, "Authorization failed for sendsms", BadCredentials),
        (403, "another reason to forbid", BadCredentials),
        (400, "Sender missing and no global set, rejected", SenderRefused),
        (404, "Unknown request.", Misconfigured),
        (503, "Temporal failure, try again later.", Unavailable),
        (500, "", Unavailable),
        (502, "", AmbiguousSend),
        (504, "", AmbiguousSend),
        (200, "<html>Welcome</html>", AmbiguousSend),
    ],
)
def test_a_refusal_of_every_call(status: int, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        sent(Says(status, text))


def test_a_connection_cut_after_the_request_leaves_it_unknown() -> None:
    with pytest.raises(AmbiguousSend):
        sent(Says(cut=True))


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("1", State.DELIVERED, None),
        ("2", State.FAILED, Reason.UNDELIVERED),
        ("4", State.SENT, Reason.BUFFERED),
        ("8", State.SENT, Reason.SUBMITTED),
        ("16", State.FAILED, Reason.REJECTED),
        ("32", State.SENT, None),
        ("64", None, None),
    ],
)
def test_a_receipt(status: str, state: State | None, reason: Reason | None) -> None:
    address = f"{BASE}/delivery-reports?reference=7&status={status}&to=%2B22370000001&answer=NACK"
    (report,) = kannel("http://gateway.invalid").parse_delivery_report(
        RawRequest("", b"", urlsplit(address).query)
    )
    assert (report.reference, report.msisdn, report.state, report.reason) == (
        7,
        "+22370000001",
        state,
        reason,
    )


def test_every_kind_of_receipt_that_we_ask_for_has_a_meaning() -> None:
    asked_for = {str(1 << bit) for bit in range(6) if int(DLR_MASK) & (1 << bit)}
    assert asked_for < set(RECEIPTS)


@pytest.mark.parametrize(
    "query", ["", "status=1", "reference=7", "reference=x&status=1", f"reference={2**31}&status=1"]
)
def test_a_receipt_without_what_it_needs_is_unusable(query: str) -> None:
    with pytest.raises(UnusableCallback):
        kannel("http://gateway.invalid").parse_delivery_report(RawRequest("", b"", query))


@pytest.mark.parametrize("charset", ["UTF-8", "UTF-16BE", "ISO-8859-1", ""])
def test_an_inbound_text_is_read_in_the_charset_that_stands_beside_it(charset: str) -> None:
    text = quote("ɲé?!".encode(charset or "utf-8", "replace"))
    query = f"id=a-b&from=%2B22370000001&to=36000&text={text}&charset={charset}"
    (inbound,) = kannel("http://gateway.invalid").parse_inbound(RawRequest("", b"", query))
    assert inbound.body == ("?é?!" if charset == "ISO-8859-1" else "ɲé?!")
    assert (inbound.aggregator_message_id, inbound.sender, inbound.recipient) == (
        "a-b",
        "+22370000001",
        "36000",
    )


def test_an_inbound_text_in_no_known_charset_is_still_read() -> None:
    (inbound,) = kannel("http://gateway.invalid").parse_inbound(
        RawRequest("", b"", "from=%2B22370000001&text=STOP&charset=martian")
    )
    assert inbound.body == "STOP"


@pytest.mark.parametrize(
    ("says", "ok"),
    [
        (Says(400, "Missing receiver number, rejected"), True),
        (Says(403, "Authorization failed for sendsms"), False),
        (Says(503, "Temporal failure, try again later."), False),
    ],
)
def test_health_is_asked_without_sending(says: Says, ok: bool) -> None:
    with stub(lambda _: says) as smsbox:
        assert kannel(smsbox.url).health().ok is ok
    assert "to" not in smsbox.asked[0].query
