"""The Orange SMS API as an aggregator of the service.

Source: the pages of developer.orange.com for SMS Mali. Receipts and inbound SMS come only after
Orange has been given their addresses by form; nothing is known of how often it repeats them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import requests

from smsgateway.aggregators.base import (
    JSON,
    Balance,
    FewCallbacks,
    Health,
    RawRequest,
    UnusableCallback,
)
from smsgateway.aggregators.orange.token import Token
from smsgateway.aggregators.orange.words import (
    NO_CREDIT,
    NO_SENDER,
    RECEIPTS,
    REFUSALS,
    UNEXPLAINED,
)
from smsgateway.aggregators.reading import fingerprint, moment_of, number_of, text_of
from smsgateway.aggregators.statuses import CLOSING_STATUS, REFUSING_STATUS, refused
from smsgateway.aggregators.transport import TIMEOUT_S, Transport
from smsgateway.gateway_settings import ORANGE, OrangeSettings
from smsgateway.messaging.port import (
    AmbiguousSend,
    Capabilities,
    ChannelClosed,
    DeliveryReport,
    InboundSms,
    OutboundSms,
    Outcome,
    OutOfCredit,
    SenderRefused,
    SendResult,
    Unavailable,
)

SMS_PER_SECOND = 5.0
"""What the contract allows; more is answered with 429."""

PARALLEL_CALLS = 4

MALI = ("+223", "MLI")
"""The sender's beginning, and the country of its contracts: credit elsewhere sends nothing here."""


