"""Who there is: facilities, households, people, phones, and what ties them together."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from smsgateway.storage.metadata import metadata
from smsgateway.storage.types import Utc

facility = Table(
    "facility",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(32), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("region", String(60), nullable=False),
    Column("district", String(60)),
    Column("commune", String(60)),
    Column("parent_code", String(32)),
    Column("phone", String(16)),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("session_days", String(40), nullable=False, server_default=""),
    Column("hours", String(120)),
    Column("sending_hours", String(11)),
    Column("anc_model", String(10)),
    Column("free_services", String(60), nullable=False, server_default=""),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    comment="A place of care or of social services; session_days like 'tue,thu', free_services "
    "(what costs nothing there) like 'vaccination,antenatal'.",
)

household = Table(
    "household",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("external_id", String(64), nullable=False, unique=True),
    Column("facility_id", ForeignKey("facility.id"), nullable=False, index=True),
    Column("head_name", String(120), nullable=False),
    Column("quarter", String(60)),
    Column("rsu_id", String(64)),
    Column("phone_id", ForeignKey("phone.id"), index=True),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
)

person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("external_id", String(64), unique=True),
    Column("household_id", ForeignKey("household.id"), index=True),
    Column("facility_id", ForeignKey("facility.id"), nullable=False, index=True),
    Column("first_name", String(60), nullable=False),
    Column("last_name", String(60)),
    Column("sex", String(1), nullable=False),
    Column("birth_date", Date),
    Column("carnet_number", String(32), unique=True),
    Column("mother_id", ForeignKey("person.id")),
    Column("died_on", Date),
    Column("moved_on", Date),
    Column("is_demo", Boolean, nullable=False, server_default=false()),
    Column("created_at", Utc, nullable=False),
    Index(None, "facility_id", "birth_date"),
    comment="Somebody who is followed: a child with a vaccination card (carnet), or a woman with a "
    "pregnancy, of whom the day of birth may be unknown. first_name is empty while a newborn has "
    "none.",
)

phone = Table(
    "phone",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("msisdn", String(16), nullable=False, unique=True),
    Column("language", String(2)),
    Column("encoding", String(8)),
    Column("opted_out_at", Utc),
    Column("opted_in_at", Utc),
    Column("created_at", Utc, nullable=False),
    comment="A line, which is not a person: language null until its user has chosen one; "
    "encoding (compact, exact, ascii) null unless its user asked for one. opted_out_at and "
    "opted_in_at say when its user last refused messages and took them up again.",
)

caregiver = Table(
    "caregiver",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("phone_id", ForeignKey("phone.id"), nullable=False, index=True),
    Column("name", String(120)),
    Column("relation", String(20)),
    Column("suspended_at", Utc),
    UniqueConstraint("person_id", "phone_id"),
    comment="Whom to reach about a person, and on which line; relation is self where the line is "
    "the person's own. Suspended: whoever answers said that it is the wrong number, and nobody is "
    "reached there until staff have looked at it.",
)

consent = Table(
    "consent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("phone_id", ForeignKey("phone.id")),
    Column("given_on", Date, nullable=False),
    Column("given_at", Utc),
    Column("wording", String(40), nullable=False),
    Column("language", String(2)),
    Column("channel", String(20), nullable=False),
    Column("withdrawn_at", Utc),
    UniqueConstraint("person_id", "phone_id", "given_on", "wording"),
    comment="What somebody agreed to: wording names the text and its version, language the one it "
    "was read in. A paper has a day and no time.",
)

pregnancy = Table(
    "pregnancy",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("external_id", String(64), unique=True),
    Column("lmp_date", Date, nullable=False),
    Column("edd_date", Date, nullable=False),
    Column("dating", String(10), nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("ended_on", Date),
    Column("outcome", String(8)),
    Column("recorded_via", String(12), nullable=False),
    Column("idempotency_key", String(120), unique=True),
    Column("created_at", Utc, nullable=False),
    Index(None, "person_id"),
    Index(
        "uq_pregnancy_open",
        "person_id",
        unique=True,
        sqlite_where=text("ended_on IS NULL"),
        postgresql_where=text("ended_on IS NULL"),
    ),
    comment="One at a time is open for a woman. Both dates are kept and dating says which was told "
    "(lmp, edd, or gestation in weeks). It ends with an outcome, birth or loss.",
)

immunization = Table(
    "immunization",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("vaccine", String(20), nullable=False),
    Column("given_on", Date, nullable=False),
    Column("facility_id", ForeignKey("facility.id")),
    Column("recorded_at", Utc, nullable=False),
    UniqueConstraint("person_id", "vaccine", "given_on"),
    comment="A dose given; vaccine is a dose code such as PENTA1, or a series such as PENTA.",
)

encounter = Table(
    "encounter",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("calendar", String(12), nullable=False),
    Column("code", String(16), nullable=False),
    Column("held_on", Date, nullable=False),
    Column("facility_id", ForeignKey("facility.id")),
    Column("recorded_at", Utc, nullable=False),
    Column("pregnancy_id", ForeignKey("pregnancy.id")),
    UniqueConstraint(
        "person_id", "pregnancy_id", "calendar", "code", name="uq_encounter_of_pregnancy"
    ),
    Index(
        "uq_encounter_of_person",
        "person_id",
        "calendar",
        "code",
        unique=True,
        sqlite_where=text("pregnancy_id IS NULL"),
        postgresql_where=text("pregnancy_id IS NULL"),
    ),
    comment="A contact that took place, such as CPN2 of the antenatal calendar. It is held once in "
    "a pregnancy, before or after the birth; pregnancy_id is null for a child's contacts.",
)

dose_claim = Table(
    "dose_claim",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("vaccine", String(20), nullable=False),
    Column("given_on", Date, nullable=False),
    Column("place", String(60)),
    Column("phone_id", ForeignKey("phone.id"), nullable=False),
    Column("told_at", Utc, nullable=False),
    Column("state", String(10), nullable=False),
    Column("settled_at", Utc),
    UniqueConstraint("person_id", "vaccine", "given_on"),
    comment="A dose that a family says was given: told, until staff have confirmed or refused it. "
    "place is where, in the family's words; null: at the child's own centre.",
)

plan_mark = Table(
    "plan_mark",
    metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("marked_at", Utc, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Index("ix_plan_mark_turn", "marked_at", "person_id"),
    comment="People whose plan is out of date: written with the change, taken by the planner.",
)

failed_proof = Table(
    "failed_proof",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("msisdn", String(16), nullable=False),
    Column("failed_at", Utc, nullable=False),
    Column("idempotency_key", String(120), nullable=False, unique=True),
    Index(None, "msisdn", "failed_at"),
    comment="Look-ups that failed; a phone with too many in an hour waits. Kept in SQL so that "
    "losing Redis does not reopen the door.",
)
