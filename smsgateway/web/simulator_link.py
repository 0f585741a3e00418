"""`/simulator`: the way from the service to the simulator's phone page, in a demonstration only."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue


def blueprint(simulator_url: str) -> Blueprint:
    """Sends a visitor of `/simulator` to `simulator_url` (the setting `SIMULATOR_URL`)."""
    routes = Blueprint("simulator_link", __name__)

    @routes.get("/simulator")
    def to_simulator() -> ResponseReturnValue:
        return redirect(f"{simulator_url}/")

    return routes
