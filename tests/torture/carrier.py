"""What an aggregator does with what people send: it posts a callback until it is answered.

Some answers are lost on their way back, so that the callback comes again although it has been
taken in; some callbacks come twice at once.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}

TIMEOUT_S = 15.0
"""As long as the gateway waits for a screen."""

LOST, TWICE = 0.08, 0.08
"""The share of callbacks whose first answer is lost, and of those that come twice at once."""

PAUSE_S = 0.05


class Over(Exception):
    """The torment is over; a callback that was not answered by then never was."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a callback."""

    status: int
    body: str
    screen: str


class Carrier:
    """Posts the callbacks of one channel; for several threads. `path` ends with the token."""

    def __init__(self, port: int, path: str) -> None:
        self.over = threading.Event()
        self.counts: Counter[str] = Counter()
        self._port = port
        self._path = path

    def deliver(self, kind: str, form: Mapping[str, str], draw: random.Random) -> Answer:
        """Post a callback until it is answered. Raises Over."""
        if draw.random() < TWICE:
            self.counts["callbacks twice at once"] += 1
            threading.Thread(target=self._try, args=(kind, form), daemon=True).start()
        lose = draw.random() < LOST
        while not self.over.is_set():
            answer = self._try(kind, form, lose=lose)
            lose = False
            if answer is not None and answer.status not in (429, 503):
                return answer
            self.counts["callbacks repeated"] += 1
            time.sleep(PAUSE_S)
        raise Over

    def _try(self, kind: str, form: Mapping[str, str], *, lose: bool = False) -> Answer | None:
        """One post; None without an answer."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        try:
            connection.request("POST", f"{self._path}/{kind}", urlencode(form), HEADERS)
            if lose:
                return None
            response = connection.getresponse()
            body = response.read().decode()
            return Answer(response.status, body, response.getheader("at-ussd-hop-metadata", ""))
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()
