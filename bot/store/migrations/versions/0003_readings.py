"""Readings that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the table."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "readings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("after", instant, nullable=False),
        sa.Column("before", instant, nullable=False),
        sa.Column("filter", sa.String, nullable=False),
        sa.Column("read_at", instant, nullable=False),
        sa.Column("counts", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
    )
    op.create_index("ix_readings_cell", "readings", ["team_id", "after", "before", "filter", "read_at"])
