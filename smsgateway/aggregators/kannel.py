"""Kannel: an SMPP, HTTP or modem gateway of one's own, spoken to by its smsbox.

`sendsms` takes everything in the address and answers with a status and a sentence; it gives no id,
so the address for receipts (`dlr-url`) carries ours. Sources: the user guide of Kannel 1.4.5, its
`gw/smsbox.c`, and a running one (`docs/kannel/`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

import requests

from smsgateway.aggregators.base import Ack, FewCallbacks, Health, RawRequest, UnusableCallback
from smsgateway.aggregators.reading import fingerprint, number_of, reference_of, text_of
from smsgateway.aggregators.statuses import refused
from smsgateway.aggregators.transport import TIMEOUT_S, Transport
from smsgateway.gateway_settings import KANNEL, KannelSettings
from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    Capabilities,
    ChannelClosed,
    DeliveryReport,
    InboundSms,
    OutboundSms,
    Outcome,
    Reason,
    SenderRefused,
    SendResult,
)
from smsgateway.messaging.states import State
from smsgateway.text.segments import measure

PARALLEL_CALLS = 64

DLR_MASK = "31"
"""All five kinds of receipt: 1 + 2 + 4 + 8 + 16."""

ACCEPTED = {"0": "Accepted for delivery", "3": "Queued for later delivery"}
"""First character of the answer to a send that was taken (202)."""

NO_RECEIVER = "missing receiver number"
"""What a send without a receiver is told: its credentials were right."""

REFUSALS: Mapping[str, tuple[Outcome, Reason, int | None]] = {
    "number(s) has/have been denied": (Outcome.REJECTED, Reason.INVALID_NUMBER, None),
    "empty receiver number": (Outcome.REJECTED, Reason.INVALID_NUMBER, None),
    NO_RECEIVER: (Outcome.REJECTED, Reason.INVALID_NUMBER, None),
    "not routable": (Outcome.DEFERRED, Reason.NO_ROUTE, 5),
}
"""How a 4xx begins, in small letters, and what it says of the message; the figure is the most
attempts. "Not routable. Do not try again." is Kannel's own configuration: it gets an hour."""

CLOSING: Mapping[str, type[ChannelClosed]] = {
    "authorization failed": BadCredentials,
    "sender missing": SenderRefused,
}
"""How a 4xx begins that every other call would get too."""

UNEXPLAINED = (Outcome.DEFERRED, Reason.OTHER, None)

RECEIPTS: Mapping[str, tuple[State, Reason | None]] = {
    "1": (State.DELIVERED, None),
    "2": (State.FAILED, Reason.UNDELIVERED),
    "4": (State.SENT, Reason.BUFFERED),
    "8": (State.SENT, Reason.SUBMITTED),
    "16": (State.FAILED, Reason.REJECTED),
    "32": (State.SENT, None),
}
"""`%d` of `dlr-url`: delivered to the phone, not delivered, queued at the SMSC, delivered to the
SMSC, refused by the SMSC, an intermediate notification."""


