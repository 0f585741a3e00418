"""The callbacks for SMS, and the end of USSD sessions: kept first, answered at once, worked later.

200 once the payload is on disk; 400 when it is there too and nothing in it could be used; 404 for a
wrong token or channel; 413 over the limit; 429 when receipts or ends of sessions of one number come
too often; 503 when it can be kept nowhere. What a person sends, an SMS or a STOP, is never put off.
"""

from __future__ import annotations

import logging
from functools import partial

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from smsgateway.aggregators.base import RawRequest
from smsgateway.aggregators.registry import aggregators_of
from smsgateway.service import Service
from smsgateway.web.webhooks.gate import PREFIX, guarded
from smsgateway.web.webhooks.intake import Intake, TooMany
from smsgateway.web.webhooks.readings import Callback, Kind

logger = logging.getLogger(__name__)

RETRY_AFTER_S = 30


def blueprint(service: Service) -> Blueprint:
    """The routes of `Kind`, for the aggregators of `service`."""
    aggregators = aggregators_of(service.settings)
    intake = Intake(service, aggregators)
    names = frozenset(aggregator.name for aggregator in aggregators.values())

    def receive(kind: Kind, aggregator: str, channel: str) -> ResponseReturnValue:
        if channel not in aggregators or aggregators[channel].name != aggregator:
            abort(404)
        if request.method != "POST" and not aggregators[channel].capabilities.callbacks_by_get:
            abort(405)
        query = request.query_string.decode("ascii", "replace")
        raw = RawRequest(request.content_type or "", request.get_data(), query)
        try:
            usable = intake.take(Callback(kind, channel, raw, service.clock.now()))
        except TooMany:
            return _later(429)
        except OSError:
            logger.exception("a callback could be kept nowhere")
            return _later(503)
        if not usable:
            return Response("nothing in this callback could be used", 400, mimetype="text/plain")
        ack = aggregators[channel].ack()
        return Response(ack.body, ack.status, content_type=ack.content_type)

    routes = Blueprint("sms", __name__)
    behind_token = guarded(service.settings.webhook_tokens, names)
    for kind in Kind:
        view = behind_token(partial(receive, kind))
        routes.add_url_rule(f"{PREFIX}/{kind}", kind, view, methods=["GET", "POST"])
    routes.register_error_handler(RequestEntityTooLarge, _too_large)
    return routes


def _later(status: int) -> Response:
    return Response("", status, headers={"Retry-After": str(RETRY_AFTER_S)})


def _too_large(_: RequestEntityTooLarge) -> Response:
    return Response("", 413)
