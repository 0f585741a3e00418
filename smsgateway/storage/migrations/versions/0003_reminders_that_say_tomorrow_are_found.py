"""Messages that say "tomorrow" are found by an index, not by reading all that was ever sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = "ix_message_template"
QUEUED = sa.text("state = 'queued'")


def upgrade() -> None:
    columns = ["template", "created_at"]
    op.create_index(NAME, "message", columns, sqlite_where=QUEUED, postgresql_where=QUEUED)


def downgrade() -> None:
    op.drop_index(NAME, table_name="message")
