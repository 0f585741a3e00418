"""Bodies and headers as Africa's Talking puts them on the wire, and a record of each exchange.

The order of fields and the user agent of USSD callbacks are those of recorded callbacks (2019,
2022, 2026), the end-of-session event of one of 2026, the delivery report of one of 2020. No raw
incoming message has been published: its fields are in the order of the vendor's page. The user
agent of the SMS callbacks was not recorded either: ours is a guess made after the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

USSD_AGENT = "at-ussd-api/1.0"
SMS_AGENT = "at-sms-api/1.0"

BODY_KEPT = 4096
"""Characters of a body that the record of an exchange keeps."""

SECRET_HEADERS = frozenset({"apikey", "authorization", "cookie"})
_SECRET_PART = re.compile(r"(?<=/)(?![a-z-]+(?:/|$))[A-Za-z0-9_-]{16,}(?=/|$)")
_SECRET_QUERY = re.compile(r"(?<==)[A-Za-z0-9_-]{16,}(?=&|$)")


def form(fields: Mapping[str, str]) -> bytes:
    """The fields as `application/x-www-form-urlencoded`, in their order."""
    return urlencode(fields).encode("ascii")


def stamp(moment: datetime) -> str:
    """`2026-10-09 12:17:37`: the date of a callback; its zone is stated nowhere, ours is UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def ussd_turn(
    *, phone: str, service_code: str, text: str, session_id: str, network: str
) -> dict[str, str]:
    """A session callback; `text` is every input so far joined by `*`."""
    return {
        "phoneNumber": phone,
        "serviceCode": service_code,
        "text": text,
        "sessionId": session_id,
        "networkCode": network,
    }


def delivery_report(
    *, phone: str, message_id: str, status: str, reason: str | None, network: str
) -> dict[str, str]:
    """A delivery report; the reason is there with a failure alone."""
    fields = {"phoneNumber": phone}
    if reason:
        fields["failureReason"] = reason
    fields |= {"retryCount": "0", "id": message_id, "status": status, "networkCode": network}
    return fields


def incoming(
    *, date: str, sender: str, message_id: str, text: str, to: str, cost: str, network: str
) -> dict[str, str]:
    """An incoming message."""
    return {
        "date": date,
        "from": sender,
        "id": message_id,
        "text": text,
        "to": to,
        "cost": cost,
        "networkCode": network,
    }


def opt_out(*, sender_id: str, phone: str) -> dict[str, str]:
    """A subscriber who refuses further messages of a sender."""
    return {"senderId": sender_id, "phoneNumber": phone}


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `direction` is `out` for a callback, `in` for an API call."""

    direction: str
    kind: str
    method: str
    url: str
    request_headers: dict[str, str]
    request: str
    status: int | None
    content_type: str
    response: str
    error: str | None
    milliseconds: int
    at: str

    def as_json(self) -> dict[str, Any]:
        """The record without secrets: keys of the API and long parts of addresses are masked."""
        data = dict(vars(self))
        data["url"] = masked_url(self.url)
        data["request_headers"] = {
            name: "…" if name.lower() in SECRET_HEADERS else value
            for name, value in self.request_headers.items()
        }
        data["request"] = self.request[:BODY_KEPT]
        data["response"] = self.response[:BODY_KEPT]
        return data


def masked_url(url: str) -> str:
    """The address with every part that may be a secret token replaced by `…`."""
    path, mark, query = url.partition("?")
    return _SECRET_PART.sub("…", path) + mark + _SECRET_QUERY.sub("…", query)
