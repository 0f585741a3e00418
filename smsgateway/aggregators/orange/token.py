"""The access token: asked for with the application's credentials, kept while it is good."""

from __future__ import annotations

import re
import threading
import time
from base64 import b64encode
from math import isfinite

import requests

from smsgateway.aggregators.base import FORM
from smsgateway.aggregators.statuses import CLOSING_STATUS
from smsgateway.aggregators.transport import Transport
from smsgateway.gateway_settings import OrangeSettings
from smsgateway.messaging.port import AmbiguousSend, BadCredentials, Unavailable

RENEWED_BEFORE_S = 60.0
"""A token is renewed this long before its end: a call must not outlive it on its way."""

USUAL_LIFE_S = 3600.0

_SENDABLE = re.compile(r"[\x21-\x7e]+")
"""What can stand in the head of a call: with anything else the message would seem to have left."""


class Token:
    """One token for all threads; whoever finds it spent renews it while the others wait."""

    def __init__(self, settings: OrangeSettings, transport: Transport) -> None:
        account = f"{settings.client_id}:{settings.client_secret}".encode()
        self._authorization = f"Basic {b64encode(account).decode('ascii')}"
        self._url = f"{settings.base_url}/oauth/v3/token"
        self._transport = transport
        self._lock = threading.Lock()
        self._value: str | None = None
        self._good_until = 0.0

    def get(self) -> str:
        """A token that is still good. Raises ChannelClosed: no message has left meanwhile."""
        with self._lock:
            if self._value is None or time.monotonic() >= self._good_until:
                self._renew()
            return str(self._value)

    def refused(self, value: str) -> None:
        """The gateway does not know this token any more; the next `get` brings another."""
        with self._lock:
            if self._value == value:
                self._value = None

    def _renew(self) -> None:
        asked_at = time.monotonic()
        try:
            response = self._transport.request(
                "POST",
                self._url,
                headers={"Authorization": self._authorization, "Content-Type": FORM},
                data={"grant_type": "client_credentials"},
            )
        except AmbiguousSend as error:  # it was about a token, not about a message
            raise Unavailable(str(error)) from error
        self._value, life_s = _read(response)
        self._good_until = asked_at + max(life_s - RENEWED_BEFORE_S, 0.0)


def _read(response: requests.Response) -> tuple[str, float]:
    """The token and its life in seconds, which Orange writes as a string."""
    if response.status_code == 400:
        raise BadCredentials("HTTP 400 for a token")
    if response.status_code != 200:
        kind = CLOSING_STATUS.get(response.status_code, Unavailable)
        raise kind(f"HTTP {response.status_code} for a token")
    try:
        answer = response.json()
        value = answer["access_token"]
        life_s = float(answer.get("expires_in", USUAL_LIFE_S))
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        raise Unavailable("an answer without a token") from None
    if not isinstance(value, str) or not _SENDABLE.fullmatch(value) or not isfinite(life_s):
        raise Unavailable("an answer without a token")
    return value, life_s
