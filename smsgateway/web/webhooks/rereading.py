"""Reading again what could not be read: after a correction, or once a channel is there."""

from __future__ import annotations

from collections.abc import Mapping

from smsgateway.aggregators.base import Aggregator, RawRequest, UnusableCallback
from smsgateway.messaging import unread
from smsgateway.service import Service
from smsgateway.web.webhooks.readings import READ, Callback, Kind, Reading

BATCH = 100


def reread(service: Service, aggregators: Mapping[str, Aggregator]) -> int:
    """Take in the unread callbacks that can be read by now; how many. The others stay.

    The clock finds them within seconds: nobody is woken for them.
    """
    after, taken = 0, 0
    while True:
        with service.database.read() as connection:
            batch = unread.take(connection, after, BATCH)
        for unread_id, one in batch:
            reading = _read(one, aggregators, service.settings.sms_numbers)
            if reading is not None:
                taken += _store(service, unread_id, reading)
            after = unread_id
        if len(batch) < BATCH:
            return taken


def _read(
    one: unread.Unread, aggregators: Mapping[str, Aggregator], ours: frozenset[str]
) -> Reading | None:
    """What it says by now; None when it still says nothing."""
    if one.channel not in aggregators:
        return None
    kind = Kind(one.kind)
    request = RawRequest(one.content_type, one.body, one.query)
    callback = Callback(kind, one.channel, request, one.received_at)
    try:
        return READ[kind](aggregators[one.channel], callback, ours)
    except UnusableCallback:
        return None


def _store(service: Service, unread_id: int, reading: Reading) -> bool:
    """Whether this process was the first to take it in."""
    with service.database.begin() as connection:
        if not unread.forget(connection, unread_id):
            return False
        reading.store(connection, reading.rows)
    return True
