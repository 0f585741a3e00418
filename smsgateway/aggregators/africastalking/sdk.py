"""The vendor's SDK, made to run over our transport and against an address of our choice.

The SDK composes each request; what goes on the wire is its own, to the byte. Only the sending is
replaced, because the SDK opens a connection for every call, hides the HTTP status, understands one
spelling of the content type and follows redirects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import requests
from africastalking.Application import ApplicationService
from africastalking.Service import Service
from africastalking.SMS import SMSService

from smsgateway.aggregators.transport import Transport


class _OverTransport(Service):  # type: ignore[misc]
    """Mixed in before a service of the SDK; its calls return the `requests.Response` itself."""

    def __init__(
        self, username: str, api_key: str, transport: Transport, base_url: str | None
    ) -> None:
        self._transport = transport
        self._address = base_url
        super().__init__(username, api_key)

    def _init_service(self) -> None:
        super()._init_service()
        if self._address:
            self._baseUrl = self._contentUrl = f"{self._address}/version1"

    def _make_request(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        data: Mapping[str, Any] | None,
        params: Mapping[str, Any] | None,
        callback: None = None,
        timeout: object = None,
    ) -> requests.Response:
        return self._transport.request(method, url, headers=headers, data=data, params=params)


class Sms(_OverTransport, SMSService):  # type: ignore[misc]
    """Sending."""

    def submit(self, body: str, recipients: list[str], sender_id: str | None) -> requests.Response:
        return cast(requests.Response, self.send(body, recipients, sender_id))


class Account(_OverTransport, ApplicationService):  # type: ignore[misc]
    """The account's data."""

    def ask(self) -> requests.Response:
        return cast(requests.Response, self.fetch_application_data())
