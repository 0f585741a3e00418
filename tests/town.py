"""A demo town that tests can dial through the webhook, and transcripts that a person can read.

`UPDATE_TRANSCRIPTS=1 make test` rewrites tests/acceptance/transcripts/; read the difference
before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from sqlalchemy import update

import flows
from smsgateway.calendars.schedule import shipped
from smsgateway.interchange.demo_data import DemoSummary, load_demo
from smsgateway.register.tables import phone
from smsgateway.reminders.planner import plan_marked
from smsgateway.service import Service
from smsgateway.text.gsm7 import septets
from smsgateway.web.app import create_app
from smsgateway.web.handset import Handset, in_process

TRANSCRIPTS = Path(__file__).parent / "acceptance" / "transcripts"
CODE = "*123#"
STRANGER = "+22376543210"


class Exchange:
    """A service that phones can dial; it knows nobody yet."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.now = service.clock.now()
        self.app: Flask = create_app(service, flows.app)

    def handset(self, msisdn: str = STRANGER) -> Handset:
        token = self.service.settings.webhook_tokens[0]
        return Handset(in_process(self.app, f"/webhooks/africastalking/main/{token}/ussd"), msisdn)

    def speaks(self, msisdn: str, language: str) -> None:
        """Make it the language that the phone has chosen."""
        with self.service.database.begin() as connection:
            connection.execute(
                update(phone).where(phone.c.msisdn == msisdn).values(language=language)
            )


class Town(Exchange):
    """A service with the demo people, their visits planned."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.people: DemoSummary = load_demo(service.database, self.now.date())
        plan_marked(service.database, shipped("mali"), self.now, service.settings, 10_000)


def played(handset: Handset, *keys: str) -> str:
    """Dial, press the keys, and write down what both sides said."""
    lines = [f"> {CODE}", handset.dial(CODE)]
    for key in keys:
        lines += [f"> {key}", handset.send(key)]
        assert (septets(handset.screen) or 1_000) <= 160
    return "\n".join(lines) + ("\n(fin)\n" if not handset.open else "\n")


def key_of(screen: str, label: str) -> str:
    """The key of the option that begins with `label`."""
    return next(line.split(".")[0] for line in screen.split("\n") if f". {label}" in line)


def compare(name: str, transcript: str) -> None:
    path = TRANSCRIPTS / f"{name}.txt"
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(transcript, "utf-8")
    assert transcript == path.read_text("utf-8")


LANGUAGES = {"fr": "2", "bm": "1"}
