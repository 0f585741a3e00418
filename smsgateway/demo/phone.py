"""A phone of the story: dials, types and receives SMS through the simulator's JSON API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

REQUEST_TIMEOUT_S = 20.0
PATIENCE_S = 25.0
POLL_S = 0.2


class StoryError(Exception):
    """The story did not go on as it should; one sentence that says what did not happen."""


class Simulator:
    """The simulator at `url`, asked for things in JSON."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/simulator/api"

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def post(self, path: str, **body: str) -> Any:
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        request = Request(
            self._url + path, body, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urlopen(request, timeout=REQUEST_TIMEOUT_S) as response:
                return json.load(response)
        except HTTPError as error:
            raise StoryError(
                f"The simulator refused {method} {path}: {error.code} "
                f"{error.read(200).decode('utf-8', 'replace')}"
            ) from None
        except URLError as error:
            raise StoryError(f"The simulator does not answer: {error.reason}") from None


class Phone:
    """One phone number. `tell` is called with each screen, key and message, to be shown; `screen`
    is the last one."""

    def __init__(self, simulator: Simulator, number: str, tell: Callable[[str, str], None]) -> None:
        self.number = number
        self.screen = ""
        self._simulator = simulator
        self._tell = tell
        self._session = ""
        self._seen = 0

    def dial(self, code: str) -> str:
        """Begin a USSD session; gives its first screen."""
        self._tell("key", f"dials {code}")
        answer = self._simulator.post("/ussd", phone=self.number, code=code)
        self._session = answer["session"]
        return self._show(answer)

    def send(self, keys: str, *, secret: bool = False) -> str:
        """Answer the screen with `keys`, shown as stars when `secret`; gives the next screen."""
        self._tell("key", f"types {'*' * len(keys) if secret else keys}")
        return self._show(self._simulator.post(f"/ussd/{self._session}", input=keys))

    def messages(self) -> list[str]:
        """The texts that this phone has received, oldest first."""
        path = f"/phones/{quote(self.number)}/messages"
        received = self._simulator.get(path)["messages"]
        return [message["text"] for message in received if message["box"] == "in"]

    def read_messages(self) -> None:
        """Wait from now on only for texts that are not there yet."""
        self._seen = len(self.messages())

    def show_messages(self) -> None:
        """Show the texts that have come and that nobody waited for."""
        for text in self.messages()[self._seen :]:
            self._seen += 1
            self._tell("sms", text)

    def await_message(self, what: str) -> str:
        """The next text to arrive. Raises StoryError when none comes."""
        wait_for(lambda: len(self.messages()) > self._seen, f"{what} did not arrive")
        text = self.messages()[self._seen]
        self._seen += 1
        self._tell("sms", text)
        return text

    def _show(self, answer: dict[str, Any]) -> str:
        if answer["trouble"]:
            raise StoryError(f"The USSD session failed: {answer['trouble']}")
        self.screen = answer["screen"]
        self._tell("screen", self.screen)
        return self.screen


def wait_for(condition: Callable[[], object], failure: str) -> None:
    """Return once `condition` holds. Raises StoryError(`failure`) when it does not in time."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise StoryError(f"{failure} within {PATIENCE_S:.0f} s.")
        time.sleep(POLL_S)