class Kannel(FewCallbacks):
    """One `sendsms-user`. Safe for several threads."""

    name = KANNEL
    capabilities = Capabilities(
        parallel_calls=PARALLEL_CALLS,
        knows_our_reference=True,
        callbacks_by_get=True,
    )

    def __init__(
        self, settings: KannelSettings, *, timeout: tuple[float, float] = TIMEOUT_S
    ) -> None:
        self._settings = settings
        self._transport = Transport(PARALLEL_CALLS, timeout)

    def send(self, batch: Sequence[OutboundSms]) -> list[SendResult]:
        """One message a call; see `Gateway.send`."""
        (sms,) = batch
        response = self._ask(self._fields(sms))
        answer = response.text.strip()
        if response.status_code in (200, 202):
            if answer[:1] not in ACCEPTED:
                raise AmbiguousSend("an answer that Kannel does not give")
            return [SendResult(sms.reference, Outcome.ACCEPTED)]
        return [_refusal(sms, response, answer.casefold())]

    def _fields(self, sms: OutboundSms) -> dict[str, str]:
        fields = {
            "to": sms.msisdn,
            "text": sms.body,
            "charset": "UTF-8",
            "coding": "0" if measure(sms.body).encoding == "gsm7" else "2",
        }
        if self._settings.sender:
            fields["from"] = self._settings.sender
        if self._settings.smsc:
            fields["smsc"] = self._settings.smsc
        if self._settings.callback_base:
            # Kannel fills in what follows a percent sign: kind, receiver, the SMSC's own words
            fields["dlr-url"] = (
                f"{self._settings.callback_base}/delivery-reports"
                f"?reference={sms.reference}&status=%d&to=%p&answer=%A"
            )
            fields["dlr-mask"] = DLR_MASK
        return fields

    def _ask(self, fields: Mapping[str, str]) -> requests.Response:
        account = {"username": self._settings.username, "password": self._settings.password}
        return self._transport.request(
            "GET", self._settings.url, headers={}, params={**account, **fields}
        )

    def parse_delivery_report(self, request: RawRequest) -> list[DeliveryReport]:
        """The address that `send` gave; needs a status and our reference."""
        fields = request.fields
        status, reference = text_of(fields, "status"), reference_of(text_of(fields, "reference"))
        if not status or reference is None:
            raise UnusableCallback("a receipt needs a status and a reference")
        state, reason = RECEIPTS.get(status, (None, None))
        return [
            DeliveryReport(
                aggregator_message_id=None,
                msisdn=number_of(text_of(fields, "to")) or None,
                status=status,
                state=state,
                reason=reason,
                reference=reference,
            )
        ]

    def parse_inbound(self, request: RawRequest) -> list[InboundSms]:
        """`get-url` of the `sms-service` in docs/kannel: `id, from, to, text, charset`."""
        fields = request.fields
        sender = text_of(fields, "from")
        if not sender:
            raise UnusableCallback("an inbound SMS needs a from")
        return [
            InboundSms(
                aggregator_message_id=text_of(fields, "id") or fingerprint(request),
                sender=number_of(sender),
                recipient=text_of(fields, "to") or None,
                body=_text(request.query, text_of(fields, "charset")),
            )
        ]

    def ack(self) -> Ack:
        """Without a text: what stands in the answer to a `get-url` may go out as an SMS."""
        return Ack(body="")

    def health(self) -> Health:
        """Asked by way of a send without a receiver: Kannel checks the account first."""
        try:
            response = self._ask({})
            answer = response.text.strip().casefold()
            if answer.startswith(NO_RECEIVER):
                return Health(True, "the smsbox knows us")
            _check_open(response, answer)
        except ChannelClosed as error:
            return Health(False, f"{error.reason}: {error}")
        except AmbiguousSend as error:
            return Health(False, f"no answer: {error}")
        return Health(False, f"HTTP {response.status_code}")


def _check_open(response: requests.Response, answer: str) -> None:
    """Raises ChannelClosed for what every other call would meet too, and AmbiguousSend."""
    if not 400 <= response.status_code < 500:
        refused(response)
    for beginning, kind in CLOSING.items():
        if answer.startswith(beginning):
            raise kind(beginning)


def _refusal(sms: OutboundSms, response: requests.Response, answer: str) -> SendResult:
    """Raises ChannelClosed and AmbiguousSend."""
    _check_open(response, answer)
    found = next((what for start, what in REFUSALS.items() if answer.startswith(start)), None)
    if found is None and response.status_code != 400:
        refused(response)
    return SendResult(sms.reference, *(found or UNEXPLAINED)[:2], most_attempts=found and found[2])


def _text(query: str, charset: str) -> str:
    """The text in the charset that Kannel names beside it: UTF-16BE for a UCS-2 message."""
    raw = parse_qs(query, keep_blank_values=True, encoding="latin-1").get("text", [""])[0]
    try:
        text = raw.encode("latin-1").decode(charset or "utf-8", "replace")
    except LookupError:
        text = raw.encode("latin-1").decode("utf-8", "replace")
    return text.replace("\0", "")
