"""The jobs that hand messages over. The queue tells them when; SQL tells them what."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from smsgateway.gateway_settings import MAIN_CHANNEL
from smsgateway.messaging import channels, fallback
from smsgateway.messaging.bell import QueueName
from workers.process import Process, current

logger = logging.getLogger(__name__)


def send_messages(message_ids: Sequence[int], channel: str = MAIN_CHANNEL) -> None:
    """Hand over these messages now, as far as they are due and not taken."""
    process = current()
    tried = process.senders[channel].send(message_ids)
    logger.info("tried %d of %d messages", tried, len(message_ids))
    if tried < len(message_ids) or process.senders[channel].rerouted:
        _fall_back(process, channel, QueueName.REPLIES)


def drain(channel: str = MAIN_CHANNEL) -> None:
    """Hand over everything that is due."""
    process = current()
    process.bell.answered("workers.sending.drain", channel)
    if process.senders[channel].drain():
        process.bell.ring(QueueName.SENDING, channel=channel)
    _fall_back(process, channel, QueueName.SENDING)


def _fall_back(process: Process, channel: str, queue: QueueName) -> None:
    """Let another channel take what this one has no route for, and what waits while it stays
    closed, where a setting says so."""
    service = process.service
    other = service.settings.fallbacks.get(channel)
    if other is None:
        return
    sender = process.senders[channel]
    rerouted, sender.rerouted = sender.rerouted, []
    _take_over(process, rerouted, channel, other, queue)
    while True:
        with service.database.begin() as connection:
            moved = fallback.divert(connection, channel, other, service.clock.now())
        _take_over(process, moved, channel, other, queue)
        if len(moved) < fallback.LIMIT:
            return


def _take_over(
    process: Process, moved: Sequence[int], channel: str, other: str, queue: QueueName
) -> None:
    if moved:
        logger.warning("%d messages go from %s to %s", len(moved), channel, other)
        process.bell.ring(queue, moved if queue is QueueName.REPLIES else None, other)


def start() -> None:
    """What the sending worker does first: settings are fresh, so channels that waited for a person
    are tried again, and what became due while nobody worked is handed over."""
    process = current()
    with process.service.database.begin() as connection:
        channels.resume_misconfigured(connection)
    for channel in process.senders:
        process.bell.ring(QueueName.SENDING, channel=channel)
