"""The jobs behind the webhooks: what was stored while the aggregator waited is worked on here."""

from __future__ import annotations

from smsgateway.messaging import inbound, receipts
from smsgateway.messaging.answers import Contact
from smsgateway.service import Service
from workers.process import current


def answer() -> None:
    """Act on the inbound SMS that wait, and have the answers sent at once."""
    process = current()
    process.bell.answered("workers.inbound.answer")
    message_ids = answer_stored(process.service)
    if message_ids:
        for sender in process.senders.values():
            sender.send(message_ids)


def settle_receipts() -> None:
    """Settle the delivery reports that wait."""
    process = current()
    process.bell.answered("workers.inbound.settle_receipts")
    service = process.service
    while not process.stopping.is_set():
        if receipts.settle_parked(service.database, service.clock.now()) < receipts.LIMIT:
            return


def answer_stored(service: Service) -> list[int]:
    """Write the answers to inbound SMS; the ids of the messages to send. The clock does it too."""
    return inbound.answer_stored(
        service.database, service.catalogue, Contact.of(service.settings), service.clock.now()
    )
