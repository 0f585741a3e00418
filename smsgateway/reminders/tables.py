"""Visits that are expected, and the reminders that rules have made of them."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc

visit = Table(
    "visit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("facility_id", ForeignKey("facility.id"), nullable=False),
    Column("calendar", String(12), nullable=False),
    Column("occurrence", Integer, nullable=False, server_default="1"),
    Column("visit_date", Date, nullable=False),
    Column("doses", String(200), nullable=False),
    Column("state", String(10), nullable=False),
    Column("review_on", Date),
    Column("seen_on", Date),
    Column("escalated_at", Utc),
    Column("made_with", String(84), nullable=False),
    Column("planned_at", Utc, nullable=False),
    Index(
        "uq_visit_open",
        "person_id",
        "calendar",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index("ix_visit_facility_date", "facility_id", "visit_date"),
    Index(
        "ix_visit_review",
        "review_on",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index(
        "ix_visit_made_with",
        "calendar",
        "made_with",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index(
        "ix_visit_late",
        "calendar",
        "visit_date",
        sqlite_where=text("state = 'open' AND escalated_at IS NULL AND seen_on IS NULL"),
        postgresql_where=text("state = 'open' AND escalated_at IS NULL AND seen_on IS NULL"),
    ),
    comment="The next visit of a person in a calendar; `doses` are codes of doses or contacts "
    "joined by commas. `occurrence` rises when the date moves by a week or more, and only then may "
    "a rule speak again. `review_on` is the day on which time alone makes a new plan necessary, "
    "`seen_on` the day on which somebody came although something is still missing, `made_with` the "
    "versions of the schedule and of the rules. Escalated: the family is on the list of those to "
    "look for.",
)

reminder = Table(
    "reminder",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("visit_id", ForeignKey("visit.id"), nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("rule", String(20), nullable=False),
    Column("phone_id", ForeignKey("phone.id"), nullable=False),
    Column("visit_date", Date, nullable=False),
    Column("state", String(10), nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("message_id", ForeignKey("message.id"), index=True),
    Column("reason", String(40)),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("answer", String(12)),
    Column("answered_at", Utc),
    UniqueConstraint("visit_id", "occurrence", "rule", "phone_id"),
    Index(
        "ix_reminder_due",
        "due_at",
        "id",
        sqlite_where=text("state = 'planned'"),
        postgresql_where=text("state = 'planned'"),
    ),
    Index(
        "ix_reminder_phone",
        "phone_id",
        "due_at",
        sqlite_where=text("state = 'planned'"),
        postgresql_where=text("state = 'planned'"),
    ),
    comment="What a rule says to a phone about a visit. `visit_date` is the date that was told, "
    "or will be: a rule that has spoken does so again only when the date moves by a week. `answer` "
    "is what the family said to it.",
)

defaulter = Table(
    "defaulter",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("calendar", String(12), nullable=False),
    Column("facility_id", ForeignKey("facility.id"), nullable=False),
    Column("since", Date, nullable=False),
    Column("missed", String(200), nullable=False),
    Column("reason", String(12), nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("located", String(8)),
    Column("located_at", Utc),
    Column("located_by", ForeignKey("staff.id")),
    Column("closed_at", Utc),
    Column("outcome", String(10)),
    Index(
        "uq_defaulter_open",
        "person_id",
        "calendar",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(
        "ix_defaulter_facility",
        "facility_id",
        "since",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    comment="Somebody whom the centre has to look for: nobody was seen although the rules have "
    "said all they have to say. `since` is the date of the visit, `missed` its doses.",
)

rulebook = Table(
    "rulebook",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("label", String(40), nullable=False),
    Column("content", Text, nullable=False),
    Column("activated_at", Utc, nullable=False),
    comment="Rules that were put in force; the last row holds. Without one, those of the package.",
)

clock_tick = Table(
    "clock_tick",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("ticked_at", Utc, nullable=False),
)

clock_lease = Table(
    "clock_lease",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(40), nullable=False),
    Column("until", Utc, nullable=False),
    comment="Which clock ticks, where the database has no advisory locks. Two at once do no harm.",
)
