"""Opening a channel again when its account has money: asked of the gateway, outside SQL."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from smsgateway.aggregators.base import Aggregator
from smsgateway.messaging import channels
from smsgateway.messaging.port import ChannelClosed, OutOfCredit
from smsgateway.storage.engine import Database

logger = logging.getLogger(__name__)


def resume_refilled(database: Database, aggregators: Mapping[str, Aggregator]) -> list[str]:
    """Resume the channels that were out of credit and have a balance now; their names.

    One whose gateway does not tell its balance is tried with a message now and then instead.
    """
    with database.read() as connection:
        paused = channels.paused(connection)
    empty = [name for name, reason in paused.items() if reason == OutOfCredit.reason]
    refilled = [name for name in empty if name in aggregators and _has_money(aggregators[name])]
    for name in refilled:
        with database.begin() as connection:
            channels.resume_after(connection, name, OutOfCredit.reason)
        logger.info("channel %s has a balance again and is resumed", name)
    return refilled


def _has_money(aggregator: Aggregator) -> bool:
    try:
        balance = aggregator.balance()
    except ChannelClosed as refusal:
        logger.warning("the balance at %s cannot be asked: %s", aggregator.name, refusal.reason)
        return False
    return balance is not None and balance.amount > 0
