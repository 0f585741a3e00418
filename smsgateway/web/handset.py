"""A feature phone in code: dials a service and presses keys, as an aggregator would pass them on.

It drives a Flask application in process or a live address with the same script.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

import requests
from flask import Flask

Post = Callable[[Mapping[str, str]], str]
"""Posts a USSD callback's form and gives the body of the answer."""

TIMEOUT_S = 15


class Handset:
    """One phone. `screen` is what it shows, `open` whether the session goes on."""

    def __init__(self, post: Post, msisdn: str, *, network_code: str = "99999") -> None:
        self._post = post
        self._fields = {"phoneNumber": msisdn, "networkCode": network_code}
        self._text = ""
        self.screen = ""
        self.open = False

    def dial(self, service_code: str) -> str:
        """Begin a new session; gives the first screen."""
        session_id = f"ATUid_{secrets.token_hex(16)}"
        self._fields |= {"serviceCode": service_code, "sessionId": session_id}
        self._text = ""
        return self.retry()

    def send(self, *answers: str) -> str:
        """Answer one screen after the other; gives the last one."""
        for answer in answers:
            self._text = f"{self._text}*{answer}" if self._text else answer
            self.retry()
        return self.screen

    def retry(self) -> str:
        """Repeat the last callback, as an aggregator does that saw no answer."""
        body = self._post({**self._fields, "text": self._text})
        verb, _, self.screen = body.partition(" ")
        if verb not in {"CON", "END"}:
            raise ValueError(f"not a USSD answer: {body[:80]!r}")
        self.open = verb == "CON"
        return self.screen


def in_process(app: Flask, path: str) -> Post:
    """Posts to an application of this process."""
    client = app.test_client()

    def post(form: Mapping[str, str]) -> str:
        return client.post(path, data=form).get_data(as_text=True)

    return post


def over_http(url: str) -> Post:
    """Posts to a live callback address."""
    connection = requests.Session()

    def post(form: Mapping[str, str]) -> str:
        answer = connection.post(url, data=form, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.content.decode()

    return post
