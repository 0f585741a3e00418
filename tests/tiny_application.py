"""An application as the simulator meets it: it answers USSD and keeps every callback it gets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from flask import Flask, Response, request

from smsgateway.web.simulator.app import create_app
from smsgateway.web.simulator.config import CallbackUrls, Config
from smsgateway.web.simulator.scenario import Scenario
from smsgateway.web.simulator.server import Server, running
from smsgateway.web.simulator.simulator import Simulator

PATIENCE_S = 10.0


@dataclass(frozen=True)
class Callback:
    """One request the application got; `fields` in the order of the wire."""

    kind: str
    raw: str
    agent: str
    content_type: str

    @property
    def fields(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw, keep_blank_values=True))


@dataclass
class TinyApplication:
    """Answers a USSD `text` by `answer`, everything else by `status`."""

    answer: Callable[[str], tuple[str, int]] = lambda text: (f"CON [{text}]", 200)
    statuses: list[int] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)

    def app(self) -> Flask:
        app = Flask(__name__)

        @app.post("/hooks/<kind>")
        def callback(kind: str) -> Response:
            raw = request.get_data(as_text=True)
            agent, content_type = request.headers["User-Agent"], request.headers["Content-Type"]
            self.callbacks.append(Callback(kind, raw, agent, content_type))
            if kind == "ussd":
                body, status = self.answer(request.form["text"])
                return Response(body, status=status, mimetype="text/plain")
            return Response("", status=self.statuses.pop(0) if self.statuses else 200)

        return app

    def got(self, kind: str, count: int = 1) -> list[Callback]:
        """The callbacks of a kind, once there are `count` of them."""
        eventually(lambda: sum(one.kind == kind for one in self.callbacks) >= count)
        return [one for one in self.callbacks if one.kind == kind]


def eventually(true: Callable[[], bool]) -> None:
    """Wait until `true()`; fails when that takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@dataclass(frozen=True)
class Played:
    """A simulator that runs, where it listens, and the application it calls back."""

    simulator: Simulator
    url: str
    application: TinyApplication


@contextmanager
def played(
    application: TinyApplication | None = None, scenario: Scenario | None = None, **config: object
) -> Iterator[Played]:
    """Run both over real sockets on free ports."""
    application = application or TinyApplication()
    with running(Server(application.app(), "127.0.0.1", 0)) as listening:
        urls = CallbackUrls.below(f"{listening.url}/hooks")
        options = {"callbacks": urls, "delivery_delay_s": 0.05} | config
        simulator = Simulator(Config(**options), scenario=scenario)  # type: ignore[arg-type]
        with running(Server(create_app(simulator), "127.0.0.1", 0)) as server:
            try:
                yield Played(simulator, server.url, application)
            finally:
                simulator.close()
