"""The USSD callback: always 200 with a screen, whatever happens behind it."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from smsgateway.aggregators.base import RawRequest, UnusableCallback
from smsgateway.aggregators.registry import USSD_PORTS, aggregators_of
from smsgateway.aggregators.ussd import UssdPort
from smsgateway.dialogue.application import Application
from smsgateway.dialogue.session import Reply
from smsgateway.service import Service
from smsgateway.sessions.handlers import HANDLERS
from smsgateway.sessions.turn import OTHER_CODE, UNAVAILABLE, Turns
from smsgateway.web.webhooks.gate import PREFIX, guarded

logger = logging.getLogger(__name__)


def blueprint(service: Service, application: Application) -> Blueprint:
    """The routes for USSD steps."""
    turns = Turns(service, application, HANDLERS)
    routes = Blueprint("ussd", __name__)
    codes = service.settings.ussd_service_codes
    served = {channel: one.name for channel, one in aggregators_of(service.settings).items()}

    @routes.post(f"{PREFIX}/ussd")
    @guarded(service.settings.webhook_tokens, frozenset(USSD_PORTS))
    def step(aggregator: str, channel: str) -> ResponseReturnValue:
        if served.get(channel) != aggregator:
            abort(404)
        port = USSD_PORTS[aggregator]
        try:
            turn = port.read_turn(
                RawRequest(request.content_type or "", request.get_data()), channel
            )
        except UnusableCallback as error:
            logger.warning("a USSD callback was unusable: %s", error)
            return _respond(port, turns.refuse(UNAVAILABLE))
        if codes and turn.service_code not in codes:
            return _respond(port, turns.refuse(OTHER_CODE))
        return _respond(port, turns.answer(turn))

    @routes.errorhandler(RequestEntityTooLarge)
    def too_large(_: RequestEntityTooLarge) -> ResponseReturnValue:
        return Response("", 413)

    return routes


def _respond(port: UssdPort, reply: Reply) -> Response:
    answer = port.answer(reply.text, final=reply.final, screen=reply.screen)
    return Response(answer.body, headers=dict(answer.headers), content_type=answer.content_type)
