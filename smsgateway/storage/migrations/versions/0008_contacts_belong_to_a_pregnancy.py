"""Contacts before and after a birth belong to a pregnancy, so that the next one has its own.

Those that are known get the pregnancy that was under way on their day, or whose birth came before
it, or else the only one of the woman; where that is not plain they stay without. Women who have had
several are planned for anew.
"""

import datetime

import sqlalchemy as sa
from alembic import op

from smsgateway.storage.types import Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)

COMMENT = "A contact that took place, such as CPN2 of the antenatal calendar."

encounter = sa.table(
    "encounter",
    *(sa.column(name) for name in ("id", "person_id", "pregnancy_id", "calendar", "code")),
    sa.column("held_on", sa.Date),
)
pregnancy = sa.table(
    "pregnancy",
    *(sa.column(name) for name in ("id", "person_id", "lmp_date", "ended_on")),
)
mark = sa.table("plan_mark", sa.column("person_id"), sa.column("marked_at", Utc))


def upgrade() -> None:
    with op.batch_alter_table("encounter") as batch_op:
        batch_op.add_column(sa.Column("pregnancy_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_encounter_pregnancy_id"), "pregnancy", ["pregnancy_id"], ["id"]
        )
        batch_op.drop_constraint(op.f("uq_encounter_person_id_calendar_code"), type_="unique")
        batch_op.create_unique_constraint(
            "uq_encounter_of_pregnancy", ["person_id", "pregnancy_id", "calendar", "code"]
        )
    op.create_index(
        "uq_encounter_of_person",
        "encounter",
        ["person_id", "calendar", "code"],
        unique=True,
        sqlite_where=sa.text("pregnancy_id IS NULL"),
        postgresql_where=sa.text("pregnancy_id IS NULL"),
    )
    if op.get_bind().dialect.supports_comments:
        held_once = (
            " It is held once in a pregnancy, before or after the birth; pregnancy_id is null for "
            "a child's contacts."
        )
        op.create_table_comment("encounter", COMMENT + held_once)
    _give_pregnancies()
    _plan_anew()


def _give_pregnancies() -> None:
    held_on, theirs = encounter.c.held_on, pregnancy.c
    not_over = sa.or_(theirs.ended_on.is_(None), held_on <= theirs.ended_on)
    _give(["antenatal"], sa.and_(theirs.lmp_date <= held_on, not_over))
    _give(["postnatal"], theirs.ended_on <= held_on)
    other = pregnancy.alias()
    same_woman = sa.and_(other.c.person_id == theirs.person_id, other.c.id != theirs.id)
    _give(["antenatal", "postnatal"], ~sa.exists().where(same_woman))


def _give(calendars: list[str], plain: sa.ColumnElement[bool]) -> None:
    latest = (
        sa.select(pregnancy.c.id)
        .where(pregnancy.c.person_id == encounter.c.person_id, plain)
        .order_by(pregnancy.c.lmp_date.desc())
        .limit(1)
        .correlate(encounter)
        .scalar_subquery()
    )
    without = encounter.c.calendar.in_(calendars) & encounter.c.pregnancy_id.is_(None)
    op.execute(encounter.update().where(without).values(pregnancy_id=latest))


def _plan_anew() -> None:
    several = (
        sa.select(pregnancy.c.person_id, sa.literal(LONG_AGO, Utc))
        .where(pregnancy.c.person_id.not_in(sa.select(mark.c.person_id)))
        .group_by(pregnancy.c.person_id)
        .having(sa.func.count() > 1)
    )
    op.execute(mark.insert().from_select(["person_id", "marked_at"], several))


def downgrade() -> None:
    earlier = encounter.alias()
    same = sa.and_(
        earlier.c.person_id == encounter.c.person_id,
        earlier.c.calendar == encounter.c.calendar,
        earlier.c.code == encounter.c.code,
        earlier.c.id < encounter.c.id,
    )
    op.execute(encounter.delete().where(sa.exists().where(same)))
    op.drop_index("uq_encounter_of_person", table_name="encounter")
    with op.batch_alter_table("encounter") as batch_op:
        batch_op.drop_constraint("uq_encounter_of_pregnancy", type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_encounter_person_id_calendar_code"), ["person_id", "calendar", "code"]
        )
        batch_op.drop_constraint(op.f("fk_encounter_pregnancy_id"), type_="foreignkey")
        batch_op.drop_column("pregnancy_id")
    if op.get_bind().dialect.supports_comments:
        op.create_table_comment("encounter", COMMENT)