class Orange(FewCallbacks):
    """One application with its contract. Safe for several threads."""

    name = ORANGE
    capabilities = Capabilities(parallel_calls=PARALLEL_CALLS, most_per_second=SMS_PER_SECOND)

    def __init__(
        self, settings: OrangeSettings, *, timeout: tuple[float, float] = TIMEOUT_S
    ) -> None:
        self._settings = settings
        self._transport = Transport(PARALLEL_CALLS, timeout)
        self._token = Token(settings, self._transport)
        sender = quote(f"tel:{settings.sender}", safe="")
        self._outbound = f"{settings.base_url}/smsmessaging/v1/outbound/{sender}/requests"

    def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
        """One message a call; see `Gateway.send`."""
        (sms,) = batch
        body = json.dumps(self._request(sms), ensure_ascii=False).encode()
        response = self._ask("POST", self._outbound, body)
        if response.status_code == 201:
            return [_accepted(sms, response)]
        return [_refusal(sms, response)]

    def _request(self, sms: OutboundSms) -> dict[str, Any]:
        request: dict[str, Any] = {
            "address": f"tel:{sms.msisdn}",
            "senderAddress": f"tel:{self._settings.sender}",
            "outboundSMSTextMessage": {"message": sms.body},
        }
        if self._settings.sender_name:
            request["senderName"] = self._settings.sender_name
        return {"outboundSMSMessageRequest": request}

    def _ask(self, method: str, url: str, body: bytes | None = None) -> requests.Response:
        """A call with the token; once more with a new one when it was spent before its time."""
        token = self._token.get()
        response = self._with(token, method, url, body)
        if response.status_code != 401:
            return response
        self._token.refused(token)
        return self._with(self._token.get(), method, url, body)

    def _with(self, token: str, method: str, url: str, body: bytes | None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": JSON}
        if body is not None:
            headers["Content-Type"] = JSON
        return self._transport.request(method, url, headers=headers, data=body)

    def parse_delivery_report(self, request: RawRequest) -> list[DeliveryReport]:
        """`deliveryInfoNotification` with `callbackData`, the id of the send."""
        notification = _object(request.json, "deliveryInfoNotification")
        message_id = text_of(notification, "callbackData") or None
        info = notification.get("deliveryInfo")
        infos = info if isinstance(info, list) else [info]
        reports = [_report(one, message_id) for one in infos if isinstance(one, dict)]
        if not reports:
            raise UnusableCallback("a delivery report needs a deliveryInfo")
        return reports

    def parse_inbound(self, request: RawRequest) -> list[InboundSms]:
        """`inboundSMSMessageNotification.inboundSMSMessage`, which has no id."""
        notification = _object(request.json, "inboundSMSMessageNotification")
        message = _object(notification, "inboundSMSMessage")
        sender = _address(message, "senderAddress")
        if not sender:
            raise UnusableCallback("an inbound SMS needs a senderAddress")
        text = message.get("message")
        return [
            InboundSms(
                aggregator_message_id=text_of(message, "messageId") or fingerprint(request),
                sender=number_of(sender),
                recipient=_address(message, "destinationAddress") or None,
                body=text if isinstance(text, str) else "",
                sent_at=moment_of(text_of(message, "dateTime")),
            )
        ]

    def balance(self) -> Balance | None:
        """The SMS left in the contracts; None when the answer cannot be read."""
        try:
            response = self._ask("GET", f"{self._settings.base_url}/sms/admin/v1/contracts")
        except AmbiguousSend as error:
            raise Unavailable(str(error)) from error
        if response.status_code != 200:
            kind = CLOSING_STATUS.get(response.status_code, Unavailable)
            raise kind(f"HTTP {response.status_code}")
        left = list(_units(_json(response), self._country()))
        return Balance(Decimal(sum(left)), None) if left else None

    def _country(self) -> str | None:
        beginning, country = MALI
        return country if self._settings.sender.startswith(beginning) else None

    def health(self) -> Health:
        """Reachable with these credentials, asked by way of the contracts."""
        try:
            balance = self.balance()
        except ChannelClosed as error:
            return Health(False, f"{error.reason}: {error}")
        return Health(True, f"{balance.amount} SMS left" if balance else "no contract to be seen")


def _accepted(sms: OutboundSms, response: requests.Response) -> SendResult:
    """201 is an acceptance even when its id cannot be read: the receipt then finds it by number."""
    answer = _json(response)
    answer = answer if isinstance(answer, dict) else {}
    request = answer.get("outboundSMSMessageRequest")
    url = text_of(request, "resourceURL") if isinstance(request, dict) else ""
    message_id = url.rstrip("/").rpartition("/")[2][:80]
    return SendResult(sms.reference, Outcome.ACCEPTED, aggregator_message_id=message_id or None)


def _refusal(sms: OutboundSms, response: requests.Response) -> SendResult:
    """Raises ChannelClosed and AmbiguousSend."""
    if response.status_code != 403 and response.status_code not in REFUSING_STATUS:
        refused(response)
    answer = _json(response)
    error = answer.get("requestError") if isinstance(answer, dict) else None
    error = error if isinstance(error, dict) else {}
    if isinstance(policy := error.get("policyException"), dict):
        _closed_by(policy)
        return _result(sms, None)
    if response.status_code == 403:
        refused(response)
    service = error.get("serviceException")
    return _result(sms, service if isinstance(service, dict) else None)


def _closed_by(policy: Mapping[str, Any]) -> None:
    """A policy that holds for every message: raise it."""
    words = f"{policy.get('text')} {policy.get('variables')}"
    if NO_CREDIT.search(words):
        raise OutOfCredit(text_of(policy, "messageId"))
    if NO_SENDER.search(words):
        raise SenderRefused(text_of(policy, "messageId"))


def _result(sms: OutboundSms, exception: Mapping[str, Any] | None) -> SendResult:
    meaning = REFUSALS.get(text_of(exception or {}, "messageId"), UNEXPLAINED)
    return SendResult(
        sms.reference, meaning.outcome, meaning.reason, most_attempts=meaning.most_attempts
    )


def _report(info: Mapping[str, Any], message_id: str | None) -> DeliveryReport:
    status, number = text_of(info, "deliveryStatus"), _address(info, "address")
    if not status or not (message_id or number):
        raise UnusableCallback("a delivery report needs a status, and an id or an address")
    state, reason = RECEIPTS.get(status.casefold(), (None, None))
    return DeliveryReport(message_id, number_of(number) or None, status, state, reason)


def _address(fields: Mapping[str, Any], name: str) -> str:
    """`tel:+22370000001` -> `+22370000001`."""
    return text_of(fields, name).removeprefix("tel:")


def _object(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise UnusableCallback(f"there is no {name}")
    return value


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _units(answer: Any, country: str | None) -> Iterator[int]:
    """`availableUnits` of the living contracts, wherever they stand: the answer is a list of
    contracts or, in older versions, nested by partner and service."""
    if isinstance(answer, list):
        for one in answer:
            yield from _units(one, country)
    elif isinstance(answer, dict):
        units = answer.get("availableUnits")
        lives = answer.get("status", "ACTIVE") == "ACTIVE"
        here = country is None or answer.get("country", country) == country
        if isinstance(units, int) and lives and here:
            yield units
        for one in answer.values():
            yield from _units(one, country)
