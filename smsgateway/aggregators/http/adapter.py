"""A described gateway as an aggregator of the service."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import requests

from smsgateway.aggregators.base import Ack, Balance, FewCallbacks, Health, RawRequest
from smsgateway.aggregators.base import UnusableCallback as Unusable
from smsgateway.aggregators.http import description as described
from smsgateway.aggregators.http.templates import (
    among,
    at,
    fill,
    fill_url,
    nested,
    text_at,
    values_of,
)
from smsgateway.aggregators.reading import fingerprint, moment_of, number_of, reference_of
from smsgateway.aggregators.statuses import REFUSING_STATUS, refused
from smsgateway.aggregators.transport import TIMEOUT_S, Transport
from smsgateway.gateway_settings import HTTP
from smsgateway.messaging.port import (
    AmbiguousSend,
    Capabilities,
    ChannelClosed,
    DeliveryReport,
    InboundSms,
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

REFUSED: Mapping[str, tuple[Outcome, Reason]] = {
    "permanent": (Outcome.REJECTED, Reason.REJECTED),
    "opted_out": (Outcome.REJECTED, Reason.OPTED_OUT),
    "transient": (Outcome.DEFERRED, Reason.GATEWAY),
}
"""Lists of words in [refused] that speak of one message."""

CLOSING: Mapping[str, type[ChannelClosed]] = {
    "out_of_credit": OutOfCredit,
    "misconfigured": Misconfigured,
    "throttled": Throttled,
}
"""Lists of words in [refused] that hold for every message."""


class HttpGateway(FewCallbacks):
    """One described gateway. Safe for several threads."""

    name = HTTP

    def __init__(
        self, content: Mapping[str, Any], *, timeout: tuple[float, float] = TIMEOUT_S
    ) -> None:
        """Raises SettingsError."""
        self._is = described.read(content)
        receipts, limits = self._is.receipts, self._is.limits
        self._transport = Transport(limits.parallel, timeout)
        self.capabilities = Capabilities(
            parallel_calls=limits.parallel,
            most_per_second=limits.per_second or None,
            delivery_reports=receipts is not None,
            knows_our_reference=bool(receipts and receipts.reference),
            inbound=self._is.inbound is not None,
            price_in_answer=bool(self._is.accepted.cost),
            callbacks_by_get=True,
        )

    def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
        """One message a call; see `Gateway.send`."""
        (sms,) = batch
        response = self._ask(self._is.send, values_of(sms))
        answer, text = _json(response), response.text
        rule = self._is.accepted
        if response.status_code in rule.status and _says_yes(rule, answer, text):
            return [_accepted(rule, sms, answer, text)]
        return [self._refusal(sms, response, answer)]

    def _ask(
        self, request: described.Request | described.BalanceRequest, values: Mapping[str, str]
    ) -> requests.Response:
        headers = dict(fill(request.headers, values))
        fields = fill(request.fields, values)
        url = fill_url(request.url, values)
        data: Mapping[str, Any] | bytes | None = None
        if request.body == "json":
            headers.setdefault("Content-Type", "application/json")
            data = json.dumps(nested(fields), ensure_ascii=False).encode()
        elif request.body == "form":
            data = fields
        params = fields if request.body == "none" and fields else None
        return self._transport.request(
            request.method, url, headers=headers, data=data, params=params
        )

    def _refusal(self, sms: OutboundSms, response: requests.Response, answer: Any) -> SendResult:
        """Raises ChannelClosed and AmbiguousSend: an answer that no rule knows proves nothing."""
        rules = self._is.refused
        found = re.search(rules.pattern, response.text) if rules.pattern else None
        word = (found[1] if found.re.groups else found[0]) if found else text_at(answer, rules.path)
        if word:
            for name, kind in CLOSING.items():
                if among(word, getattr(rules, name)):
                    raise kind(name)
            for name, (outcome, reason) in REFUSED.items():
                if among(word, getattr(rules, name)):
                    return SendResult(sms.reference, outcome, reason)
        if response.status_code in REFUSING_STATUS:
            return SendResult(sms.reference, Outcome.DEFERRED, Reason.OTHER)
        refused(response)

    def parse_delivery_report(self, request: RawRequest) -> list[DeliveryReport]:
        """By [receipts]; needs a status and a name of the message."""
        rule = self._is.receipts
        if rule is None:
            raise Unusable("this gateway sends no receipts")
        return [_report(rule, one) for one in _each(request, rule.each)]

    def parse_inbound(self, request: RawRequest) -> list[InboundSms]:
        """By [inbound]; needs a sender."""
        rule = self._is.inbound
        if rule is None:
            return super().parse_inbound(request)
        return [_inbound(rule, one, request, n) for n, one in enumerate(_each(request, rule.each))]

    def ack(self) -> Ack:
        reply = self._is.reply
        return Ack(reply.status, reply.content_type, reply.body)

    def balance(self) -> Balance | None:
        rule = self._is.balance
        if rule is None:
            return None
        try:
            response = self._ask(rule, {})
            if response.status_code != 200:
                refused(response)
        except AmbiguousSend as error:
            raise Unavailable(str(error)) from error
        amount = _amount(text_at(_json(response), rule.path))
        return None if amount is None else Balance(amount, rule.currency or None)

    def health(self) -> Health:
        """Known only where the gateway tells its balance."""
        try:
            balance = self.balance()
        except ChannelClosed as error:
            return Health(False, f"{error.reason}: {error}")
        if balance is None:
            return Health(True, "not asked: the description names no balance")
        return Health(True, f"balance {balance.amount} {balance.currency or ''}".strip())


def _says_yes(rule: described.Acceptance, answer: Any, text: str) -> bool:
    if rule.path and not among(text_at(answer, rule.path), rule.values):
        return False
    return not rule.pattern or re.search(rule.pattern, text) is not None


def _accepted(rule: described.Acceptance, sms: OutboundSms, answer: Any, text: str) -> SendResult:
    found = re.search(rule.id_pattern, text) if rule.id_pattern else None
    message_id = (found[1] if found.re.groups else found[0]) if found else text_at(answer, rule.id)
    cost = _amount(text_at(answer, rule.cost))
    return SendResult(
        sms.reference,
        Outcome.ACCEPTED,
        aggregator_message_id=message_id[:80] or None,
        cost=cost,
        currency=_currency(rule.currency, answer) if cost is not None else None,
    )


def _currency(rule: str, answer: Any) -> str | None:
    """A currency by itself (`XOF`), else the path to it."""
    code = rule if re.fullmatch(r"[A-Z]{3}", rule) else text_at(answer, rule)
    return code if re.fullmatch(r"[A-Z]{3}", code) else None


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _each(request: RawRequest, path: str) -> list[Any]:
    """The callback, or each of those that it brings in one."""
    if not path:
        return [request.payload]
    found = at(request.payload, path)
    if not isinstance(found, list) or not found:
        raise Unusable(f"there is no list at {path}")
    return found


def _report(rule: described.Receipts, data: Any) -> DeliveryReport:
    status, message_id = text_at(data, rule.status), text_at(data, rule.id)
    reference = reference_of(text_at(data, rule.reference))
    number = number_of(text_at(data, rule.number))
    if not status or not (message_id or number or reference):
        raise Unusable("a receipt needs a status, and an id, a reference or a number")
    state: State | None = None
    for one in (State.SENT, State.DELIVERED, State.FAILED):
        if among(status, getattr(rule, one)):
            state = one
    return DeliveryReport(
        aggregator_message_id=message_id or None,
        msisdn=number or None,
        status=status,
        state=state,
        reason=Reason.UNDELIVERED if state is State.FAILED else None,
        reference=reference,
    )


def _inbound(rule: described.Inbound, data: Any, request: RawRequest, place: int) -> InboundSms:
    sender = text_at(data, rule.sender)
    if not sender:
        raise Unusable("an inbound SMS needs a sender")
    return InboundSms(
        aggregator_message_id=text_at(data, rule.id) or f"{fingerprint(request)}:{place}",
        sender=number_of(sender),
        recipient=text_at(data, rule.recipient) or None,
        body=text_at(data, rule.text),
        sent_at=moment_of(text_at(data, rule.date)),
    )
