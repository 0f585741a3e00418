"""Whatever is posted: read, or said to be unusable; never a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from smsgateway.aggregators.base import Aggregator, RawRequest, UnusableCallback
from smsgateway.aggregators.http import HttpGateway
from smsgateway.aggregators.kannel import Kannel
from smsgateway.aggregators.loopback import Loopback
from smsgateway.aggregators.orange import Orange
from smsgateway.gateway_settings import KannelSettings, OrangeSettings

GATEWAYS: dict[str, Aggregator] = {
    "africastalking": Loopback(),
    "orange": Orange(OrangeSettings("id", "secret", "+2230000")),
    "kannel": Kannel(KannelSettings("http://127.0.0.1:13013", "user", "secret")),
    "http": HttpGateway(
        {
            "send": {"url": "https://sms.example"},
            "receipts": {"each": "results", "id": "id", "status": "status"},
            "inbound": {"sender": "from", "text": "text"},
        }
    ),
}
NAMES = some.sampled_from(
    [
        *("id", "from", "to", "text", "status", "phoneNumber", "reference", "charset", "results"),
        *("sessionId", "senderAddress", "deliveryInfo", "deliveryInfoNotification"),
        *("inboundSMSMessageNotification", "inboundSMSMessage"),
    ]
)
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
FORMS = some.dictionaries(NAMES, some.text(max_size=40), max_size=6).map(urlencode)
REQUESTS = some.one_of(
    some.builds(
        RawRequest, some.just("application/json"), VALUES.map(lambda v: json.dumps(v).encode())
    ),
    some.builds(
        RawRequest,
        some.just("application/x-www-form-urlencoded"),
        FORMS.map(str.encode) | some.binary(max_size=200),
    ),
    some.builds(RawRequest, some.just(""), some.just(b""), FORMS | some.text(max_size=60)),
)

PATIENT = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""No test fails because the machine is busy."""


def parsers(gateway: Aggregator) -> list[Callable[[RawRequest], Any]]:
    return [
        gateway.parse_delivery_report,
        gateway.parse_inbound,
        gateway.parse_opt_out,
        gateway.parse_session_end,
    ]


@pytest.mark.parametrize("name", GATEWAYS)
@PATIENT
@given(request=REQUESTS)
def test_a_callback_is_read_or_unusable(name: str, request: RawRequest) -> None:
    for parse in parsers(GATEWAYS[name]):
        try:
            parse(request)
            json.dumps(dict(request.payload), allow_nan=False).encode()
        except UnusableCallback:
            continue


@PATIENT
@given(value=VALUES)
def test_what_is_kept_of_json_is_what_databases_take(value: Any) -> None:
    body = json.dumps({"value": value}).encode()
    kept = json.dumps(dict(RawRequest("application/json", body).json), allow_nan=False)
    assert "\\u0000" not in kept and "\0" not in kept
    json.dumps(RawRequest("application/json", body).json, ensure_ascii=False).encode()


@pytest.mark.parametrize("figure", ["1e400", "-1e400", "NaN", "Infinity"])
def test_a_figure_that_json_does_not_know_is_none(figure: str) -> None:
    assert RawRequest("application/json", f'{{"a": [{figure}]}}'.encode()).json == {"a": [None]}
