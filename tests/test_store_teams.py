"""Two workspaces in one database: neither sees nor changes a row of the other, though all their ids are the same."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from bot.devin import Cell, Counts, Reading
from bot.devin.cache import TimeRange
from bot.periods.window import Window
from bot.playground.due import is_sending, next_send
from bot.problems import Problem
from bot.queries.query import parse
from bot.queries.request import Asked, Preferences
from bot.schedules.delivery import Digest, new_delivery
from bot.schedules.schedule import read_rule
from bot.store import Store, metadata
from bot.store.deliveries import (
    change_state,
    claim_delivery,
    claimable,
    delete_old_deliveries,
    find_delivery,
    insert_delivery,
    last_deliveries,
    release,
    settle_uncertain,
    stranded_deliveries,
)
from bot.store.delivery_counts import delivery_counts
from bot.store.digests import (
    add_digest,
    all_digests,
    change_digest,
    drop_steward,
    due_digests,
    find_digest,
    mark_planned,
    pause_digest,
    remove_digest,
)
from bot.store.notices import Notice, add_notice, claim_notice, delete_old_notices, reschedule_notice
from bot.store.people import own_settings, save_settings
from bot.store.questions import StoredQuestions, delete_old_questions
from bot.store.readings import StoredReadings, delete_old_readings
from bot.store.slots import RateLimit, block_slots, next_slot, reserve_slot, take_slot
from bot.store.snapshots import delete_old_snapshots, find_snapshot, last_sent, store_snapshot

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER, LEASE, DAY = NOON + timedelta(hours=1), timedelta(minutes=2), timedelta(days=1)
CELL = Cell("v3-enterprise", Window(NOON - 7 * DAY, NOON))
DIGEST = Digest(
    rule=read_rule("daily 09:00", NOON.date()),
    tz=ZoneInfo("UTC"),
    query=parse("yesterday"),
    channel="C1",
    lang="en",
    since=NOON - DAY,
    steward="U1",
    secret="0" * 32,  # As after an export, and an import into another workspace.
)
DUE, SENT, UNCERTAIN = (new_delivery(DIGEST, on, NOON, NOON) for on in ("2026-11-23", "2026-11-22", "2026-11-21"))


async def use(store: Store, team: str, sessions: int) -> None:
    """All that a workspace stores; `sessions` tells its numbers from another one's."""
    made = Reading(CELL, NOON, Counts(sessions=sessions))
    async with store.writing(exclusive=True) as connection:
        digest = await add_digest(connection, team, DIGEST)
        for delivery, state in ((DUE, "due"), (SENT, "sent"), (UNCERTAIN, "uncertain")):
            stored = replace(delivery, digest=digest.id, state=state)  # type: ignore[arg-type]
            assert await insert_delivery(connection, store, team, stored)
        about = {"team_id": team, "delivery_id": SENT.id, "digest_id": digest.id, "query": team, "made_at": NOON}
        await store_snapshot(connection, store, about, {CELL: made})
        await add_notice(connection, team, Notice(digest.id, "failed", Problem(team), NOON))
        assert await reserve_slot(connection, store, team, RateLimit("post", LEASE, LEASE), NOON)
    await save_settings(store, team, "U1", NOON, lang="ja", tz=f"Etc/{team}")
    await StoredQuestions(store, team).keep("U1", Asked("last week", team, NOON))
    await StoredReadings(store, team).keep([made])


async def rows_of(store: Store, team: str) -> list[tuple[object, ...]]:
    async with store.reading() as connection:
        tables = sorted(metadata.tables.values(), key=lambda table: table.name)
        found = [await connection.execute(select(table).where(table.c.team_id == team)) for table in tables]
        return sorted((tuple(row) for rows in found for row in rows), key=repr)


@pytest.fixture
async def shared(store: Store) -> AsyncIterator[Store]:
    """A database of two workspaces. Every statement on it names a workspace where it says which rows."""
    await use(store, "T1", sessions=1)
    await use(store, "T2", sessions=2)
    anywhere: list[str] = []

    def note(*said: Any) -> None:
        statement = " ".join(said[2].split())
        inner = statement.partition(" WHERE ")[2]
        if re.search("|".join(metadata.tables), statement) and not statement.startswith("INSERT"):
            anywhere.extend([] if re.search("team_id (=|IN) ", inner) else [statement])

    event.listen(store.engine.sync_engine, "before_cursor_execute", note)
    yield store
    assert anywhere == []


