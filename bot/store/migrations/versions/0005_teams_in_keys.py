"""The workspace stands in every key, and what is asked often has an index that answers it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

UNDER_WAY = sa.text("state IN ('due', 'waiting', 'claimed', 'posting')")
AT_ONCE = 500  # Rows that are filled at a time.


def upgrade() -> None:
    """Changes the tables, with what is in them."""
    op.drop_index("ix_digests_next_due", "digests")
    op.create_index("ix_digests_next_due", "digests", ["team_id", "next_due"])
    _deliveries()
    _notices()
    _snapshots()
    _readings()


def _deliveries() -> None:
    op.drop_index("ix_deliveries_state_run_at", "deliveries")
    with op.batch_alter_table("deliveries") as table:
        table.drop_constraint("pk_deliveries", type_="primary")
        table.create_primary_key("pk_deliveries", ["team_id", "id"])
    op.create_index("ix_deliveries_due", "deliveries", ["team_id", "due"])
    op.create_index(
        "ix_deliveries_under_way",
        "deliveries",
        ["team_id", "run_at"],
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )


def _notices() -> None:
    """Their numbers become texts that any replica can make: SQLite counts only where a number is the whole key."""
    op.drop_index("ix_notices_run_at", "notices")
    with op.batch_alter_table("notices") as table:
        table.add_column(sa.Column("key", sa.String))
    op.execute("UPDATE notices SET key = CAST(id AS VARCHAR)")
    with op.batch_alter_table("notices") as table:
        table.drop_constraint("pk_notices", type_="primary")
        table.drop_column("id")
    with op.batch_alter_table("notices") as table:
        table.alter_column("key", new_column_name="id", existing_type=sa.String, nullable=False)
    with op.batch_alter_table("notices") as table:
        table.create_primary_key("pk_notices", ["team_id", "id"])
    op.create_index("ix_notices_run_at", "notices", ["team_id", "run_at"])


def _snapshots() -> None:
    op.drop_index("ix_snapshots_digest", "snapshots")
    with op.batch_alter_table("snapshots") as table:
        table.add_column(sa.Column("cell", sa.String))
    kept = sa.table("snapshots", sa.column("delivery_id"), sa.column("readings"), sa.column("cell"))
    _fill(kept, kept.c.delivery_id, lambda row: _key_in(json.loads(row.readings)[0]["cell"]))
    with op.batch_alter_table("snapshots") as table:
        table.alter_column("cell", existing_type=sa.String, nullable=False)
        table.drop_constraint("pk_snapshots", type_="primary")
        table.create_primary_key("pk_snapshots", ["team_id", "delivery_id"])
    op.create_index("ix_snapshots_cell", "snapshots", ["team_id", "digest_id", "cell", "made_at"])


def _readings() -> None:
    """What was read twice at the same moment is kept once."""
    op.drop_index("ix_readings_cell", "readings")
    with op.batch_alter_table("readings") as table:
        table.add_column(sa.Column("cell", sa.String))
    instant = sa.DateTime(timezone=True)
    window = sa.column("after", instant), sa.column("before", instant)
    kept = sa.table("readings", sa.column("id"), sa.column("source"), *window, sa.column("filter"), sa.column("cell"))
    _fill(kept, kept.c.id, lambda row: _key(row.source, row.after, row.before, json.loads(row.filter)))
    op.execute("DELETE FROM readings WHERE id NOT IN (SELECT min(id) FROM readings GROUP BY team_id, cell, read_at)")
    with op.batch_alter_table("readings") as table:
        table.drop_constraint("pk_readings", type_="primary")
        table.drop_column("id")
        table.alter_column("cell", existing_type=sa.String, nullable=False)
    with op.batch_alter_table("readings") as table:
        table.create_primary_key("pk_readings", ["team_id", "cell", "read_at"])


def _fill(table: sa.TableClause, key: sa.ColumnElement[Any], cell: Callable[[sa.Row[Any]], str]) -> None:
    """Writes the cell of each row."""
    found = sa.update(table).where(key == sa.bindparam("row_key")).values(cell=sa.bindparam("row_cell"))
    for rows in _some_at_a_time(table, key):
        filled = [{"row_key": row._mapping[key], "row_cell": cell(row)} for row in rows]
        op.get_bind().execute(found, filled)


def _some_at_a_time(table: sa.TableClause, key: sa.ColumnElement[Any]) -> Iterator[list[sa.Row[Any]]]:
    some = sa.select(table).order_by(key).limit(AT_ONCE)
    rows = [*op.get_bind().execute(some)]
    while rows:
        yield rows
        rows = [*op.get_bind().execute(some.where(key > rows[-1]._mapping[key]))]


def _key_in(cell: dict[str, Any]) -> str:
    window = cell["window"]
    bounds = datetime.fromisoformat(window["after"]), datetime.fromisoformat(window["before"])
    return _key(cell["source"], *bounds, cell["filter"])


def _key(source: str, after: datetime, before: datetime, narrowed: dict[str, Any]) -> str:
    """The key as this revision makes it, whatever the code does later."""
    bounds = [(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC) for moment in (after, before)]
    parts = [source, *(bound.isoformat() for bound in bounds), {name: ids for name, ids in narrowed.items() if ids}]
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
