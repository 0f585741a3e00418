"""Posting of callbacks to the application, each recorded for the page's log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import urllib3

from smsgateway.web.simulator.config import Config
from smsgateway.web.simulator.feed import Feed
from smsgateway.web.simulator.timer import Timer
from smsgateway.web.simulator.wire import SMS_AGENT, USSD_AGENT, Exchange, form

MAX_ANSWER_BYTES = 64 * 1024
FIRST_RETRY_S = 2.0
"""Pause before the first repetition of a callback that failed; it doubles each time."""


@dataclass(frozen=True)
class Answer:
    """What the application answered; `error` says why there is no answer."""

    status: int | None
    body: str
    error: str | None = None

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Callbacks:
    """Posts forms to the addresses of `config.callbacks`."""

    def __init__(self, config: Config, timer: Timer, feed: Feed) -> None:
        self._config = config
        self._timer = timer
        self._feed = feed
        self._pool = urllib3.PoolManager(
            num_pools=8,
            maxsize=32,
            retries=False,
            timeout=urllib3.Timeout(
                connect=config.connect_timeout_s, read=config.response_timeout_s
            ),
        )

    def ussd(self, fields: dict[str, str]) -> Answer:
        """One step of a session: posted once, whatever comes back."""
        return self._post("ussd", self._config.callbacks.ussd, fields, USSD_AGENT)

    def event(self, fields: dict[str, str]) -> Answer:
        """The end of a session."""
        return self._post("ussd-events", self._config.callbacks.events, fields, USSD_AGENT)

    def delivery_report(self, fields: dict[str, str]) -> Answer:
        return self._retried("delivery-reports", self._config.callbacks.delivery_reports, fields)

    def incoming(self, fields: dict[str, str]) -> Answer:
        return self._retried("sms", self._config.callbacks.sms, fields)

    def opt_out(self, fields: dict[str, str]) -> Answer:
        return self._retried("opt-outs", self._config.callbacks.opt_outs, fields)

    def close(self) -> None:
        self._pool.clear()

    def _retried(
        self, kind: str, url: str | None, fields: dict[str, str], attempt: int = 0
    ) -> Answer:
        answer = self._post(kind, url, fields, SMS_AGENT)
        if url is not None and not answer.accepted and attempt < self._config.retries:
            pause = FIRST_RETRY_S * 2**attempt
            self._timer.after(pause, self._retried, kind, url, fields, attempt + 1)
        return answer

    def _post(self, kind: str, url: str | None, fields: dict[str, str], agent: str) -> Answer:
        if url is None:
            return Answer(None, "", "no address is set for this callback")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": agent,
            "Accept-Encoding": "gzip",
        }
        body = form(fields)
        started = time.monotonic()
        answer, content_type = self._exchange(url, headers, body)
        exchange = Exchange(
            direction="out",
            kind=kind,
            method="POST",
            url=url,
            request_headers=headers,
            request=body.decode("ascii"),
            status=answer.status,
            content_type=content_type,
            response=answer.body,
            error=answer.error,
            milliseconds=round((time.monotonic() - started) * 1000),
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        self._feed.publish("exchange", exchange.as_json())
        return answer

    def _exchange(self, url: str, headers: dict[str, str], body: bytes) -> tuple[Answer, str]:
        try:
            response = self._pool.request(
                "POST", url, body=body, headers=headers, redirect=False, preload_content=False
            )
            text = _text(response)
        except urllib3.exceptions.ReadTimeoutError:
            return Answer(None, "", "the application did not answer in time"), ""
        except urllib3.exceptions.ConnectTimeoutError:
            return Answer(None, "", "the application could not be reached in time"), ""
        except urllib3.exceptions.HTTPError as error:
            reason = f"the application cannot be reached ({type(error).__name__})"
            return Answer(None, "", reason), ""
        return Answer(response.status, text), response.headers.get("Content-Type", "")


def _text(response: urllib3.BaseHTTPResponse) -> str:
    """The body; a connection that still holds more of it is not used again."""
    body = response.read(MAX_ANSWER_BYTES + 1)
    if len(body) > MAX_ANSWER_BYTES:
        response.close()
    response.release_conn()
    return body[:MAX_ANSWER_BYTES].decode("utf-8", "replace")
