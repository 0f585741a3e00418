"""What a bulk message would be, before anybody sends it: people, segments, an example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from smsgateway.campaigns.audiences import AUDIENCES
from smsgateway.campaigns.notices import NOTICES, Written, write
from smsgateway.register import facilities
from smsgateway.text.catalogue import Catalogue


@dataclass(frozen=True)
class Estimate:
    """The cost is exact: every message was rendered. `sample` is the first of them, "" for none."""

    recipients: int
    segments: int
    segments_by_language: Mapping[str, int]
    sample: str


def prepare(
    connection: Connection,
    catalogue: Catalogue,
    facility_id: int,
    audience: str,
    template: str,
    today: date,
) -> list[Written]:
    """Every message of a campaign as it would go out today.

    Raises KeyError for an audience, a notice or a facility that does not exist.
    """
    facility = facilities.by_ids(connection, [facility_id])[facility_id]
    recipients = AUDIENCES[audience](connection, facility_id, today)
    return write(NOTICES[template], catalogue, facility.name, recipients)


def estimate(
    connection: Connection,
    catalogue: Catalogue,
    facility_id: int,
    audience: str,
    template: str,
    today: date,
) -> Estimate:
    """What the campaign would cost and say. Raises as `prepare` does."""
    messages = prepare(connection, catalogue, facility_id, audience, template, today)
    by_language: Counter[str] = Counter()
    for message in messages:
        by_language[message.recipient.language] += message.rendered.segments
    return Estimate(
        recipients=len(messages),
        segments=by_language.total(),
        segments_by_language=by_language,
        sample=messages[0].rendered.body if messages else "",
    )
