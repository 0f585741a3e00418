"""The Flask application of a simulator: the gateway's API, the page's API, the page."""

from __future__ import annotations

from flask import Flask

from smsgateway.web.simulator import api, page, version1
from smsgateway.web.simulator.server import MAX_BODY_BYTES
from smsgateway.web.simulator.simulator import Simulator


def create_app(simulator: Simulator) -> Flask:
    """The web side of `simulator`."""
    app = Flask(__name__, static_folder="static", static_url_path="/simulator/static")
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES)
    app.register_blueprint(version1.blueprint(simulator))
    app.register_blueprint(api.blueprint(simulator))
    app.register_blueprint(page.blueprint())
    return app
