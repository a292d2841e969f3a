"""What people decided about rows: a log that is only ever appended to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the log."""
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "dataset_id", sa.String(32), sa.ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.Column("content", sa.String(32), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("shown_by", sa.String(16), nullable=False),
        sa.Column("undoes", sa.Integer, unique=True),
        sa.Column("copied_from", sa.Integer),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_verdicts_copied", "verdicts", ["dataset_id", "copied_from"], unique=True)


def downgrade() -> None:
    """Drop the log."""
    op.drop_table("verdicts")
