"""Whether this process lives, whether the service can work, and its figures for Prometheus."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from smsgateway.messaging import channels
from smsgateway.messaging.states import State
from smsgateway.messaging.tables import message
from smsgateway.reminders.tables import clock_tick
from smsgateway.service import Service
from smsgateway.web.dialogue_metrics import DialogueFigures
from smsgateway.web.metrics import ClockFigures, MessageFigures

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What `/readyz` answers. Ages in seconds; None when there is nothing or it cannot be told."""

    sql: bool
    redis: bool
    oldest_due_age_s: float | None
    clock_tick_age_s: float | None
    channels_paused: Mapping[str, str] = field(default_factory=dict)
    """Why, by name. The service works on: what waits is sent when the channel opens."""
    ticks_age_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return self.sql and self.redis


def blueprint(service: Service) -> Blueprint:
    """`/healthz`, `/readyz` and `/metrics`; none of them shows personal data."""
    routes = Blueprint("health", __name__)
    registry = CollectorRegistry()
    registry.register(MessageFigures(service.database, service.clock))
    registry.register(ClockFigures(service.database, service.clock, service.settings))
    registry.register(DialogueFigures(service.database, service.clock))

    @routes.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return Response("ok", content_type="text/plain; charset=utf-8")

    @routes.get("/readyz")
    def readyz() -> ResponseReturnValue:
        now = look(service)
        body = {
            "ready": now.ready,
            "sql": now.sql,
            "redis": now.redis,
            "oldest_due_age_s": now.oldest_due_age_s,
            "clock_tick_age_s": now.clock_tick_age_s,
            "ticks_age_s": dict(now.ticks_age_s),
            "channels_paused": now.channels_paused,
        }
        return jsonify(body), 200 if now.ready else 503

    @routes.get("/metrics")
    def metrics() -> ResponseReturnValue:
        try:
            return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
        except SQLAlchemyError as error:
            logger.warning("no figures while SQL is down: %s", type(error).__name__)
            return Response("", 503)

    return routes


def look(service: Service) -> Readiness:
    """How the parts of the service are now."""
    now = service.clock.now()
    oldest = select(func.min(message.c.due_at)).where(
        message.c.state == State.QUEUED, message.c.due_at <= now
    )
    try:
        with service.database.read() as connection:
            due = connection.scalar(oldest)
            paused = channels.paused(connection)
            ticks = connection.execute(select(clock_tick.c.name, clock_tick.c.ticked_at)).all()
    except SQLAlchemyError:
        return Readiness(False, _redis_answers(service), None, None)
    ages = {name: (now - ticked_at).total_seconds() for name, ticked_at in ticks}
    return Readiness(
        True,
        _redis_answers(service),
        _age(due, now),
        min(ages.values(), default=None),
        paused,
        ages,
    )


def _redis_answers(service: Service) -> bool:
    try:
        return bool(service.redis.ping())
    except RedisError:
        return False


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else (now - moment).total_seconds()
