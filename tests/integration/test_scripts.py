"""The same scripts of a phone on the engine alone, on the application and on a live server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import hazardous_dialogue
import pytest
from flask import Flask
from script import EngineLine, Script
from town import CODE, Town

import flows
from smsgateway.dialogue.application import Application
from smsgateway.register import phones
from smsgateway.service import Service
from smsgateway.sessions.resume import LIFETIME_S
from smsgateway.storage.clock import FixedClock
from smsgateway.web.app import create_app
from smsgateway.web.handset import Handset, Shown, UnfitScreen, in_process, over_http
from smsgateway.web.simulator.server import Server, running

PHONE = "+22370000001"

Connect = Callable[[Application], Script]


@pytest.fixture(params=["engine", "application", "server"])
def connect(
    request: pytest.FixtureRequest, service: Service, clock: FixedClock
) -> Iterator[Connect]:
    """Connects a phone to an application, in one of three ways."""
    with service.database.begin() as connection:
        phones.set_language(connection, PHONE, "fr", service.clock.now())
    path = f"/webhooks/africastalking/main/{service.settings.webhook_tokens[0]}/ussd"
    serving: list[object] = []

    def live(app: Flask) -> str:
        block = running(Server(app, "127.0.0.1", 0))
        serving.append(block)
        return f"{block.__enter__().url}{path}"

    def script(application: Application) -> Script:
        app = create_app(service, application)
        line = {
            "engine": lambda: EngineLine(application, service),
            "application": lambda: in_process(app, path),
            "server": lambda: over_http(live(app)),
        }[request.param]()
        return Script(
            Handset(line, PHONE, pass_time=lambda seconds: clock.move(timedelta(seconds=seconds)))
        )

    yield script
    for block in serving:
        block.__exit__(None, None, None)  # type: ignore[attr-defined]


def test_a_file_is_looked_up(connect: Connect, service: Service) -> None:
    file = Town(service).people.files[0]
    phone = connect(flows.app).dial(CODE).sees("RAMED").send("1").at("enrolment.menu").retry()
    phone.send("1").at("enrolment.number").send("1").sees("Numéro mal écrit.").retry()
    phone.send(file.file_number).at("enrolment.year").send("1066").sees("Il faut 4 chiffres")
    phone.send(str(file.birth_year)).sees(file.file_number).at("enrolment.identified").retry()


def test_an_interrupted_call_is_taken_up_again(connect: Connect) -> None:
    phone = connect(hazardous_dialogue.application())
    phone.dial(CODE).at("demo.home").send("1", "123").at("demo.found").send("1")
    phone.idle(200).ended().redial().sees("Continuer").at("engine.resume").send("1")
    phone.at("demo.found").sees("Awa 123").send("00").at("demo.home")
    phone.send("1", "456").idle(LIFETIME_S).redial().at("demo.home")


def test_help_is_offered_after_three_wrong_answers(connect: Connect) -> None:
    phone = connect(hazardous_dialogue.application()).dial(CODE)
    phone.send("x", "y").sees("Choix non valable.").send("z").at("demo.stuck")


def test_a_phone_refuses_a_screen_that_its_network_would_cut() -> None:
    for text in ("x" * 161, "ŋ"):
        with pytest.raises(UnfitScreen):
            Handset(lambda _, text=text: Shown(text, True), PHONE).dial(CODE)  # type: ignore[misc]
