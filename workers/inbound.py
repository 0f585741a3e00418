"""The jobs behind the webhooks: what was stored while the aggregator waited is worked on here."""

from __future__ import annotations

from smsgateway.messaging import inbound, receipts
from workers.process import current


def answer() -> None:
    """Act on the inbound SMS that wait, and send the answers at once."""
    process = current()
    process.bell.answered("workers.inbound.answer")
    while not process.stopping.is_set():
        done = process.inbox.answer_stored(process.service.clock.now())
        process.bell.ring_each(done.rings)
        if done.message_ids:
            for sender in process.senders.values():
                sender.send(done.message_ids)
        if done.handled < inbound.LIMIT:
            return


def settle_receipts() -> None:
    """Settle the delivery reports that wait."""
    process = current()
    process.bell.answered("workers.inbound.settle_receipts")
    service = process.service
    while not process.stopping.is_set():
        if receipts.settle_parked(service.database, service.clock.now()) < receipts.LIMIT:
            return
