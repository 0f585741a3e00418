"""The Flask application: what is served where, and nothing else."""

from __future__ import annotations

from flask import Flask

from smsgateway.dialogue.application import Application
from smsgateway.service import Service
from smsgateway.web import health, simulator_link
from smsgateway.web.webhooks import sms, ussd

MAX_BODY_BYTES = 64 * 1024


def create_app(service: Service, application: Application) -> Flask:
    """The web side of `service`, answering with the dialogues of `application`."""
    app = Flask("smsgateway", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES)  # no cookies, so no key to sign them
    app.register_blueprint(health.blueprint(service))
    app.register_blueprint(ussd.blueprint(service, application))
    app.register_blueprint(sms.blueprint(service))
    if service.settings.simulator_url:
        app.register_blueprint(simulator_link.blueprint(service.settings.simulator_url))
    return app
