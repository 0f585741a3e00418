"""What a file's family is told by SMS: its status when asked, and each change that it waits for.

A watch is stepped forward in the transaction that writes its message, whose key names the watch
and the change: a crash, or a second clock, tells nobody the same change twice.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from smsgateway.enrolment import lookup
from smsgateway.enrolment.lookup import EnrolmentFile
from smsgateway.enrolment.tables import enrolment_history, enrolment_watch
from smsgateway.enrolment.wording import STATUS_WORDS
from smsgateway.messaging import outbox
from smsgateway.messaging.outbox import NewMessage
from smsgateway.messaging.templates import TEMPLATES
from smsgateway.register.tables import phone
from smsgateway.storage.engine import Database
from smsgateway.storage.upsert import insert_new
from smsgateway.text.catalogue import SOURCE, Catalogue
from smsgateway.text.routes import Routes
from smsgateway.text.templates import Rendered, render

BATCH = 500

LIFETIME = timedelta(days=3)
"""News that could not be sent for so long are left to the next change, or to whoever asks."""


def send_status(
    connection: Connection,
    catalogue: Catalogue,
    routes: Routes,
    *,
    enrolment_id: int,
    phone_id: int,
    language: str,
    today: date,
    now: datetime,
    idempotency_key: str,
) -> list[int]:
    """Write the SMS that tells a caller the status of a file that was proved; its id."""
    file = lookup.by_id(connection, enrolment_id)
    if file is None:
        return []
    line = connection.execute(select(phone).where(phone.c.id == phone_id)).one()
    rendered = _render("enr_status", file, catalogue, routes, line, language, today)
    message = outbox.reply(
        rendered,
        dedupe_key=f"enr_status:{idempotency_key}",
        phone_id=phone_id,
        msisdn=line.msisdn,
        language=language,
        template="enr_status",
        now=now,
    )
    return outbox.add(connection, [message], now)


def watch(
    connection: Connection, enrolment_id: int, phone_id: int, language: str, now: datetime
) -> None:
    """Tell this line of every change of a file's status from now on. Asked again, it stays one."""
    latest = select(func.coalesce(func.max(enrolment_history.c.id), 0)).where(
        enrolment_history.c.enrolment_id == enrolment_id
    )
    connection.execute(
        insert_new(connection, enrolment_watch),
        {
            "enrolment_id": enrolment_id,
            "phone_id": phone_id,
            "language": language,
            "seen_history_id": connection.scalar(latest),
            "created_at": now,
        },
    )


def tell_changes(
    database: Database,
    catalogue: Catalogue,
    routes: Routes,
    today: date,
    now: datetime,
    limit: int = BATCH,
) -> int:
    """Write the messages of up to `limit` watched files that have changed; how many were looked at.

    Several changes since the last time are told as one, the latest. A line that said STOP is
    watched for no more. Ring when it is not zero.
    """
    with database.begin() as connection:
        rows = connection.execute(_CHANGED.limit(limit)).all()
        stopped = [row.id for row in rows if row.opted_out_at is not None]
        connection.execute(delete(enrolment_watch).where(enrolment_watch.c.id.in_(stopped)))
        messages = []
        for row in rows:
            if row.id in stopped:
                continue
            connection.execute(
                update(enrolment_watch)
                .where(enrolment_watch.c.id == row.id)
                .values(seen_history_id=row.latest)
            )
            file = lookup.by_id(connection, row.enrolment_id)
            if file is not None and row.seen_status != file.status:
                messages.append(_change(row, file, catalogue, routes, today, now))
        outbox.add(connection, messages, now)
    return len(rows)


_LATEST = (
    select(func.max(enrolment_history.c.id))
    .where(enrolment_history.c.enrolment_id == enrolment_watch.c.enrolment_id)
    .scalar_subquery()
)
_SEEN_STATUS = (
    select(enrolment_history.c.status)
    .where(enrolment_history.c.id == enrolment_watch.c.seen_history_id)
    .scalar_subquery()
)
_CHANGED = (
    select(
        enrolment_watch,
        _LATEST.label("latest"),
        _SEEN_STATUS.label("seen_status"),
        phone.c.msisdn,
        phone.c.language.label("spoken"),
        phone.c.encoding,
        phone.c.opted_out_at,
    )
    .join_from(enrolment_watch, phone, phone.c.id == enrolment_watch.c.phone_id)
    .where(enrolment_watch.c.seen_history_id < _LATEST)
    .order_by(enrolment_watch.c.id)
    .with_for_update(of=enrolment_watch, skip_locked=True)
)


def _change(
    row: Row[Any],
    file: EnrolmentFile,
    catalogue: Catalogue,
    routes: Routes,
    today: date,
    now: datetime,
) -> NewMessage:
    language = row.spoken or row.language or SOURCE
    rendered = _render("enr_changed", file, catalogue, routes, row, language, today)
    return NewMessage(
        dedupe_key=f"enr_changed:{row.id}:{row.latest}",
        message_class=TEMPLATES["enr_changed"].message_class,
        phone_id=row.phone_id,
        msisdn=row.msisdn,
        language=language,
        template="enr_changed",
        body=rendered.body,
        encoding=rendered.encoding,
        segments=rendered.segments,
        due_at=now,
        expires_at=now + LIFETIME,
    )


def _render(
    template: str,
    file: EnrolmentFile,
    catalogue: Catalogue,
    routes: Routes,
    line: Row[Any],
    language: str,
    today: date,
) -> Rendered:
    """`line` is a row with the number and the encoding its user asked for."""
    values = {
        "name": file.first_name,
        "scheme": file.scheme,
        "status": catalogue.text(STATUS_WORDS[file.status_on(today)], language),
    }
    policy = routes.policy_for(line.msisdn, line.encoding)
    return render(TEMPLATES[template], catalogue, language, values, policy)
