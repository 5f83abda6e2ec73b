"""Digests, their deliveries with what they were made of, notices to stewards, and turns."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Not what the installed version says: a revision is one schema, whenever a database is made.
JOBS = Path(__file__).parent.parent / "procrastinate_3.10.0.sql"


def upgrade() -> None:
    """Makes the tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "digests",
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("tz", sa.String, nullable=False),
        sa.Column("query", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("lang", sa.String, nullable=False),
        sa.Column("steward", sa.String),
        sa.Column("steward_name", sa.String),
        sa.Column("paused", sa.String),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("next_due", instant, nullable=False),
        sa.Column("secret", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("team_id", "id", name="pk_digests"),
    )
    op.create_index("ix_digests_next_due", "digests", ["next_due"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("digest_id", sa.Integer, nullable=False),
        sa.Column("occurrence", sa.String, nullable=False),
        sa.Column("due", instant, nullable=False),
        sa.Column("planned_at", instant, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("run_at", instant, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("unclear", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("ts", sa.String),
        sa.Column("thread", sa.String),
        sa.Column("follows", sa.String),
        sa.Column("lease_until", instant),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("uq_deliveries_occurrence", "deliveries", ["team_id", "digest_id", "occurrence"], unique=True)
    op.create_index("ix_deliveries_state_run_at", "deliveries", ["state", "run_at"])
    op.create_table(
        "snapshots",
        sa.Column("delivery_id", sa.String, nullable=False),
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("digest_id", sa.Integer, nullable=False),
        sa.Column("query", sa.String, nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("readings", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_snapshots"),
    )
    op.create_index("ix_snapshots_digest", "snapshots", ["team_id", "digest_id", "made_at"])
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("digest_id", sa.Integer, nullable=False),
        sa.Column("delivery_id", sa.String),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("run_at", instant),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_run_at", "notices", ["run_at"])
    op.create_table(
        "paces",
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("free_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("team_id", "name", name="pk_paces"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _jobs()


def _jobs() -> None:
    """The tables of the library that carries jobs, in its own words. A later version of it is a later migration."""
    op.get_bind().exec_driver_sql(JOBS.read_text("utf-8").replace("%", "%%"))
