"""Messages that the service has to send during the torment, put straight into the outbox."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from smsgateway.messaging import outbox
from smsgateway.messaging.classes import MessageClass
from smsgateway.messaging.outbox import NewMessage
from smsgateway.register.phones import ensure_phones
from smsgateway.storage.engine import Database

TEMPLATE = "torture"

GOOD_FOR = timedelta(days=365)
"""Nothing of this may expire, however often the clock jumps."""


def write(
    database: Database,
    bodies: Mapping[str, str],
    now: datetime,
    draw: random.Random,
    classes: tuple[MessageClass, ...] = tuple(MessageClass),
) -> list[int]:
    """Queue a message to each number; the ids. A body comes to a number once."""
    with database.begin() as connection:
        phones = ensure_phones(connection, dict.fromkeys(bodies, "fr"), now)
        new = [
            NewMessage(
                dedupe_key=f"{TEMPLATE}:{msisdn}:{body}",
                message_class=draw.choice(classes),
                phone_id=phones[msisdn],
                msisdn=msisdn,
                language="fr",
                template=TEMPLATE,
                body=body,
                encoding="gsm7",
                segments=1,
                due_at=now,
                expires_at=now + GOOD_FOR,
            )
            for msisdn, body in bodies.items()
        ]
        return outbox.add(connection, new, now)
