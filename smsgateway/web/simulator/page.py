"""The phone page. It finds everything relative to its `<base>`, so any path prefix will do."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""What the page may load: its own files alone (Content-Security-Policy)."""


def blueprint() -> Blueprint:
    """The page at `/`, `/simulator` and `/simulator/`."""
    routes = Blueprint("page", __name__, template_folder="templates")

    @routes.get("/")
    @routes.get("/simulator")
    def above() -> Response:
        return _page("simulator/")

    @routes.get("/simulator/")
    def inside() -> Response:
        return _page("./")

    return routes


def _page(base: str) -> Response:
    response = Response(render_template("phone.html", base=base), mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
