"""What an HTTP status proves about a send, whoever the gateway is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NoReturn

import requests

from smsgateway.messaging.port import (
    AmbiguousSend,
    BadCredentials,
    ChannelClosed,
    Misconfigured,
    OutOfCredit,
    Throttled,
    Unavailable,
)

CLOSING_STATUS: dict[int, type[ChannelClosed]] = {
    301: Misconfigured,
    302: Misconfigured,
    303: Misconfigured,
    307: Misconfigured,
    308: Misconfigured,
    401: BadCredentials,
    403: BadCredentials,
    404: Misconfigured,
    405: Misconfigured,
    429: Throttled,
    500: Unavailable,
    503: Unavailable,
}
"""HTTP statuses that refuse the whole call and prove that nothing was accepted."""

REFUSING_STATUS = frozenset({400, 406, 409, 410, 411, 412, 413, 414, 415, 422})
"""HTTP statuses that refuse this call, perhaps for its content, so others may go on. Any other
status (502 and 504 come from something in between) proves nothing."""

LONGEST_WAIT = timedelta(hours=1)
"""What a gateway may ask for with Retry-After; a wrong figure must not close a channel for ever."""

NO_MONEY = 402


def refused(response: requests.Response) -> NoReturn:
    """A status that refuses every call, or that proves nothing: raise what it means."""
    status = response.status_code
    if kind := CLOSING_STATUS.get(status):
        raise kind(f"HTTP {status}", retry_after=retry_after(response))
    if status == NO_MONEY:
        raise OutOfCredit(f"HTTP {status}")
    raise AmbiguousSend(f"HTTP {status}")


def retry_after(response: requests.Response) -> timedelta | None:
    """Seconds or a date, as HTTP has it; None when it is absent or unreadable."""
    text = response.headers.get("Retry-After", "").strip()
    try:
        if text.isdecimal():
            wait = timedelta(seconds=min(int(text), LONGEST_WAIT.total_seconds()))
        else:
            wait = parsedate_to_datetime(text) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None
    return max(timedelta(), min(wait, LONGEST_WAIT))
