"""Sending a bulk message: campaign, messages and the worker's reference in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from smsgateway.campaigns.audiences import week_ahead
from smsgateway.campaigns.estimate import prepare
from smsgateway.campaigns.notices import Written
from smsgateway.campaigns.references import new_reference
from smsgateway.campaigns.tables import campaign
from smsgateway.messaging import outbox
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.tables import message
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.register.tables import phone
from smsgateway.staff import audit
from smsgateway.staff.roles import Role
from smsgateway.staff.tables import staff
from smsgateway.storage.upsert import insert_new
from smsgateway.text.catalogue import SOURCE, Catalogue
from smsgateway.text.routes import Routes
from smsgateway.text.templates import render


class NotAllowed(PermissionError):
    """A worker may send notices for the own facility alone, and only some posts may at all."""


@dataclass(frozen=True)
class Campaign:
    """A campaign that was launched. `reply_ids` is the reference SMS for the worker."""

    id: int
    reference: str
    notice_ids: list[int]
    reply_ids: list[int]

    @property
    def message_ids(self) -> list[int]:
        """The reference SMS, then the notices. All of them, whatever has become of them since."""
        return [*self.reply_ids, *self.notice_ids]


def launch(
    connection: Connection,
    catalogue: Catalogue,
    routes: Routes,
    *,
    staff_id: int,
    facility_id: int,
    audience: str,
    template: str,
    today: date,
    now: datetime,
    idempotency_key: str,
) -> Campaign:
    """Write a campaign and its messages; the caller commits, then rings the bell.

    The same key gives the same campaign and writes nothing new. Another key on the same day leaves
    out the phones that have had this notice of the facility today, and when two launches run at
    once, each phone gets the notice of one of them: `campaign.recipients` counts what was written.
    Raises NotAllowed, and KeyError for an audience, a notice or a facility that does not exist.
    """
    if known := _launched(connection, idempotency_key):
        return known
    worker = _worker(connection, staff_id, facility_id)
    written = prepare(connection, catalogue, routes, facility_id, audience, template, today)
    row = _insert(
        connection,
        {
            "idempotency_key": idempotency_key,
            "facility_id": facility_id,
            "staff_id": staff_id,
            "audience": audience,
            "template": template,
            "on_date": today,
            "recipients": 0,
            "segments": 0,
            "created_at": now,
        },
    )
    if row is None:
        known = _launched(connection, idempotency_key)
        assert known is not None, "only the key can be in the way of an insert"
        return known
    notice_ids = outbox.add(connection, _notices(written, row, now), now)
    _count(connection, row.id)
    subject, details = f"campaign:{row.id}", {"recipients": len(notice_ids)}
    audit.record(
        connection, "campaign.launched", now, staff_id=staff_id, subject=subject, details=details
    )
    reply = _reference(catalogue, routes, worker, row, len(notice_ids), now)
    return Campaign(
        id=row.id,
        reference=row.reference,
        reply_ids=outbox.add(connection, [reply], now),
        notice_ids=notice_ids,
    )


def _worker(connection: Connection, staff_id: int, facility_id: int) -> Row[Any]:
    query = (
        select(staff.c.facility_id, staff.c.role, staff.c.locked_at)
        .add_columns(
            phone.c.id.label("phone_id"), phone.c.msisdn, phone.c.language, phone.c.encoding
        )
        .join_from(staff, phone, phone.c.id == staff.c.phone_id)
        .where(staff.c.id == staff_id)
    )
    worker = connection.execute(query).one_or_none()
    if worker is None or worker.locked_at is not None or worker.facility_id != facility_id:
        raise NotAllowed("This worker may not send for this facility.")
    if not Role(worker.role).may_send_notices:
        raise NotAllowed("This post may not send notices.")
    return worker


def _insert(connection: Connection, values: dict[str, Any]) -> Row[Any] | None:
    """The new campaign, under a reference that is free; None when its key is taken."""
    statement = insert_new(connection, campaign).returning(campaign)
    taken = select(campaign.c.id).where(campaign.c.idempotency_key == values["idempotency_key"])
    while True:
        row = connection.execute(statement, values | {"reference": new_reference()}).one_or_none()
        if row is not None or connection.execute(taken).one_or_none() is not None:
            return row


def _count(connection: Connection, campaign_id: int) -> None:
    """Keep what was really written: one launch at the same time may have had some of the phones."""
    mine = message.c.campaign_id == campaign_id
    connection.execute(
        update(campaign)
        .where(campaign.c.id == campaign_id)
        .values(
            recipients=select(func.count()).where(mine).scalar_subquery(),
            segments=select(func.coalesce(func.sum(message.c.segments), 0))
            .where(mine)
            .scalar_subquery(),
        )
    )


def _launched(connection: Connection, idempotency_key: str) -> Campaign | None:
    query = select(campaign.c.id, campaign.c.reference)
    row = connection.execute(
        query.where(campaign.c.idempotency_key == idempotency_key)
    ).one_or_none()
    if row is None:
        return None
    notices = select(message.c.id).where(message.c.campaign_id == row.id).order_by(message.c.id)
    reply = select(message.c.id).where(message.c.dedupe_key == _reference_key(row.id))
    return Campaign(
        row.id,
        row.reference,
        list(connection.execute(notices).scalars()),
        list(connection.execute(reply).scalars()),
    )


def _notices(written: Sequence[Written], row: Row[Any], now: datetime) -> list[NewMessage]:
    """One message for each phone, good until the seven days are over; its key lets a phone have
    a notice of a facility once a day.

    The last midnight is that of UTC, which is Mali's. West of it the last hours of the seventh day
    are lost; east of it a notice that waited so long may go out in the morning after.
    """
    after = week_ahead(row.on_date) + timedelta(days=1)
    expires_at = datetime.combine(after, time.min, UTC)
    return [
        NewMessage(
            dedupe_key=_notice_key(row, one.recipient.phone_id),
            message_class=one.template.message_class,
            phone_id=one.recipient.phone_id,
            msisdn=one.recipient.msisdn,
            language=one.recipient.language,
            template=one.template.id,
            body=one.rendered.body,
            encoding=one.rendered.encoding,
            segments=one.rendered.segments,
            due_at=now,
            expires_at=expires_at,
            campaign_id=row.id,
            facility_id=row.facility_id,
        )
        for one in written
    ]


def _notice_key(row: Row[Any], phone_id: int) -> str:
    return f"notice:{row.template}:{row.facility_id}:{phone_id}:{row.on_date:%Y%m%d}"


def _reference_key(campaign_id: int) -> str:
    return f"campaign:{campaign_id}:reference"


def _reference(
    catalogue: Catalogue,
    routes: Routes,
    worker: Row[Any],
    row: Row[Any],
    recipients: int,
    now: datetime,
) -> NewMessage:
    """The SMS that tells the worker how many it went to, and the reference."""
    template = TEMPLATES["staff_bulk_sent"]
    language = worker.language or SOURCE
    values = {"n": recipients, "ref": row.reference}
    policy = routes.policy_for(worker.msisdn, worker.encoding)
    rendered = render(template, catalogue, language, values, policy)
    return outbox.reply(
        rendered,
        dedupe_key=_reference_key(row.id),
        phone_id=worker.phone_id,
        msisdn=worker.msisdn,
        language=language,
        template=template.id,
        now=now,
    )
