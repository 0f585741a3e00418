"""What the phone page and tests use: `/simulator/api/...`, JSON in and out.

A POST or PUT must say `Content-Type: application/json`: a page of another site cannot send that
without asking first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from smsgateway.web.simulator import people, scenario
from smsgateway.web.simulator.feed import Event, TooManyWatchers
from smsgateway.web.simulator.outcomes import Outcome
from smsgateway.web.simulator.phones import NETWORKS, BadNumber, number_of
from smsgateway.web.simulator.simulator import Simulator
from smsgateway.web.simulator.ussd import GSM7_LIMIT, ClosedSession, UnknownSession, length_of

HEARTBEAT_S = 15.0
DEFAULT_CODE = "*384*1#"
"""What the page proposes to dial when no service code is configured."""

MAX_TEXT = 10_000
MAX_ENTRIES = 10_000
"""Entries of the ledger in one answer."""

_CODE = re.compile(r"[*#][0-9*#]{1,60}#", re.ASCII)


class BadInput(ValueError):
    """A request that cannot be understood; the message says why."""


def blueprint(simulator: Simulator) -> Blueprint:
    """The routes, playing on `simulator`."""
    routes = Blueprint("api", __name__, url_prefix="/simulator/api")
    _errors(routes)
    _settings(routes, simulator)
    _ussd(routes, simulator)
    _messages(routes, simulator)
    _ledger(routes, simulator)
    return routes


def _errors(routes: Blueprint) -> None:
    @routes.errorhandler(BadInput)
    @routes.errorhandler(BadNumber)
    @routes.errorhandler(people.PeopleError)
    @routes.errorhandler(scenario.ScenarioError)
    def bad(error: ValueError) -> ResponseReturnValue:
        return jsonify(error=str(error)), 400

    @routes.errorhandler(UnknownSession)
    def unknown(error: UnknownSession) -> ResponseReturnValue:
        return jsonify(error="there is no such session"), 404

    @routes.errorhandler(ClosedSession)
    def closed(error: ClosedSession) -> ResponseReturnValue:
        return jsonify(error="the session is over: dial again"), 410

    @routes.errorhandler(HTTPException)
    def other(error: HTTPException) -> ResponseReturnValue:
        return jsonify(error=error.description), error.code or 500


def _settings(routes: Blueprint, simulator: Simulator) -> None:
    config = simulator.config

    @routes.get("/config")
    def configuration() -> ResponseReturnValue:
        return jsonify(
            service_codes=config.service_codes or (DEFAULT_CODE,),
            short_code=config.short_code,
            networks=[{"code": code, "name": name} for code, name in NETWORKS.items()],
            ussd_limit=GSM7_LIMIT,
            idle_limit_s=config.ussd_idle_limit_s,
            session_limit_s=config.ussd_session_limit_s,
            ussd_wired=config.callbacks.ussd is not None,
        )

    @routes.get("/people")
    def people_listed() -> ResponseReturnValue:
        return jsonify(people=simulator.people_json())

    @routes.post("/people")
    def people_given() -> ResponseReturnValue:
        simulator.introduce(people.load(_json(list)))
        return jsonify(people=simulator.people_json())

    @routes.get("/scenario")
    def scenario_shown() -> ResponseReturnValue:
        return jsonify(_scenario_json(simulator.gateway.scenario))

    @routes.put("/scenario")
    def scenario_given() -> ResponseReturnValue:
        simulator.gateway.scenario = scenario.load(_json(dict))
        return jsonify(_scenario_json(simulator.gateway.scenario))

    @routes.post("/reset")
    def reset() -> ResponseReturnValue:
        _json(dict)
        simulator.reset()
        return "", 204


def _ussd(routes: Blueprint, simulator: Simulator) -> None:
    @routes.post("/ussd")
    def dial() -> ResponseReturnValue:
        data = _json(dict)
        phone, code = number_of(data.get("phone")), _text(data, "code")
        if not _CODE.fullmatch(code):
            raise BadInput("a USSD code looks like *384*1#")
        network = _text(data, "network", simulator.phones.network(phone))
        simulator.phones.join(phone, network)
        return jsonify(simulator.sessions.dial(phone, code, network))

    @routes.post("/ussd/<session_id>")
    def answer(session_id: str) -> ResponseReturnValue:
        return jsonify(simulator.sessions.answer(session_id, _text(_json(dict), "input")))

    @routes.post("/ussd/<session_id>/repeat")
    def repeat(session_id: str) -> ResponseReturnValue:
        _json(dict)
        return jsonify(simulator.sessions.repeat(session_id))

    @routes.delete("/ussd/<session_id>")
    def hang_up(session_id: str) -> ResponseReturnValue:
        simulator.sessions.hang_up(session_id)
        return "", 204


def _messages(routes: Blueprint, simulator: Simulator) -> None:
    @routes.get("/phones/<number>/messages")
    def messages(number: str) -> ResponseReturnValue:
        kept = simulator.phones.messages(number_of(number))
        return jsonify(messages=[message.as_json() for message in kept])

    @routes.post("/sms")
    def write() -> ResponseReturnValue:
        data = _json(dict)
        options = {key: _text(data, key) for key in ("to", "date") if key in data}
        if "id" in data:
            options["message_id"] = _text(data, "id")
        sender = data.get("from")
        phone = sender if data.get("alphanumeric") is True else number_of(sender)
        if not isinstance(phone, str):
            raise BadInput("from must be a text")
        return jsonify(
            simulator.gateway.write(phone, _text(data, "text"), **options).as_json()
        ), 201

    @routes.post("/opt-outs")
    def opt_out() -> ResponseReturnValue:
        data = _json(dict)
        sender = _text(data, "sender", simulator.config.short_code)
        simulator.gateway.opt_out(number_of(data.get("phone")), sender)
        return "", 202

    @routes.post("/measure")
    def measure() -> ResponseReturnValue:
        return jsonify(length_of(_text(_json(dict), "text")))

    @routes.get("/events")
    def events() -> ResponseReturnValue:
        try:
            stream = simulator.feed.watch(_last_event(), HEARTBEAT_S)
        except TooManyWatchers:
            abort(503, "too many pages watch the simulator")
        response = Response(_lines(stream), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        return response


def _ledger(routes: Blueprint, simulator: Simulator) -> None:
    @routes.get("/ledger")
    def ledger() -> ResponseReturnValue:
        book = simulator.gateway.ledger
        entries = book.entries(
            to=request.args.get("to"),
            after=request.args.get("after", 0, type=int),
            limit=min(max(request.args.get("limit", 1000, type=int), 0), MAX_ENTRIES),
        )
        return jsonify(book.summary() | {"entries": entries})

    @routes.get("/ledger/repeated")
    def repeated() -> ResponseReturnValue:
        return jsonify(repeated=simulator.gateway.ledger.repeated())


def _json(kind: type) -> Any:
    if request.mimetype != "application/json":
        raise BadInput("send application/json")
    data = request.get_json(silent=True)
    if not isinstance(data, kind):
        raise BadInput("the body is not the JSON that is expected")
    return data


def _text(data: dict[str, Any], key: str, default: str | None = None) -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise BadInput(f"{key} must be a text of at most {MAX_TEXT} characters")
    return value


def _scenario_json(plan: scenario.Scenario) -> dict[str, Any]:
    return {
        "default": plan.default,
        "numbers": dict(plan.numbers),
        "mix": dict(plan.mix),
        "latency_s": list(plan.latency_s),
        "outcomes": [_outcome_json(outcome) for outcome in plan.outcomes.values()],
    }


def _outcome_json(outcome: Outcome) -> dict[str, str | None]:
    return {"name": outcome.name, "meaning": outcome.meaning, "ending": outcome.ending}


def _last_event() -> int | None:
    given = request.headers.get("Last-Event-ID", request.args.get("after", ""))
    return int(given) if given.isdecimal() else None


def _lines(events: Iterator[Event | None]) -> Iterator[str]:
    """Server-sent events; a comment now and then keeps the line open and shows who has left."""
    yield "retry: 1000\n\n"
    for event in events:
        if event is None:
            yield ": still here\n\n"
        else:
            data = json.dumps(event.data, ensure_ascii=False)
            yield f"id: {event.number}\nevent: {event.kind}\ndata: {data}\n\n"
