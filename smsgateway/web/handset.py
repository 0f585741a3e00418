"""A feature phone in code: dials a service and presses keys, as an aggregator would pass them on.

The same script drives a Flask application in process, a live address, or anything else that takes
a step and gives a screen. Every screen is measured: one that a network would cut is an error.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import requests
from flask import Flask

from smsgateway.aggregators.africastalking.ussd import HOP_METADATA, NAME
from smsgateway.aggregators.ussd import UssdTurn
from smsgateway.dialogue.network import DEFAULT_NETWORK, Network
from smsgateway.gateway_settings import MAIN_CHANNEL
from smsgateway.text.gsm7 import septets

TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen; `name` is its node's, where the service tells it."""

    text: str
    final: bool
    name: str = ""


Line = Callable[[UssdTurn], Shown]
"""What a phone is connected to: takes a step of a call, gives the screen."""


class UnfitScreen(ValueError):
    """A screen that does not fit the network, or that has a letter outside its alphabet."""


class Handset:
    """One phone. `screen` is what it shows, `at` the node's name, `open` whether the call goes on.

    `pass_time` lets time pass for the service too, in seconds, where it can.
    """

    def __init__(
        self,
        line: Line,
        msisdn: str,
        *,
        network_code: str = "99999",
        network: Network = DEFAULT_NETWORK,
        pass_time: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._line = line
        self._msisdn = msisdn
        self._network_code = network_code
        self._network = network
        self._pass_time = pass_time
        self._code = self._session_id = self._text = ""
        self.screen = self.at = ""
        self.open = False

    def dial(self, service_code: str) -> str:
        """Begin a new call; gives the first screen."""
        self._code = service_code
        self._session_id = f"ATUid_{secrets.token_hex(16)}"
        self._text = ""
        return self.retry()

    def redial(self) -> str:
        """Dial the same code again, after hanging up."""
        return self.dial(self._code)

    def send(self, *answers: str) -> str:
        """Answer one screen after the other; gives the last one."""
        for answer in answers:
            self._text = f"{self._text}*{answer}" if self._text else answer
            self.retry()
        return self.screen

    def idle(self, seconds: float) -> None:
        """Press nothing for so long; the network ends a call that is idle for too long."""
        self._pass_time(seconds)
        if seconds >= self._network.idle_s:
            self.open = False

    def retry(self) -> str:
        """Repeat the last callback, as an aggregator that saw no answer. Raises UnfitScreen."""
        shown = self._line(
            UssdTurn(
                aggregator=NAME,
                channel=MAIN_CHANNEL,
                session_id=self._session_id,
                msisdn=self._msisdn,
                service_code=self._code,
                network_code=self._network_code,
                text=self._text,
            )
        )
        self.screen, self.at, self.open = shown.text, shown.name, not shown.final
        length = septets(shown.text)
        if length is None or length > self._network.budget:
            size = "a letter outside GSM-7" if length is None else f"{length} septets"
            raise UnfitScreen(f"a screen has {size}: {shown.text!r}")
        return self.screen


def in_process(app: Flask, path: str) -> Line:
    """To an application of this process; `path` is that of its USSD callback."""
    client = app.test_client()

    def step(turn: UssdTurn) -> Shown:
        answer = client.post(path, data=_form(turn))
        return _shown(answer.get_data(as_text=True), answer.headers.get(HOP_METADATA, ""))

    return step


def over_http(url: str) -> Line:
    """To a live USSD callback. Raises requests.RequestException."""
    connection = requests.Session()

    def step(turn: UssdTurn) -> Shown:
        answer = connection.post(url, data=_form(turn), timeout=TIMEOUT_S)
        answer.raise_for_status()
        return _shown(answer.content.decode(), answer.headers.get(HOP_METADATA, ""))

    return step


def _form(turn: UssdTurn) -> dict[str, str]:
    """The step as Africa's Talking posts it."""
    return {
        "phoneNumber": turn.msisdn,
        "networkCode": turn.network_code,
        "serviceCode": turn.service_code,
        "sessionId": turn.session_id,
        "text": turn.text,
    }


def _shown(body: str, name: str) -> Shown:
    verb, _, text = body.partition(" ")
    if verb not in {"CON", "END"}:
        raise ValueError(f"not a USSD answer: {body[:80]!r}")
    return Shown(text, verb == "END", name)
