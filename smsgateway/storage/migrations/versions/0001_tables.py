"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_reason", sa.String(length=40), nullable=True),
        sa.Column("resumes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channel")),
        comment="A way out that has been paused: `resumes_at` null waits for a person. `failures` counts the calls in a row that the gateway did not take, for the back-off.",
    )
    op.create_table(
        "clock_lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clock_lease")),
        comment="Which clock ticks, where the database has no advisory locks. Two at once do no harm.",
    )
    op.create_table(
        "clock_tick",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clock_tick")),
    )
    op.create_table(
        "dialogue_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("medium", sa.String(length=8), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column(
            "outcome", sa.String(length=40), nullable=False, comment="of a look-up, else empty"
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day",
            "version",
            "node",
            "language",
            "medium",
            "event",
            "outcome",
            name=op.f("pk_dialogue_count"),
        ),
        comment="Figures of the dialogues, see smsgateway/sessions/counts.py; nothing about persons.",
    )
    op.create_table(
        "dialogue_count_batch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_count_batch")),
        comment="Batches of counts that were added; a batch that is met again is not added again.",
    )
    op.create_table(
        "dialogue_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_key", sa.String(length=100), nullable=False),
        sa.Column("transcript", sa.String(length=32), nullable=False),
        sa.Column("state", sa.JSON(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("final", sa.Integer(), nullable=False),
        sa.Column("effects", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_step")),
        sa.UniqueConstraint(
            "session_key", "transcript", name=op.f("uq_dialogue_step_session_key_transcript")
        ),
        comment="Written in the transaction of the effects and before the session in Redis; the insert decides a race, and the loser answers with this reply. `transcript` is the digest of all answers so far: a counter would begin again when Redis is lost.",
    )
    op.create_index(
        op.f("ix_dialogue_step_created_at"), "dialogue_step", ["created_at"], unique=False
    )
    op.create_table(
        "facility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=True),
        sa.Column("commune", sa.String(length=60), nullable=True),
        sa.Column("parent_code", sa.String(length=32), nullable=True),
        sa.Column("phone", sa.String(length=16), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("session_days", sa.String(length=40), server_default="", nullable=False),
        sa.Column("hours", sa.String(length=120), nullable=True),
        sa.Column("sending_hours", sa.String(length=11), nullable=True),
        sa.Column("anc_model", sa.String(length=10), nullable=True),
        sa.Column("free_services", sa.String(length=60), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
        sa.UniqueConstraint("code", name=op.f("uq_facility_code")),
        comment="A place of care or of social services; session_days like 'tue,thu', free_services (what costs nothing there) like 'vaccination,antenatal'.",
    )
    op.create_table(
        "failed_proof",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("msisdn", sa.String(length=16), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_proof")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_failed_proof_idempotency_key")),
        comment="Look-ups that failed; a phone with too many in an hour waits. Kept in SQL so that losing Redis does not reopen the door.",
    )
    op.create_index(
        op.f("ix_failed_proof_msisdn_failed_at"),
        "failed_proof",
        ["msisdn", "failed_at"],
        unique=False,
    )
    op.create_table(
        "inbound_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("aggregator", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("aggregator_message_id", sa.String(length=80), nullable=False),
        sa.Column("msisdn", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=16), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_message")),
        sa.UniqueConstraint(
            "aggregator",
            "aggregator_message_id",
            name=op.f("uq_inbound_message_aggregator_aggregator_message_id"),
        ),
    )
    op.create_index(
        "ix_inbound_message_unhandled",
        "inbound_message",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "phone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("msisdn", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("encoding", sa.String(length=8), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone")),
        sa.UniqueConstraint("msisdn", name=op.f("uq_phone_msisdn")),
        comment="A line, which is not a person: language null until its user has chosen one; encoding (compact, exact, ascii) null unless its user asked for one. opted_out_at and opted_in_at say when its user last refused messages and took them up again.",
    )
    op.create_table(
        "rulebook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook")),
        comment="Rules that were put in force; the last row holds. Without one, those of the package.",
    )
    op.create_table(
        "scheme",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("label_fr", sa.String(length=80), nullable=False),
        sa.Column("renewable", sa.Boolean(), nullable=True),
        sa.Column("validity_years", sa.Integer(), nullable=True),
        sa.Column("successor", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_scheme")),
        comment="RAMED, RAMED+, AMV, AMV+, AMO ... are rows, so that a reform is data. Null: not established.",
    )
    op.create_table(
        "ussd_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("aggregator", sa.String(length=20), nullable=False),
        sa.Column("session_id", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("hops", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ussd_event")),
        sa.UniqueConstraint(
            "aggregator", "session_id", name=op.f("uq_ussd_event_aggregator_session_id")
        ),
        comment="The end of a USSD session; its input and last screen are personal and not kept.",
    )
    op.create_table(
        "campaign_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("campaign", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_campaign_day_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_day")),
        comment="A day on which a campaign of the ministry, or an extra session, is held; facility null for the whole country.",
    )
    op.create_index(
        "uq_campaign_day_everywhere",
        "campaign_day",
        ["day", "campaign"],
        unique=True,
        sqlite_where=sa.text("facility_id IS NULL"),
        postgresql_where=sa.text("facility_id IS NULL"),
    )
    op.create_index(
        "uq_campaign_day_facility",
        "campaign_day",
        ["facility_id", "day", "campaign"],
        unique=True,
        sqlite_where=sa.text("facility_id IS NOT NULL"),
        postgresql_where=sa.text("facility_id IS NOT NULL"),
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_closure_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        comment="A day without sessions; facility null for the whole country. Not `confirmed`: an estimate, such as a feast that follows the moon.",
    )
    op.create_index(
        "uq_closure_everywhere",
        "closure",
        ["day"],
        unique=True,
        sqlite_where=sa.text("facility_id IS NULL"),
        postgresql_where=sa.text("facility_id IS NULL"),
    )
    op.create_index(
        "uq_closure_facility",
        "closure",
        ["facility_id", "day"],
        unique=True,
        sqlite_where=sa.text("facility_id IS NOT NULL"),
        postgresql_where=sa.text("facility_id IS NOT NULL"),
    )
    op.create_table(
        "conversation",
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column(
            "said_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when its last reply was written",
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_conversation_phone_id")),
        sa.PrimaryKeyConstraint("phone_id", name=op.f("pk_conversation")),
        comment="A dialogue by SMS, one a phone. It moves on in the transaction that marks the inbound message as handled and writes the reply.",
    )
    op.create_index(
        op.f("ix_conversation_expires_at"), "conversation", ["expires_at"], unique=False
    )
    op.create_table(
        "facility_mark",
        sa.Column("facility_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_facility_mark_facility_id")
        ),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_facility_mark")),
        comment="Facilities whose people all need a new plan: one row whatever their number. Those up to person `after_id` have their mark already.",
    )
    op.create_index(
        op.f("ix_facility_mark_marked_at"), "facility_mark", ["marked_at"], unique=False
    )
    op.create_table(
        "household",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("head_name", sa.String(length=120), nullable=False),
        sa.Column("quarter", sa.String(length=60), nullable=True),
        sa.Column("rsu_id", sa.String(length=64), nullable=True),
        sa.Column("phone_id", sa.Integer(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_household_facility_id")
        ),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_household_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("external_id", name=op.f("uq_household_external_id")),
    )
    op.create_index(op.f("ix_household_facility_id"), "household", ["facility_id"], unique=False)
    op.create_index(op.f("ix_household_phone_id"), "household", ["phone_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.Column("pin_failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invite_hash", sa.String(length=200), nullable=True),
        sa.Column("invite_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_staff_facility_id")
        ),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_staff_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("phone_id", name=op.f("uq_staff_phone_id")),
    )
    op.create_index(op.f("ix_staff_facility_id"), "staff", ["facility_id"], unique=False)
    op.create_table(
        "stock_out",
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("dose", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_stock_out_facility_id")
        ),
        sa.PrimaryKeyConstraint("facility_id", "dose", name=op.f("pk_stock_out")),
        comment="A dose (PENTA2) or series (PENTA) that a facility cannot give for now.",
    )
    op.create_table(
        "survey_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("welcome", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("recommends", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_survey_answer_facility_id")
        ),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_survey_answer_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answer")),
        sa.UniqueConstraint(
            "phone_id",
            "facility_id",
            "week",
            name=op.f("uq_survey_answer_phone_id_facility_id_week"),
        ),
        comment="How a visit went: 1 well, 2 so-so, 3 badly. A phone speaks once a week of a place; week is its Monday.",
    )
    op.create_index(
        op.f("ix_survey_answer_facility_id_week"),
        "survey_answer",
        ["facility_id", "week"],
        unique=False,
    )
    op.create_table(
        "topic_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("wording", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subscribed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why_ended", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["phone_id"], ["phone.id"], name=op.f("fk_topic_subscription_phone_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_subscription")),
        comment="The consent to a topic's tips: to which wording, in which language, from when until when. `told` counts the tips written so far; the next one is due at `due_at`.",
    )
    op.create_index(
        "ix_topic_subscription_due",
        "topic_subscription",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_topic_subscription_open",
        "topic_subscription",
        ["phone_id", "topic"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_audit_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_table(
        "callback_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=160), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_callback_request_facility_id")
        ),
        sa.ForeignKeyConstraint(
            ["phone_id"], ["phone.id"], name=op.f("fk_callback_request_phone_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_callback_request_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_request")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_callback_request_idempotency_key")),
        comment="Somebody waits for a call on this line; one open request for a line and a reason. facility_id null: no centre is to see it, or nobody knows yet which one should call.",
    )
    op.create_index(
        op.f("ix_callback_request_facility_id"), "callback_request", ["facility_id"], unique=False
    )
    op.create_index(
        "ix_callback_request_open",
        "callback_request",
        ["phone_id", "reason"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("idempotency_key", sa.String(length=120), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_campaign_facility_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_campaign_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_campaign_idempotency_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_campaign_reference")),
    )
    op.create_index(op.f("ix_campaign_facility_id"), "campaign", ["facility_id"], unique=False)
    op.create_table(
        "complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=9), nullable=False),
        sa.Column("idempotency_key", sa.String(length=160), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_complaint_facility_id")
        ),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_complaint_phone_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_complaint_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_complaint_idempotency_key")),
        sa.UniqueConstraint("ticket", name=op.f("uq_complaint_ticket")),
        comment="facility_id is the place complained of, null when it was not told; staff_id who answered. The words of an answer are for the phone that complained alone.",
    )
    op.create_index(op.f("ix_complaint_facility_id"), "complaint", ["facility_id"], unique=False)
    op.create_index(op.f("ix_complaint_phone_id"), "complaint", ["phone_id"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(length=12), nullable=False),
        sa.Column("file_number", sa.String(length=32), nullable=False),
        sa.Column("holder_name", sa.String(length=120), nullable=False),
        sa.Column("holder_birth_year", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("status_date", sa.Date(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("phone_id", sa.Integer(), nullable=True),
        sa.Column("card_number", sa.String(length=32), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("pickup_place", sa.String(length=60), nullable=True),
        sa.Column("missing_papers", sa.String(length=200), nullable=True),
        sa.Column("beneficiaries", sa.String(length=400), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_enrolment_household_id")
        ),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_enrolment_phone_id")),
        sa.ForeignKeyConstraint(["scheme"], ["scheme.code"], name=op.f("fk_enrolment_scheme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("scheme", "file_number", name=op.f("uq_enrolment_scheme_file_number")),
    )
    op.create_index(op.f("ix_enrolment_file_number"), "enrolment", ["file_number"], unique=False)
    op.create_index(op.f("ix_enrolment_household_id"), "enrolment", ["household_id"], unique=False)
    op.create_index(op.f("ix_enrolment_phone_id"), "enrolment", ["phone_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=60), nullable=False),
        sa.Column("last_name", sa.String(length=60), nullable=True),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("carnet_number", sa.String(length=32), nullable=True),
        sa.Column("mother_id", sa.Integer(), nullable=True),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("moved_on", sa.Date(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_person_facility_id")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_person_household_id")
        ),
        sa.ForeignKeyConstraint(["mother_id"], ["person.id"], name=op.f("fk_person_mother_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("carnet_number", name=op.f("uq_person_carnet_number")),
        sa.UniqueConstraint("external_id", name=op.f("uq_person_external_id")),
        comment="Somebody who is followed: a child with a vaccination card (carnet), or a woman with a pregnancy, of whom the day of birth may be unknown. first_name is empty while a newborn has none.",
    )
    op.create_index(op.f("ix_person_facility_id"), "person", ["facility_id"], unique=False)
    op.create_index(
        op.f("ix_person_facility_id_birth_date"),
        "person",
        ["facility_id", "birth_date"],
        unique=False,
    )
    op.create_index(op.f("ix_person_household_id"), "person", ["household_id"], unique=False)
    op.create_table(
        "pin_attempt",
        sa.Column("idempotency_key", sa.String(length=120), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_pin_attempt_staff_id")),
        sa.PrimaryKeyConstraint("idempotency_key", name=op.f("pk_pin_attempt")),
        comment="Each try at a PIN or an invitation and what it was told, so that a callback that comes again is told the same and counts once.",
    )
    op.create_index(op.f("ix_pin_attempt_staff_id"), "pin_attempt", ["staff_id"], unique=False)
    op.create_table(
        "caregiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("relation", sa.String(length=20), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_caregiver_person_id")),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_caregiver_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caregiver")),
        sa.UniqueConstraint("person_id", "phone_id", name=op.f("uq_caregiver_person_id_phone_id")),
        comment="Whom to reach about a person, and on which line; relation is self where the line is the person's own. Suspended: whoever answers said that it is the wrong number, and nobody is reached there until staff have looked at it.",
    )
    op.create_index(op.f("ix_caregiver_phone_id"), "caregiver", ["phone_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wording", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id")),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_consent_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint(
            "person_id",
            "phone_id",
            "given_on",
            "wording",
            name=op.f("uq_consent_person_id_phone_id_given_on_wording"),
        ),
        comment="What somebody agreed to: wording names the text and its version, language the one it was read in. A paper has a day and no time.",
    )
    op.create_table(
        "defaulter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.String(length=12), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("missed", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("located", sa.String(length=8), nullable=True),
        sa.Column("located_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("located_by", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_defaulter_facility_id")
        ),
        sa.ForeignKeyConstraint(["located_by"], ["staff.id"], name=op.f("fk_defaulter_located_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_defaulter_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defaulter")),
        comment="Somebody whom the centre has to look for: nobody was seen although the rules have said all they have to say. `since` is the date of the visit, `missed` its doses.",
    )
    op.create_index(
        "ix_defaulter_facility",
        "defaulter",
        ["facility_id", "since"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "uq_defaulter_open",
        "defaulter",
        ["person_id", "calendar"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "dose_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("vaccine", sa.String(length=20), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=True),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dose_claim_person_id")),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_dose_claim_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dose_claim")),
        sa.UniqueConstraint(
            "person_id",
            "vaccine",
            "given_on",
            name=op.f("uq_dose_claim_person_id_vaccine_given_on"),
        ),
        comment="A dose that a family says was given: told, until staff have confirmed or refused it. place is where, in the family's words; null: at the child's own centre.",
    )
    op.create_table(
        "encounter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_encounter_facility_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_encounter_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter")),
        sa.UniqueConstraint(
            "person_id", "calendar", "code", name=op.f("uq_encounter_person_id_calendar_code")
        ),
        comment="A contact that took place, such as CPN2 of the antenatal calendar.",
    )
    op.create_table(
        "enrolment_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("status_date", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_enrolment_history_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_history")),
    )
    op.create_index(
        op.f("ix_enrolment_history_enrolment_id"),
        "enrolment_history",
        ["enrolment_id"],
        unique=False,
    )
    op.create_table(
        "enrolment_watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("seen_history_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_enrolment_watch_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["phone_id"], ["phone.id"], name=op.f("fk_enrolment_watch_phone_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_watch")),
        sa.UniqueConstraint(
            "enrolment_id", "phone_id", name=op.f("uq_enrolment_watch_enrolment_id_phone_id")
        ),
        comment="Tell this phone when the status of this file changes; seen_history_id is the last row of enrolment_history that it knows of, 0 before the first.",
    )
    op.create_index(
        op.f("ix_enrolment_watch_phone_id"), "enrolment_watch", ["phone_id"], unique=False
    )
    op.create_table(
        "immunization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("vaccine", sa.String(length=20), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_immunization_facility_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_immunization_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_immunization")),
        sa.UniqueConstraint(
            "person_id",
            "vaccine",
            "given_on",
            name=op.f("uq_immunization_person_id_vaccine_given_on"),
        ),
        comment="A dose given; vaccine is a dose code such as PENTA1, or a series such as PENTA.",
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("class", sa.String(length=10), nullable=False),
        sa.Column("lane", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("msisdn", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("encoding", sa.String(length=5), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("aggregator_message_id", sa.String(length=80), nullable=True),
        sa.Column("cost", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_message_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_message_facility_id")
        ),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_message_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_message_dedupe_key")),
        comment="One SMS to one phone. `body` is what goes on the wire, already folded. `lane` is the priority and the campaign in one number: lanes of a priority take turns. `lease_until` ends a worker's hold on a submitting message, and the wait for a receipt of an unknown one.",
    )
    op.create_index(
        op.f("ix_message_aggregator_message_id"), "message", ["aggregator_message_id"], unique=False
    )
    op.create_index(op.f("ix_message_campaign_id"), "message", ["campaign_id"], unique=False)
    op.create_index(
        "ix_message_due",
        "message",
        ["channel", "lane", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_message_msisdn_accepted", "message", ["msisdn", "accepted_at"], unique=False
    )
    op.create_index(
        "ix_message_open",
        "message",
        ["state", "lease_until"],
        unique=False,
        sqlite_where=sa.text("state IN ('submitting', 'unknown')"),
        postgresql_where=sa.text("state IN ('submitting', 'unknown')"),
    )
    op.create_index(op.f("ix_message_phone_id"), "message", ["phone_id"], unique=False)
    op.create_index(
        "ix_message_planned",
        "message",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "ix_message_waiting",
        "message",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('planned', 'queued')"),
        postgresql_where=sa.text("state IN ('planned', 'queued')"),
    )
    op.create_table(
        "plan_mark",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_plan_mark_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_plan_mark")),
        comment="People whose plan is out of date: written with the change, taken by the planner.",
    )
    op.create_index(op.f("ix_plan_mark_marked_at"), "plan_mark", ["marked_at"], unique=False)
    op.create_table(
        "pregnancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("lmp_date", sa.Date(), nullable=False),
        sa.Column("edd_date", sa.Date(), nullable=False),
        sa.Column("dating", sa.String(length=10), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("recorded_via", sa.String(length=12), nullable=False),
        sa.Column("idempotency_key", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pregnancy_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pregnancy")),
        sa.UniqueConstraint("external_id", name=op.f("uq_pregnancy_external_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_pregnancy_idempotency_key")),
        comment="One at a time is open for a woman. Both dates are kept and dating says which was told (lmp, edd, or gestation in weeks). It ends with an outcome, birth or loss.",
    )
    op.create_index(op.f("ix_pregnancy_person_id"), "pregnancy", ["person_id"], unique=False)
    op.create_index(
        "uq_pregnancy_open",
        "pregnancy",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_table(
        "summons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("by_date", sa.Date(), nullable=False),
        sa.Column("voucher", sa.String(length=16), nullable=False),
        sa.Column("summoned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_summons_facility_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_summons_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summons")),
        sa.UniqueConstraint("voucher", name=op.f("uq_summons_voucher")),
        comment="A doctor wants to see a child by a day. The class of the reason is for the centre and never in a message; the voucher (bon) is what the family shows.",
    )
    op.create_index(
        "uq_summons_open",
        "summons",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.String(length=12), nullable=False),
        sa.Column("occurrence", sa.Integer(), server_default="1", nullable=False),
        sa.Column("visit_date", sa.Date(), nullable=False),
        sa.Column("doses", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_with", sa.String(length=84), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_visit_facility_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_visit_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        comment="The next visit of a person in a calendar; `doses` are codes of doses or contacts joined by commas. `occurrence` rises when the date moves by a week or more, and only then may a rule speak again. `review_on` is the day on which time alone makes a new plan necessary, `seen_on` the day on which somebody came although something is still missing, `made_with` the versions of the schedule and of the rules. Escalated: the family is on the list of those to look for.",
    )
    op.create_index("ix_visit_facility_date", "visit", ["facility_id", "visit_date"], unique=False)
    op.create_index(
        "ix_visit_late",
        "visit",
        ["calendar", "visit_date"],
        unique=False,
        sqlite_where=sa.text("state = 'open' AND escalated_at IS NULL AND seen_on IS NULL"),
        postgresql_where=sa.text("state = 'open' AND escalated_at IS NULL AND seen_on IS NULL"),
    )
    op.create_index(
        "ix_visit_made_with",
        "visit",
        ["calendar", "made_with"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_visit_person_id"), "visit", ["person_id"], unique=False)
    op.create_index(
        "ix_visit_review",
        "visit",
        ["review_on"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_visit_open",
        "visit",
        ["person_id", "calendar"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "delivery_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("aggregator", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("aggregator_message_id", sa.String(length=80), nullable=True),
        sa.Column("reference", sa.Integer(), nullable=True),
        sa.Column("msisdn", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_delivery_report_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_report")),
        comment="A receipt as it came: `reference` is our own id of the message where the aggregator gives it back, `status` is the aggregator's word, `state` what it means to us, null for a word that we do not know. Settled once it has found its message or was given up.",
    )
    op.create_index(
        op.f("ix_delivery_report_aggregator_message_id"),
        "delivery_report",
        ["aggregator_message_id"],
        unique=False,
    )
    op.create_index(
        "ix_delivery_report_unsettled",
        "delivery_report",
        ["retry_at"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "home_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("summons_id", sa.Integer(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("found", sa.String(length=8), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["summons_id"], ["summons.id"], name=op.f("fk_home_visit_summons_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_visit")),
        comment="Somebody went to see a family that did not come.",
    )
    op.create_index(op.f("ix_home_visit_summons_id"), "home_visit", ["summons_id"], unique=False)
    op.create_table(
        "message_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.String(length=12), nullable=True),
        sa.Column("to_state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_history_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_history")),
    )
    op.create_index(
        op.f("ix_message_history_message_id"), "message_history", ["message_id"], unique=False
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("visit_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_reminder_message_id")
        ),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_reminder_phone_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_reminder_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "visit_id",
            "occurrence",
            "rule",
            "phone_id",
            name=op.f("uq_reminder_visit_id_occurrence_rule_phone_id"),
        ),
        comment="What a rule says to a phone about a visit. `visit_date` is the date that was told, or will be: a rule that has spoken does so again only when the date moves by a week. `answer` is what the family said to it.",
    )
    op.create_index(
        "ix_reminder_due",
        "reminder",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index(op.f("ix_reminder_message_id"), "reminder", ["message_id"], unique=False)
    op.create_index(
        "ix_reminder_phone",
        "reminder",
        ["phone_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_reminder_phone",
        table_name="reminder",
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.drop_index(op.f("ix_reminder_message_id"), table_name="reminder")
    op.drop_index(
        "ix_reminder_due",
        table_name="reminder",
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.drop_table("reminder")
    op.drop_index(op.f("ix_message_history_message_id"), table_name="message_history")
    op.drop_table("message_history")
    op.drop_index(op.f("ix_home_visit_summons_id"), table_name="home_visit")
    op.drop_table("home_visit")
    op.drop_index(
        "ix_delivery_report_unsettled",
        table_name="delivery_report",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index(op.f("ix_delivery_report_aggregator_message_id"), table_name="delivery_report")
    op.drop_table("delivery_report")
    op.drop_index(
        "uq_visit_open",
        table_name="visit",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_visit_review",
        table_name="visit",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_visit_person_id"), table_name="visit")
    op.drop_index(
        "ix_visit_made_with",
        table_name="visit",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_visit_late",
        table_name="visit",
        sqlite_where=sa.text("state = 'open' AND escalated_at IS NULL AND seen_on IS NULL"),
        postgresql_where=sa.text("state = 'open' AND escalated_at IS NULL AND seen_on IS NULL"),
    )
    op.drop_index("ix_visit_facility_date", table_name="visit")
    op.drop_table("visit")
    op.drop_index(
        "uq_summons_open",
        table_name="summons",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_table("summons")
    op.drop_index(
        "uq_pregnancy_open",
        table_name="pregnancy",
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.drop_index(op.f("ix_pregnancy_person_id"), table_name="pregnancy")
    op.drop_table("pregnancy")
    op.drop_index(op.f("ix_plan_mark_marked_at"), table_name="plan_mark")
    op.drop_table("plan_mark")
    op.drop_index(
        "ix_message_waiting",
        table_name="message",
        sqlite_where=sa.text("state IN ('planned', 'queued')"),
        postgresql_where=sa.text("state IN ('planned', 'queued')"),
    )
    op.drop_index(
        "ix_message_planned",
        table_name="message",
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.drop_index(op.f("ix_message_phone_id"), table_name="message")
    op.drop_index(
        "ix_message_open",
        table_name="message",
        sqlite_where=sa.text("state IN ('submitting', 'unknown')"),
        postgresql_where=sa.text("state IN ('submitting', 'unknown')"),
    )
    op.drop_index("ix_message_msisdn_accepted", table_name="message")
    op.drop_index(
        "ix_message_due",
        table_name="message",
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.drop_index(op.f("ix_message_campaign_id"), table_name="message")
    op.drop_index(op.f("ix_message_aggregator_message_id"), table_name="message")
    op.drop_table("message")
    op.drop_table("immunization")
    op.drop_index(op.f("ix_enrolment_watch_phone_id"), table_name="enrolment_watch")
    op.drop_table("enrolment_watch")
    op.drop_index(op.f("ix_enrolment_history_enrolment_id"), table_name="enrolment_history")
    op.drop_table("enrolment_history")
    op.drop_table("encounter")
    op.drop_table("dose_claim")
    op.drop_index(
        "uq_defaulter_open",
        table_name="defaulter",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index(
        "ix_defaulter_facility",
        table_name="defaulter",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_table("defaulter")
    op.drop_table("consent")
    op.drop_index(op.f("ix_caregiver_phone_id"), table_name="caregiver")
    op.drop_table("caregiver")
    op.drop_index(op.f("ix_pin_attempt_staff_id"), table_name="pin_attempt")
    op.drop_table("pin_attempt")
    op.drop_index(op.f("ix_person_household_id"), table_name="person")
    op.drop_index(op.f("ix_person_facility_id_birth_date"), table_name="person")
    op.drop_index(op.f("ix_person_facility_id"), table_name="person")
    op.drop_table("person")
    op.drop_index(op.f("ix_enrolment_phone_id"), table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_household_id"), table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_file_number"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index(op.f("ix_complaint_phone_id"), table_name="complaint")
    op.drop_index(op.f("ix_complaint_facility_id"), table_name="complaint")
    op.drop_table("complaint")
    op.drop_index(op.f("ix_campaign_facility_id"), table_name="campaign")
    op.drop_table("campaign")
    op.drop_index(
        "ix_callback_request_open",
        table_name="callback_request",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index(op.f("ix_callback_request_facility_id"), table_name="callback_request")
    op.drop_table("callback_request")
    op.drop_index(op.f("ix_audit_at"), table_name="audit")
    op.drop_table("audit")
    op.drop_index(
        "ix_topic_subscription_open",
        table_name="topic_subscription",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        "ix_topic_subscription_due",
        table_name="topic_subscription",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("topic_subscription")
    op.drop_index(op.f("ix_survey_answer_facility_id_week"), table_name="survey_answer")
    op.drop_table("survey_answer")
    op.drop_table("stock_out")
    op.drop_index(op.f("ix_staff_facility_id"), table_name="staff")
    op.drop_table("staff")
    op.drop_index(op.f("ix_household_phone_id"), table_name="household")
    op.drop_index(op.f("ix_household_facility_id"), table_name="household")
    op.drop_table("household")
    op.drop_index(op.f("ix_facility_mark_marked_at"), table_name="facility_mark")
    op.drop_table("facility_mark")
    op.drop_index(op.f("ix_conversation_expires_at"), table_name="conversation")
    op.drop_table("conversation")
    op.drop_index(
        "uq_closure_facility",
        table_name="closure",
        sqlite_where=sa.text("facility_id IS NOT NULL"),
        postgresql_where=sa.text("facility_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_closure_everywhere",
        table_name="closure",
        sqlite_where=sa.text("facility_id IS NULL"),
        postgresql_where=sa.text("facility_id IS NULL"),
    )
    op.drop_table("closure")
    op.drop_index(
        "uq_campaign_day_facility",
        table_name="campaign_day",
        sqlite_where=sa.text("facility_id IS NOT NULL"),
        postgresql_where=sa.text("facility_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_campaign_day_everywhere",
        table_name="campaign_day",
        sqlite_where=sa.text("facility_id IS NULL"),
        postgresql_where=sa.text("facility_id IS NULL"),
    )
    op.drop_table("campaign_day")
    op.drop_table("ussd_event")
    op.drop_table("scheme")
    op.drop_table("rulebook")
    op.drop_table("phone")
    op.drop_index(
        "ix_inbound_message_unhandled",
        table_name="inbound_message",
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.drop_table("inbound_message")
    op.drop_index(op.f("ix_failed_proof_msisdn_failed_at"), table_name="failed_proof")
    op.drop_table("failed_proof")
    op.drop_table("facility")
    op.drop_index(op.f("ix_dialogue_step_created_at"), table_name="dialogue_step")
    op.drop_table("dialogue_step")
    op.drop_table("dialogue_count_batch")
    op.drop_table("dialogue_count")
    op.drop_table("clock_tick")
    op.drop_table("clock_lease")
    op.drop_table("channel")
