"""Datasets say of which kind their data are; those that were there before are tables."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is there already is tabular."""
    op.add_column("datasets", sa.Column("modality", sa.String(64), nullable=False, server_default="tabular"))


def downgrade() -> None:
    """Drop the column again."""
    with op.batch_alter_table("datasets") as table:
        table.drop_column("modality")
