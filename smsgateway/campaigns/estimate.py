"""What a bulk message would be, before anybody sends it: people, segments, an example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from smsgateway.campaigns.audiences import AUDIENCES
from smsgateway.campaigns.notices import NOTICES, Written, write
from smsgateway.campaigns.tables import campaign
from smsgateway.messaging.tables import message
from smsgateway.register import facilities
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.routes import Routes


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
    routes: Routes,
    facility_id: int,
    audience: str,
    template: str,
    today: date,
) -> list[Written]:
    """Every message of a campaign as it would go out today; a phone to which the facility has
    sent this notice today already is left out.

    Raises KeyError for an audience, a notice or a facility that does not exist.
    """
    facility = facilities.by_ids(connection, [facility_id])[facility_id]
    done = _written_to(connection, facility_id, template, today)
    asked = AUDIENCES[audience](connection, facility_id, today)
    recipients = [one for one in asked if one.phone_id not in done]
    return write(NOTICES[template], catalogue, routes, facility, recipients)


def _written_to(connection: Connection, facility_id: int, template: str, today: date) -> set[int]:
    """Phones to which the facility has written with this notice today."""
    query = (
        select(message.c.phone_id)
        .join_from(message, campaign, campaign.c.id == message.c.campaign_id)
        .where(
            campaign.c.facility_id == facility_id,
            campaign.c.template == template,
            campaign.c.on_date == today,
        )
    )
    return set(connection.scalars(query))


def estimate(
    connection: Connection,
    catalogue: Catalogue,
    routes: Routes,
    facility_id: int,
    audience: str,
    template: str,
    today: date,
) -> Estimate:
    """What the campaign would cost and say. Raises as `prepare` does."""
    written = prepare(connection, catalogue, routes, facility_id, audience, template, today)
    by_language: Counter[str] = Counter()
    for one in written:
        by_language[one.recipient.language] += one.rendered.segments
    return Estimate(
        recipients=len(written),
        segments=by_language.total(),
        segments_by_language=by_language,
        sample=written[0].rendered.body if written else "",
    )
