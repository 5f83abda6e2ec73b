"""What is asked every second is answered by an index, on both databases, however many rows are final."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, text

from bot.playground.due import is_sending
from bot.schedules.delivery import FINAL_STATES
from bot.store import Store
from bot.store.deliveries import CLAIMED, UNCLAIMED, claimable, deliveries, stranded_deliveries
from bot.store.delivery_counts import delivery_counts

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MANY = 4000
UNDER_WAY = (*UNCLAIMED, *CLAIMED)


def row(number: int) -> dict[str, object]:
    """One delivery an hour; the last twelve are under way, three in each state."""
    due = NOON - (MANY - number) * HOUR
    state = UNDER_WAY[number % 4] if number >= MANY - 12 else FINAL_STATES[number % 4]
    moments = {"due": due, "planned_at": due, "at": due, "run_at": due, "lease_until": due + MINUTE}
    about = {"team_id": "T1", "id": f"d{number}", "digest_id": number % 50, "occurrence": f"o{number}", "channel": "C1"}
    return {**about, **moments, "state": state, "attempt": 1, "unclear": False}


@pytest.fixture
async def full(store: Store) -> Store:
    """A workspace's 4,000 deliveries, and what PostgreSQL's autovacuum would have counted by now."""
    async with store.writing() as connection:
        await connection.execute(insert(deliveries), [row(number) for number in range(MANY)])
    async with store.writing() as connection:
        if store.shared:
            await connection.execute(text("ANALYZE deliveries"))
    return store


Ask = Callable[[Store], Awaitable[object]]


async def ask_ready(store: Store) -> object:
    return await claimable(store, ("T1",), NOON, 40)


async def ask_stranded(store: Store) -> object:
    async with store.writing() as connection:
        return await stranded_deliveries(connection, ("T1",), NOON, MINUTE)


async def ask_sending(store: Store) -> object:
    return await is_sending(store, "T1", NOON)


async def ask_tally(store: Store) -> object:
    async with store.reading() as connection:
        return await delivery_counts(connection, "T1", NOON - 24 * HOUR, MINUTE)


async def plan_of(store: Store, ask: Ask) -> str:
    """How the database finds the deliveries that a function asks for."""
    asked: list[tuple[str, Any]] = []

    def note(*said: Any) -> None:
        asked.append((said[2], said[3]))

    event.listen(store.engine.sync_engine, "before_cursor_execute", note)
    await ask(store)
    event.remove(store.engine.sync_engine, "before_cursor_execute", note)
    (statement, values), *_ = [one for one in asked if "deliveries" in one[0]]
    explain = "EXPLAIN (COSTS OFF)" if store.shared else "EXPLAIN QUERY PLAN"

    def explained(connection: Connection) -> str:
        return "\n".join(str(line[-1]) for line in connection.exec_driver_sql(f"{explain} {statement}", values))

    async with store.reading() as connection:
        return await connection.run_sync(explained)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (ask_ready, "ix_deliveries_under_way"),
        (ask_stranded, "ix_deliveries_under_way"),
        (ask_sending, "ix_deliveries_under_way"),
        (ask_tally, "ix_deliveries_due"),
    ],
)
async def test_what_is_asked_again_and_again_has_its_index(full: Store, ask: Ask, index: str) -> None:
    plan = await plan_of(full, ask)
    assert index in plan
    assert "Seq Scan" not in plan
    assert "SCAN" not in plan


async def test_what_is_ready_comes_out_of_the_index_in_its_order(full: Store) -> None:
    plan = await plan_of(full, ask_ready)
    assert "SORT" not in plan.upper().replace("ORDER BY", "SORT")
    assert "run_at" in plan


async def test_ready_is_what_waits_and_what_lost_its_holder_the_longest_waiting_first(full: Store) -> None:
    assert await claimable(full, ("T1",), NOON, 40) == [("T1", f"d{number}") for number in range(MANY - 12, MANY)]
    last_lease = NOON - HOUR + MINUTE
    claimed = {f"d{number}" for number in range(MANY - 12, MANY) if row(number)["state"] in CLAIMED}
    assert claimed - {key.id for key in await claimable(full, ("T1",), last_lease, 40)} == {f"d{MANY - 1}"}
