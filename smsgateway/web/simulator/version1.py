"""The API of Africa's Talking that an application calls: `/version1/...`."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, g, request

from smsgateway.web.simulator.gateway import Answer, Submission
from smsgateway.web.simulator.outcomes import BAD_CREDENTIALS, JSON, Cut
from smsgateway.web.simulator.server import ConnectionCut
from smsgateway.web.simulator.simulator import Simulator
from smsgateway.web.simulator.wire import Exchange

TEXT = "text/plain; charset=UTF-8"
RETRY_AFTER_S = 1


class BadRequest(Exception):
    """A request the API refuses as a whole; the message is the answer."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def blueprint(simulator: Simulator) -> Blueprint:
    """The routes, answering for `simulator`."""
    routes = Blueprint("version1", __name__, url_prefix="/version1")

    @routes.before_request
    def authenticated() -> Response | None:
        g.started = time.monotonic()
        g.body = request.get_data(as_text=True)
        if _key_accepted(simulator.config.api_key):
            return None
        response = _text(BAD_CREDENTIALS, 401)
        response.headers["WWW-Authenticate"] = 'Basic realm="api"'
        return response

    @routes.errorhandler(BadRequest)
    def refused(error: BadRequest) -> Response:
        return _text(str(error), error.status)

    @routes.after_request
    def recorded(response: Response) -> Response:
        simulator.feed.publish("exchange", _exchange(response).as_json())
        return response

    @routes.post("/messaging")
    def send() -> Response:
        return _answered(simulator, _from_form())

    @routes.post("/messaging/bulk")
    def send_bulk() -> Response:
        return _answered(simulator, _from_json())

    @routes.get("/messaging")
    def inbox() -> Response:
        after = request.args.get("lastReceivedId", "0")
        messages = simulator.gateway.inbox(int(after) if after.isdecimal() else 0)
        return _json({"SMSMessageData": {"Messages": messages}})

    @routes.get("/user")
    def user() -> Response:
        balance = f"{simulator.config.currency} {simulator.gateway.balance:.4f}"
        return _json({"UserData": {"balance": balance}})

    return routes


def _key_accepted(expected: str | None) -> bool:
    given = request.headers.get("apiKey", "")
    if expected is None:
        return bool(given)
    return hmac.compare_digest(given.encode(), expected.encode())


def _from_form() -> Submission:
    if request.mimetype != "application/x-www-form-urlencoded":
        raise BadRequest("The request's Content-Type is not supported.", 415)
    form = request.form
    for field in ("username", "to", "message"):
        if not form.get(field):
            raise BadRequest(f"Request is missing required form field '{field}'")
    return Submission(
        username=form["username"],
        recipients=tuple(form["to"].split(",")),
        text=form["message"],
        sender=form.get("from") or None,
        enqueue=form.get("enqueue") == "1",
    )


def _from_json() -> Submission:
    if request.mimetype != JSON:
        raise BadRequest("The request's Content-Type is not supported.", 415)
    data = request.get_json(silent=True)
    if not isinstance(data, dict):
        raise BadRequest("The request content was malformed.")
    numbers = data.get("phoneNumbers")
    texts = [data.get("username"), data.get("message")]
    if not all(isinstance(text, str) and text for text in texts) or not _are_texts(numbers):
        raise BadRequest("The request content was malformed.")
    return Submission(
        username=data["username"],
        recipients=tuple(data["phoneNumbers"]),
        text=data["message"],
        sender=str(data["senderId"]) if data.get("senderId") else None,
        enqueue=bool(data.get("enqueue")),
    )


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _answered(simulator: Simulator, submission: Submission) -> Response:
    """Play the answer, with its delay or its broken connection."""
    answer = simulator.gateway.submit(submission)
    if answer.after_s:
        time.sleep(answer.after_s)
    if answer.outcome.cut is not None:
        return _cut(answer.outcome.cut)
    return _response(answer)


def _response(answer: Answer) -> Response:
    if answer.data is None:
        response = _text(answer.text, answer.status)
        if answer.status in {429, 503}:
            response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response
    response = _json(answer.data, answer.status)
    response.headers["Content-Type"] = answer.outcome.content_type
    return response


def _cut(moment: Cut) -> Response:
    def broken() -> Iterator[bytes]:
        raise ConnectionCut
        yield b""

    response = Response(broken(), status=201)
    response.headers["X-Simulator-Cut"] = moment.value
    return response


def _json(data: dict[str, Any], status: int = 200) -> Response:
    """JSON whose content type has no charset, as recorded: the Python SDK compares it whole."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status=status)
    response.headers["Content-Type"] = JSON
    return response


def _text(text: str, status: int) -> Response:
    response = Response(text, status=status)
    response.headers["Content-Type"] = TEXT
    return response


def _exchange(response: Response) -> Exchange:
    cut = response.headers.get("X-Simulator-Cut")
    return Exchange(
        direction="in",
        kind="version1",
        method=request.method,
        url=request.full_path.rstrip("?"),
        request_headers=dict(request.headers),
        request=g.body,
        status=None if cut else response.status_code,
        content_type=response.headers.get("Content-Type", ""),
        response="" if cut else response.get_data(as_text=True),
        error=f"connection cut {cut} acceptance" if cut else None,
        milliseconds=round((time.monotonic() - g.started) * 1000),
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