async def test_each_reads_its_own(shared: Store) -> None:
    store = shared
    for team, sessions in (("T1", 1), ("T2", 2)):
        made = Reading(CELL, NOON, Counts(sessions=sessions))
        async with store.reading() as connection:
            assert [one.id for one in await all_digests(connection, team)] == [1]
            assert [one.id for one in await due_digests(connection, (team,), LATER + DAY, 9)] == [1]
            assert await find_digest(connection, team, 1)
            assert await find_delivery(connection, team, DUE.id)
            assert len(await last_deliveries(connection, team, 1, 9)) == 3
            assert (await delivery_counts(connection, team, NOON - DAY, LEASE)).sent == 1
        assert await claimable(store, (team,), LATER, 9) == [(team, DUE.id)]
        assert await is_sending(store, team, NOON)
        assert await next_send(store, team)
        assert await find_snapshot(store, team, SENT.id) == {CELL: made}
        assert await last_sent(store, team, 1, CELL) == (SENT.id, made)
        assert await StoredReadings(store, team).find({CELL: TimeRange(NOON, NOON)}) == {CELL: made}
        assert await StoredQuestions(store, team).last("U1") == [Asked("last week", team, NOON)]
        assert await own_settings(store, team, "U1") == Preferences(f"Etc/{team}", "ja")
        assert await next_slot(store, team, "post") == NOON + LEASE


async def test_what_one_sent_is_not_what_the_other_sent(shared: Store) -> None:
    async with shared.writing() as connection:
        assert await settle_uncertain(connection, "T2", UNCERTAIN.id, {"state": "failed"})
        await delete_old_deliveries(connection, ("T2",), LATER)
    assert await last_sent(shared, "T2", 1, CELL) is None
    assert await last_sent(shared, "T1", 1, CELL)


async def claim_of(store: Store, team: str) -> Any:
    found = await claim_delivery(store, team, DUE.id, LATER, LEASE)
    assert found
    return found


async def test_what_one_does_with_a_delivery_leaves_the_other_s(shared: Store) -> None:
    theirs = await claim_of(shared, "T2")  # Both hold their own, at the same attempt.
    before = await rows_of(shared, "T2")
    mine = await claim_of(shared, "T1")
    async with shared.writing() as connection:
        assert await release(connection, mine, LATER)
    mine = await claim_of(shared, "T1")
    async with shared.writing() as connection:
        assert await change_state(connection, mine, "posting", LATER)
    assert await rows_of(shared, "T2") == before
    async with shared.writing() as connection:
        assert await change_state(connection, theirs, "posting", LATER)


async def test_a_notice_is_told_to_its_own(shared: Store) -> None:
    before = await rows_of(shared, "T2")
    notice = await claim_notice(shared, ("T1",), NOON, LEASE)
    assert notice
    assert notice.problem.key == "T1"
    await reschedule_notice(shared, notice, None)
    assert await claim_notice(shared, ("T1",), LATER, LEASE) is None
    assert await rows_of(shared, "T2") == before


async def test_what_one_changes_or_forgets_the_other_keeps(shared: Store) -> None:
    before = await rows_of(shared, "T2")
    store = shared
    async with store.writing(exclusive=True) as connection:
        digest = await find_digest(connection, "T1", 1)
        assert digest
        await change_digest(connection, "T1", replace(digest, lang="zh"))
        await mark_planned(connection, "T1", digest, LATER)
        await pause_digest(connection, "T1", 1, "by-hand")
        await drop_steward(connection, "T1", 1)
        assert await stranded_deliveries(connection, ("T1",), LATER, LEASE) == [("T1", DUE.id)]
        await settle_uncertain(connection, "T1", UNCERTAIN.id, {"state": "sent"})
        await remove_digest(connection, "T1", 1)
        assert await take_slot(connection, store, "T1", "post", (LATER, LATER + DAY))
        for forget in (
            delete_old_deliveries,
            delete_old_snapshots,
            delete_old_notices,
            delete_old_readings,
            delete_old_questions,
        ):
            await forget(connection, ("T1",), LATER)
        await remove_digest(connection, "T1", 1)
    await block_slots(store, "T1", "post", LATER + DAY)
    await save_settings(store, "T1", "U1", LATER, lang="en", tz=None)
    await StoredQuestions(store, "T1").keep("U1", Asked("last 7d", "new", LATER))
    assert await rows_of(store, "T2") == before
