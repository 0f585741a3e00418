"""Tries at PINs are forgotten after a while: the oldest are found by an index."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_pin_attempt_at"), "pin_attempt", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_pin_attempt_at"), table_name="pin_attempt")
