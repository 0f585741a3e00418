"""Of a million people marked at one moment the next two hundred are found without sorting all."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_plan_mark_turn", "plan_mark", ["marked_at", "person_id"])
    op.drop_index("ix_plan_mark_marked_at", table_name="plan_mark")


def downgrade() -> None:
    op.create_index("ix_plan_mark_marked_at", "plan_mark", ["marked_at"])
    op.drop_index("ix_plan_mark_turn", table_name="plan_mark")
