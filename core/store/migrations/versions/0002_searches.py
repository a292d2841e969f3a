"""Searches, their log, and the runs that are their trials."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and let a run belong to a search."""
    op.create_table(
        "searches",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "dataset_id", sa.String(32), sa.ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("since", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
    )
    op.create_table(
        "search_log",
        sa.Column("search_id", sa.String(32), sa.ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entry", sa.Text, nullable=False),
    )
    # Alembic adds a column's reference apart, which SQLite cannot; written out, both databases understand it.
    op.execute("ALTER TABLE runs ADD COLUMN search_id VARCHAR(32) REFERENCES searches (id) ON DELETE CASCADE")
    op.add_column("runs", sa.Column("trial", sa.Integer))
    op.create_index("ix_runs_search_id", "runs", ["search_id"])


def downgrade() -> None:
    """Drop the searches and their trials."""
    op.execute("DELETE FROM runs WHERE search_id IS NOT NULL")
    op.drop_index("ix_runs_search_id", "runs")
    with op.batch_alter_table("runs") as batch:
        batch.drop_column("search_id")
        batch.drop_column("trial")
    op.drop_table("search_log")
    op.drop_table("searches")
