"""The schema's revisions: each makes one schema, and a later one keeps what is stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, column, insert, inspect, table, text

from bot.devin import Cell, Counts, Filter, Reading
from bot.devin.cache import TimeRange
from bot.periods.window import Window
from bot.store import Instant, Store, metadata, migrations
from bot.store.deliveries import find_delivery
from bot.store.migrations import check_revision, migrate
from bot.store.notices import claim_notice
from bot.store.readings import StoredReadings
from bot.store.snapshots import READINGS, find_snapshot, last_sent

assert migrations.__file__
FOLDER = Path(migrations.__file__).parent
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEASE = timedelta(minutes=2)
WHOLE = Cell("v3-enterprise", Window(NOON - timedelta(days=7), NOON))
NARROWED = replace(WHOLE, filter=Filter(orgs=("org-1", "org-2"), playbook="playbook-1"))


def test_the_jobs_tables_are_those_of_the_installed_procrastinate() -> None:
    (shipped,) = FOLDER.glob("procrastinate_*.sql")
    notice, _, schema = shipped.read_text("utf-8").partition("-- ----\n")
    assert "Permission is hereby granted, free of charge" in notice
    assert schema == SchemaManager.get_schema(), (
        f"procrastinate {version('procrastinate')} has another schema than {shipped.name}: write a new migration with "
        "its changes, and leave the old file to the revision that loads it"
    )


async def at_revision(store: Store, revision: str) -> None:
    """Brings an empty database to a revision of before."""

    def run(connection: Connection) -> None:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "bot.store:migrations")
        command.upgrade(config, revision)

    async with store.writing(exclusive=True) as connection:
        await connection.run_sync(run)


async def add(store: Store, name: str, *rows: dict[str, object]) -> None:
    """Rows of a table whose columns are not the code's."""
    columns = (column(key, Instant() if isinstance(value, datetime) else None) for key, value in rows[0].items())
    async with store.writing() as connection:
        await connection.execute(insert(table(name, *columns)), list(rows))


def delivery_of_0004(key: str, team: str) -> dict[str, object]:
    moments = dict.fromkeys(("due", "planned_at", "at", "run_at"), NOON)
    about = {"id": key, "team_id": team, "digest_id": 1, "occurrence": f"on {key}", "channel": "C1"}
    return {**about, **moments, "state": "sent", "attempt": 1, "unclear": False, "ts": "1.0", "reason": "found"}


def snapshot_of_0004(key: str, team: str, *cells: Cell) -> dict[str, object]:
    made = READINGS.dump_json([Reading(cell, NOON, Counts(sessions=7)) for cell in cells])
    about = {"delivery_id": key, "team_id": team, "digest_id": 1}
    return {**about, "query": "last week", "made_at": NOON, "readings": made}


def reading_of_0004(cell: Cell, narrowed: str, at: datetime, sessions: int) -> dict[str, object]:
    window = {"after": cell.window.after, "before": cell.window.before}
    counted = b'{"sessions": %d}' % sessions
    return {"team_id": "T1", "source": cell.source, **window, "filter": narrowed, "read_at": at, "counts": counted}


NOT_NARROWED = '{"orgs": [], "playbook": null, "service_users": [], "users": []}'
TWO_ORGS = '{"orgs": ["org-1", "org-2"], "playbook": "playbook-1", "service_users": [], "users": []}'


@pytest.fixture
async def of_0004(empty_store: Store) -> Store:
    """A database that a bot of revision 0004 has used."""
    await at_revision(empty_store, "0004")
    await add(empty_store, "deliveries", delivery_of_0004("a", "T1"), delivery_of_0004("b", "T2"))
    narrowed, whole = snapshot_of_0004("a", "T1", NARROWED, WHOLE), snapshot_of_0004("b", "T2", WHOLE)
    await add(empty_store, "snapshots", narrowed, whole)
    about = {"team_id": "T1", "digest_id": 1, "kind": "failed", "problem": '["bug", {"reference": "abc"}]', "at": NOON}
    await add(empty_store, "notices", {**about, "run_at": NOON}, {**about, "run_at": NOON + LEASE})
    await add(
        empty_store,
        "readings",
        reading_of_0004(WHOLE, NOT_NARROWED, NOON, 1),
        reading_of_0004(WHOLE, NOT_NARROWED, NOON, 1),  # Nothing kept it from standing there twice.
        *(reading_of_0004(WHOLE, NOT_NARROWED, NOON - timedelta(minutes=n), 9) for n in range(1, 1200)),
        reading_of_0004(NARROWED, TWO_ORGS, NOON, 2),
    )
    return empty_store


async def test_a_database_of_0004_keeps_what_is_in_it(of_0004: Store) -> None:
    assert await migrate(of_0004)
    await check_revision(of_0004)
    async with of_0004.reading() as connection:
        delivery = await find_delivery(connection, "T1", "a")
        indexes = await connection.run_sync(
            lambda sync: {one["name"] for one in inspect(sync).get_indexes("deliveries")}
        )
    assert delivery
    assert (delivery.state, delivery.due, delivery.ts, delivery.reason, delivery.unclear) == (
        "sent", NOON, "1.0", "found", False,
    )  # fmt: skip
    assert indexes == {"ix_deliveries_due", "ix_deliveries_under_way", "uq_deliveries_occurrence"}


async def test_what_a_digest_sent_before_0005_is_found_by_its_whole(of_0004: Store) -> None:
    await migrate(of_0004)
    assert await last_sent(of_0004, "T1", 1, NARROWED) == ("a", Reading(NARROWED, NOON, Counts(sessions=7)))
    assert await last_sent(of_0004, "T1", 1, WHOLE) is None
    assert await last_sent(of_0004, "T2", 1, WHOLE) == ("b", Reading(WHOLE, NOON, Counts(sessions=7)))
    assert [*await find_snapshot(of_0004, "T1", "a")] == [NARROWED, WHOLE]


async def test_readings_of_before_0005_are_found_and_stand_once(of_0004: Store) -> None:
    await migrate(of_0004)
    kept = StoredReadings(of_0004, "T1")
    found = await kept.find(dict.fromkeys((WHOLE, NARROWED), TimeRange(NOON - LEASE, NOON)))
    assert {cell: reading.counts.sessions for cell, reading in found.items()} == {WHOLE: 1, NARROWED: 2}
    async with of_0004.reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM readings")) == 1201


async def test_notices_of_before_0005_are_told_in_their_order(of_0004: Store) -> None:
    await migrate(of_0004)
    first = await claim_notice(of_0004, ("T1",), NOON, timedelta(days=1))
    second = await claim_notice(of_0004, ("T1",), NOON + LEASE, timedelta(days=1))
    assert first
    assert second
    assert (first.problem.key, first.problem.data, {first.id, second.id}) == ("bug", {"reference": "abc"}, {"1", "2"})
    assert await claim_notice(of_0004, ("T1",), NOON + LEASE, timedelta(days=1)) is None


@pytest.mark.parametrize("name", [*metadata.tables])
async def test_the_workspace_stands_in_every_key_first(store: Store, name: str) -> None:
    def keys(connection: Connection) -> list[list[Any]]:
        found = inspect(connection)
        unique: list[list[Any]] = [one["column_names"] for one in found.get_indexes(name) if one["unique"]]
        unique += [one["column_names"] for one in found.get_unique_constraints(name)]
        return [found.get_pk_constraint(name)["constrained_columns"], *unique]

    async with store.reading() as connection:
        found = await connection.run_sync(keys)
    assert [columns[0] for columns in found] == ["team_id"] * len(found)
    assert [key.name for key in metadata.tables[name].primary_key] == found[0]
