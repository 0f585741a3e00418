"""The schemes of social protection known in Mali.

RAMED is valid for three years and not renewable (ANAM). What is not established stays null: the
validity of the others, and the day the universal scheme (RAMU) takes over from AMO.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMES = [
    # code, French label, renewable, years of validity, scheme that replaces it
    ("RAMED", "Régime d'assistance médicale", False, 3, None),
    ("RAMED+", "RAMED et suivi à domicile Djantoli", False, 3, None),
    ("AMV", "Assurance maladie volontaire (mutuelles UTM)", None, None, None),
    ("AMV+", "AMV et suivi à domicile Djantoli", None, None, None),
    ("AMO", "Assurance maladie obligatoire (CANAM)", None, None, None),
]

scheme = sa.table(
    "scheme",
    sa.column("code", sa.String),
    sa.column("label_fr", sa.String),
    sa.column("renewable", sa.Boolean),
    sa.column("validity_years", sa.Integer),
    sa.column("successor", sa.String),
)


def upgrade() -> None:
    columns = [column.name for column in scheme.columns]
    op.bulk_insert(scheme, [dict(zip(columns, row, strict=True)) for row in SCHEMES])


def downgrade() -> None:
    op.execute(scheme.delete().where(scheme.c.code.in_([row[0] for row in SCHEMES])))
