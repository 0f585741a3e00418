"""Until when contributions were paid, and what was told of the end of cover.

Files that are known already are looked at in the first rounds.
"""

import datetime

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LONG_AGO = datetime.date(2000, 1, 1)

COMMENT = (
    "paid_until is the last day that contributions were paid for. On notice_on it is looked at "
    "whether the end of the card or of the contributions has to be told."
)


def upgrade() -> None:
    op.create_table(
        "cover_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.String(length=12), nullable=False),
        sa.Column("contact", sa.String(length=20), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("phone_id", sa.Integer(), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=12), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_cover_notice_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_cover_notice_message_id")
        ),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_cover_notice_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover_notice")),
        sa.UniqueConstraint(
            "enrolment_id",
            "calendar",
            "contact",
            "ends_on",
            "phone_id",
            name="uq_cover_notice_once",
        ),
        comment="That a card or contributions end on a day was told to a line, once for each "
        "contact of the calendar; without a message it was not, and reason says why.",
    )
    op.create_index("ix_cover_notice_phone", "cover_notice", ["phone_id", "noted_on"])
    op.create_index("ix_cover_notice_message_id", "cover_notice", ["message_id"])
    with op.batch_alter_table("enrolment") as batch_op:
        batch_op.add_column(sa.Column("paid_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("notice_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_enrolment_notice",
        "enrolment",
        ["notice_on", "id"],
        sqlite_where=sa.text("notice_on IS NOT NULL"),
        postgresql_where=sa.text("notice_on IS NOT NULL"),
    )
    if op.get_bind().dialect.supports_comments:
        op.create_table_comment("enrolment", COMMENT)
    file = sa.table("enrolment", sa.column("valid_until"), sa.column("notice_on", sa.Date))
    op.execute(file.update().where(file.c.valid_until.is_not(None)).values(notice_on=LONG_AGO))


def downgrade() -> None:
    if op.get_bind().dialect.supports_comments:
        op.drop_table_comment("enrolment")
    op.drop_index("ix_enrolment_notice", table_name="enrolment")
    with op.batch_alter_table("enrolment") as batch_op:
        batch_op.drop_column("notice_on")
        batch_op.drop_column("paid_until")
    op.drop_table("cover_notice")
