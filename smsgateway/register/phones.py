"""Phone lines: the language their users chose, and whether they want messages at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, or_, select, update

from smsgateway.register.changes import mark_phone
from smsgateway.register.tables import phone
from smsgateway.storage.upsert import insert_new
from smsgateway.text.orthography import Policy

NO_DOUBT = timedelta()


@dataclass(frozen=True)
class PhoneProfile:
    """What is known of a line. `language` is None until its user has chosen one, `encoding` unless
    its user wants another than the usual one (text.orthography.Policy)."""

    id: int
    language: str | None
    opted_out: bool
    encoding: str | None = None


_BY_NUMBER = select(
    phone.c.id,
    phone.c.language,
    phone.c.encoding,
    phone.c.opted_out_at.is_not(None).label("opted_out"),
).where(phone.c.msisdn == bindparam("msisdn"))


def profile(connection: Connection, msisdn: str) -> PhoneProfile | None:
    """The line with this number (E.164), or None when it was never seen."""
    row = connection.execute(_BY_NUMBER, {"msisdn": msisdn}).one_or_none()
    return PhoneProfile(row.id, row.language, bool(row.opted_out), row.encoding) if row else None


def ensure_phone(
    connection: Connection, msisdn: str, now: datetime, language: str | None = None
) -> int:
    """The id of the line with this number, made when it is new.

    `language` is what others say about the line: it never replaces one that is known.
    """
    connection.execute(
        insert_new(connection, phone),
        {"msisdn": msisdn, "language": language, "created_at": now},
    )
    row = connection.execute(_BY_NUMBER, {"msisdn": msisdn}).one()
    if language and row.language is None:
        connection.execute(update(phone).where(phone.c.id == row.id).values(language=language))
    return int(row.id)


def set_language(connection: Connection, msisdn: str, language: str, now: datetime) -> None:
    """Remember the language that the user of the line has chosen."""
    phone_id = ensure_phone(connection, msisdn, now)
    connection.execute(update(phone).where(phone.c.id == phone_id).values(language=language))


def set_encoding(
    connection: Connection, msisdn: str, encoding: Policy | None, now: datetime
) -> None:
    """Remember in which letters the user of the line wants messages; None: as everybody."""
    phone_id = ensure_phone(connection, msisdn, now)
    connection.execute(update(phone).where(phone.c.id == phone_id).values(encoding=encoding))


def opt_out(
    connection: Connection,
    msisdn: str,
    now: datetime,
    *,
    said_at: datetime | None = None,
    doubt: timedelta = NO_DOUBT,
) -> bool:
    """Stop all messages but answers, as the user said at `said_at` (now when it is left out).

    False when the user has taken messages up again since: a refusal that was delayed on its way is
    over by then. Where the two are as close as `doubt`, it holds.
    """
    said_at = said_at or now
    phone_id = ensure_phone(connection, msisdn, now)
    refused = connection.execute(
        update(phone)
        .where(phone.c.id == phone_id)
        .where(or_(phone.c.opted_in_at.is_(None), phone.c.opted_in_at <= said_at + doubt))
        .values(
            opted_out_at=case((phone.c.opted_out_at > said_at, phone.c.opted_out_at), else_=said_at)
        )
    )
    mark_phone(connection, phone_id, now)
    return bool(refused.rowcount)


def opt_in(
    connection: Connection, msisdn: str, now: datetime, *, said_at: datetime | None = None
) -> bool:
    """Take messages up again, as the user said at `said_at`; False when there was a refusal
    since."""
    said_at = said_at or now
    phone_id = ensure_phone(connection, msisdn, now)
    resumed = connection.execute(
        update(phone)
        .where(phone.c.id == phone_id)
        .where(or_(phone.c.opted_out_at.is_(None), phone.c.opted_out_at <= said_at))
        .values(opted_out_at=None, opted_in_at=said_at)
    )
    mark_phone(connection, phone_id, now)
    return bool(resumed.rowcount)


def ensure_phones(
    connection: Connection, languages: Mapping[str, str | None], now: datetime
) -> dict[str, int]:
    """`ensure_phone` for many: numbers with what others say of their language -> ids."""
    if not languages:
        return {}
    connection.execute(
        insert_new(connection, phone),
        [{"msisdn": m, "language": lang, "created_at": now} for m, lang in languages.items()],
    )
    query = select(phone.c.id, phone.c.msisdn, phone.c.language)
    rows = connection.execute(query.where(phone.c.msisdn.in_(languages))).all()
    unknown = [
        {"phone_id": row.id, "spoken": languages[row.msisdn]}
        for row in rows
        if row.language is None and languages[row.msisdn]
    ]
    if unknown:
        connection.execute(
            update(phone)
            .where(phone.c.id == bindparam("phone_id"))
            .values(language=bindparam("spoken")),
            unknown,
        )
    return {row.msisdn: row.id for row in rows}
