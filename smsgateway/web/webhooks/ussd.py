"""The USSD callback: always 200 with CON or END, whatever happens behind it."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from smsgateway.dialogue.application import Application
from smsgateway.dialogue.session import Reply
from smsgateway.messaging.outbox import MAIN_CHANNEL
from smsgateway.service import Service
from smsgateway.sessions.handlers import HANDLERS
from smsgateway.sessions.turn import OTHER_CODE, UNAVAILABLE, Turns, UssdTurn
from smsgateway.text.msisdn import InvalidMsisdn, parse_msisdn
from smsgateway.web.webhooks.gate import PREFIX, guarded

logger = logging.getLogger(__name__)

AGGREGATORS = frozenset({"africastalking"})
HOP_METADATA = "at-ussd-hop-metadata"


class UnusableCallback(ValueError):
    """A callback without what a turn needs."""


def blueprint(service: Service, application: Application) -> Blueprint:
    """The routes for USSD steps."""
    turns = Turns(service, application, HANDLERS)
    routes = Blueprint("ussd", __name__)
    codes = service.settings.ussd_service_codes

    @routes.post(f"{PREFIX}/ussd")
    @guarded(service.settings.webhook_tokens, AGGREGATORS)
    def step(aggregator: str, channel: str) -> ResponseReturnValue:
        if channel != MAIN_CHANNEL:
            abort(404)
        try:
            turn = _read(request.form, aggregator, channel)
        except UnusableCallback as error:
            logger.warning("a USSD callback was unusable: %s", error)
            return _respond(turns.refuse(UNAVAILABLE))
        if codes and turn.service_code not in codes:
            return _respond(turns.refuse(OTHER_CODE))
        return _respond(turns.answer(turn))

    @routes.errorhandler(RequestEntityTooLarge)
    def too_large(_: RequestEntityTooLarge) -> ResponseReturnValue:
        return Response("", 413)

    return routes


def _read(form: Mapping[str, str], aggregator: str, channel: str) -> UssdTurn:
    """Africa's Talking's form fields. Raises UnusableCallback; `text` may be absent or empty."""
    try:
        session_id = form["sessionId"]
        msisdn = parse_msisdn(form["phoneNumber"])
    except KeyError as error:
        raise UnusableCallback(f"no field {error.args[0]}") from None
    except InvalidMsisdn:
        raise UnusableCallback("phoneNumber is no phone number") from None
    if not 0 < len(session_id) <= 80:
        raise UnusableCallback("sessionId is empty or too long")
    return UssdTurn(
        aggregator=aggregator,
        channel=channel,
        session_id=session_id,
        msisdn=msisdn,
        service_code=form.get("serviceCode", ""),
        network_code=form.get("networkCode", ""),
        text=form.get("text", ""),
    )


def _respond(reply: Reply) -> Response:
    verb = "END" if reply.final else "CON"
    response = Response(f"{verb} {reply.text}", content_type="text/plain; charset=utf-8")
    if reply.screen:
        response.headers[HOP_METADATA] = reply.screen
    return response
