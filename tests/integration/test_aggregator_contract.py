"""One contract for every gateway: what the outbox and the webhooks rely on, whoever carries it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from gateway_stub import Asked, Says, stub

from smsgateway.aggregators.africastalking import AfricasTalking
from smsgateway.aggregators.base import (
    FORM,
    JSON,
    Aggregator,
    Balance,
    RawRequest,
    UnusableCallback,
)
from smsgateway.aggregators.http import HttpGateway
from smsgateway.aggregators.kannel import Kannel
from smsgateway.aggregators.loopback import Loopback
from smsgateway.aggregators.orange import Orange
from smsgateway.aggregators.registry import MAKERS
from smsgateway.gateway_settings import KannelSettings, OrangeSettings
from smsgateway.messaging.port import (
    AmbiguousSend,
    ChannelClosed,
    OutboundSms,
    Outcome,
    Throttled,
    Unavailable,
)
from smsgateway.messaging.states import State

AMINATA, BAKARY = "+22370000001", "+22370000002"
NOWHERE = "http://127.0.0.1:9"
TEXT = "I ni sɔgɔma"


def form(**fields: str) -> RawRequest:
    return RawRequest(FORM, urlencode(fields).encode())


def document(content: dict[str, Any]) -> RawRequest:
    return RawRequest(JSON, json.dumps(content).encode())


def address(**fields: str) -> RawRequest:
    return RawRequest("", b"", urlencode(fields))


@dataclass(frozen=True)
class Gateway:
    """How one gateway speaks: its answer to a send that it takes, and its callbacks.

    `report` makes a receipt with a status word; `delivered` is its word for that.
    """

    make: Callable[[str], Aggregator]
    accepts: Callable[[Asked], Says]
    report: Callable[[str], RawRequest]
    delivered: str
    inbound: RawRequest
    opt_out: RawRequest | None = None


def africastalking_accepts(asked: Asked) -> Says:
    lines = [
        {"number": one, "statusCode": 101, "status": "Success", "messageId": "ATXid_1"}
        for one in asked.form["to"].split(",")
    ]
    return Says(201, {"SMSMessageData": {"Message": "Sent", "Recipients": lines}})


def orange_accepts(asked: Asked) -> Says:
    if asked.path == "/oauth/v3/token":
        return Says(200, {"access_token": "token", "expires_in": "3600"})
    return Says(201, {"outboundSMSMessageRequest": {"resourceURL": "https://o/requests/abc"}})


def orange_report(word: str) -> RawRequest:
    info = {"address": f"tel:{AMINATA}", "deliveryStatus": word}
    return document({"deliveryInfoNotification": {"callbackData": "abc", "deliveryInfo": info}})


def like_africastalking(make: Callable[[str], Aggregator]) -> Gateway:
    return Gateway(
        make,
        africastalking_accepts,
        lambda word: form(id="ATXid_1", phoneNumber=AMINATA, status=word),
        "Success",
        form(**{"id": "7", "from": AMINATA, "to": "36077", "text": TEXT}),
        form(senderId="36077", phoneNumber=AMINATA),
    )


GATEWAYS = {
    "africastalking": like_africastalking(
        lambda url: AfricasTalking("clinic", "key", base_url=url)
    ),
    "loopback": like_africastalking(lambda _: Loopback()),
    "orange": Gateway(
        lambda url: Orange(OrangeSettings("id", "secret", "+2230000", base_url=url)),
        orange_accepts,
        orange_report,
        "DeliveredToTerminal",
        document(
            {
                "inboundSMSMessageNotification": {
                    "inboundSMSMessage": {
                        "senderAddress": f"tel:{AMINATA}",
                        "destinationAddress": "36077",
                        "message": TEXT,
                        "dateTime": "2026-11-23T08:59:00Z",
                    }
                }
            }
        ),
    ),
    "kannel": Gateway(
        lambda url: Kannel(KannelSettings(f"{url}/sendsms", "user", "secret")),
        lambda _: Says(202, "0: Accepted for delivery"),
        lambda word: address(reference="7", status=word, to=AMINATA, answer=""),
        "1",
        address(**{"id": "a-b", "from": AMINATA, "to": "36077", "text": TEXT, "charset": "UTF-8"}),
    ),
    "http": Gateway(
        lambda url: HttpGateway(
            {
                "send": {"url": f"{url}/send", "fields": {"to": "{to}", "text": "{text}"}},
                "accepted": {"path": "state", "values": ["ok"]},
                "receipts": {"id": "id", "status": "state", "delivered": ["done"]},
                "balance": {"url": f"{url}/balance", "path": "left"},
                "inbound": {"id": "id", "sender": "from", "recipient": "to", "text": "text"},
            }
        ),
        lambda _: Says(200, {"state": "ok"}),
        lambda word: document({"id": "4", "state": word}),
        "done",
        document({"id": "5", "from": AMINATA, "to": "36077", "text": TEXT}),
    ),
}
OVER_HTTP = sorted(set(GATEWAYS) - {"loopback"})

every = pytest.mark.parametrize("name", sorted(GATEWAYS))
over_http = pytest.mark.parametrize("name", OVER_HTTP)


def batch(gateway: Aggregator) -> list[OutboundSms]:
    """As many as one call takes, up to three."""
    most = min(3, gateway.capabilities.max_recipients_per_call)
    return [OutboundSms(10 + n, f"+2237000000{n}", "Bonjour") for n in range(most)]


def test_every_gateway_that_can_be_chosen_is_held_to_the_contract() -> None:
    assert set(GATEWAYS) == set(MAKERS)


def once_inside(says: Says) -> Callable[[Asked], Says]:
    """The answer to a send; Orange is given the token without which nothing is sent."""
    return lambda asked: orange_accepts(asked) if asked.path == "/oauth/v3/token" else says


@every
def test_it_has_its_name_and_figures_that_make_sense(name: str) -> None:
    gateway = GATEWAYS[name].make(NOWHERE)
    can = gateway.capabilities
    assert gateway.name == name
    assert can.max_recipients_per_call >= 1 and can.parallel_calls >= 1
    assert can.most_per_second is None or can.most_per_second > 0


@every
def test_a_send_is_answered_for_each_in_order(name: str) -> None:
    with stub(GATEWAYS[name].accepts) as api:
        gateway = GATEWAYS[name].make(api.url)
        results = gateway.send(batch(gateway))
    assert [one.reference for one in results] == [one.reference for one in batch(gateway)]
    assert {one.outcome for one in results} == {Outcome.ACCEPTED}


@over_http
def test_a_gateway_that_is_away_has_accepted_nothing(name: str) -> None:
    gateway = GATEWAYS[name].make(NOWHERE)
    with pytest.raises(Unavailable):
        gateway.send(batch(gateway))


@over_http
@pytest.mark.parametrize("status", [500, 503])
def test_a_gateway_in_trouble_has_accepted_nothing(name: str, status: int) -> None:
    with stub(lambda _: Says(status)) as api, pytest.raises(Unavailable):
        GATEWAYS[name].make(api.url).send([OutboundSms(1, AMINATA, "Bonjour")])


@over_http
def test_a_gateway_that_asks_for_fewer_calls_is_given_a_rest(name: str) -> None:
    answer = once_inside(Says(429, "", {"Retry-After": "7"}))
    with stub(answer) as api, pytest.raises(Throttled) as raised:
        GATEWAYS[name].make(api.url).send([OutboundSms(1, AMINATA, "Bonjour")])
    assert raised.value.retry_after and raised.value.retry_after.total_seconds() == 7


@over_http
@pytest.mark.parametrize("wait", ["9" * 5_000, "soon", "-1"], ids=["long", "a word", "below zero"])
def test_a_rest_that_nobody_can_read_is_a_refusal_all_the_same(name: str, wait: str) -> None:
    answer = once_inside(Says(429, "", {"Retry-After": wait}))
    with stub(answer) as api, pytest.raises(Throttled) as raised:
        GATEWAYS[name].make(api.url).send([OutboundSms(1, AMINATA, "Bonjour")])
    assert raised.value.retry_after is None


@over_http
@pytest.mark.parametrize("says", [Says(502), Says(504), Says(cut=True)], ids=["502", "504", "cut"])
def test_what_says_nothing_of_the_message_leaves_it_unknown(name: str, says: Says) -> None:
    with stub(once_inside(says)) as api, pytest.raises(AmbiguousSend):
        GATEWAYS[name].make(api.url).send([OutboundSms(1, AMINATA, "Bonjour")])


@every
def test_a_receipt_is_read_and_finds_its_message(name: str) -> None:
    one = GATEWAYS[name]
    (report,) = one.make(NOWHERE).parse_delivery_report(one.report(one.delivered))
    assert report.state is State.DELIVERED
    assert report.aggregator_message_id or report.reference
    assert report.msisdn in (AMINATA, None)


@every
def test_a_status_that_nobody_knows_is_kept_and_changes_nothing(name: str) -> None:
    one = GATEWAYS[name]
    (report,) = one.make(NOWHERE).parse_delivery_report(one.report("Teleported"))
    assert (report.status, report.state) == ("Teleported", None)


@every
def test_an_inbound_sms_is_read(name: str) -> None:
    gateway = GATEWAYS[name].make(NOWHERE)
    assert gateway.capabilities.inbound
    (sms,) = gateway.parse_inbound(GATEWAYS[name].inbound)
    assert (sms.sender, sms.recipient, sms.body) == (AMINATA, "36077", TEXT)
    assert sms.aggregator_message_id


@every
def test_an_opt_out_is_read_where_the_gateway_tells_of_them(name: str) -> None:
    gateway, opt_out = GATEWAYS[name].make(NOWHERE), GATEWAYS[name].opt_out
    assert gateway.capabilities.opt_out_callback == (opt_out is not None)
    if opt_out is not None:
        assert [one.msisdn for one in gateway.parse_opt_out(opt_out)] == [AMINATA]
    else:
        with pytest.raises(UnusableCallback):
            gateway.parse_opt_out(form(phoneNumber=AMINATA))


@every
@pytest.mark.parametrize(
    "parse", ["parse_delivery_report", "parse_inbound", "parse_opt_out", "parse_session_end"]
)
@pytest.mark.parametrize("raw", [form(what="?"), document({"what": "?"}), address(what="?")])
def test_what_holds_nothing_usable_is_said_to_be_so(name: str, parse: str, raw: RawRequest) -> None:
    with pytest.raises(UnusableCallback) as raised:
        getattr(GATEWAYS[name].make(NOWHERE), parse)(raw)
    assert str(raised.value) and "?" not in str(raised.value), "the reason repeats nothing of it"


@every
def test_a_callback_is_answered_as_the_gateway_wants(name: str) -> None:
    ack = GATEWAYS[name].make(NOWHERE).ack()
    assert 200 <= ack.status < 300 and ack.content_type


@over_http
def test_health_and_balance_of_a_gateway_that_is_away_end_in_words(name: str) -> None:
    gateway = GATEWAYS[name].make(NOWHERE)
    health = gateway.health()
    assert not health.ok and health.detail
    try:
        balance = gateway.balance()
    except ChannelClosed as error:
        assert str(error)
    else:
        assert balance is None, "it cannot be asked"


def test_the_loopback_is_always_well_and_has_no_account() -> None:
    gateway = Loopback()
    assert gateway.health().ok
    assert not isinstance(gateway.balance(), Balance)
