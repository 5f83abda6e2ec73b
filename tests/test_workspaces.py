"""What is stored of workspaces and of Slack's events."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.store import Store
from bot.store.events import claim_event, delete_old_events
from bot.store.workspaces import store_workspace, stored_command, workspaces_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_a_command_is_called_as_it_was_typed_last_in_its_workspace(store: Store) -> None:
    await store_workspace(store, "T1", None, "/devin-metrics", NOON)
    await store_workspace(store, "T1", None, "/metrics", NOON + timedelta(minutes=1))
    await store_workspace(store, "T2", None, "/devin", NOON)
    assert [await stored_command(store, team) for team in ("T1", "T2", "T3")] == ["/metrics", "/devin", None]


async def test_a_click_leaves_the_name_of_the_command(store: Store) -> None:
    await store_workspace(store, "T1", None, "/metrics", NOON)
    await store_workspace(store, "T1", None, None, NOON + timedelta(minutes=1))
    assert await stored_command(store, "T1") == "/metrics"


async def test_an_organization_has_the_workspaces_in_which_its_people_asked(store: Store) -> None:
    for team, enterprise in (("T1", "E1"), ("T2", "E1"), ("T3", "E2"), ("T4", None)):
        await store_workspace(store, team, enterprise, None, NOON)
    assert await workspaces_of(store, "E1") == {"T1", "T2"}


async def test_of_all_deliveries_of_an_event_one_is_taken(store: Store) -> None:
    taken = await asyncio.gather(*(claim_event(store, "T1", "Ev1", NOON) for _ in range(5)))
    assert sorted(taken) == [False, False, False, False, True]
    assert await claim_event(store, "T1", "Ev2", NOON)
    assert await claim_event(store, "T2", "Ev1", NOON)


async def test_events_are_forgotten_when_slack_no_longer_repeats_them(store: Store) -> None:
    await claim_event(store, "T1", "Ev1", NOON - timedelta(days=3))
    await claim_event(store, "T1", "Ev2", NOON)
    async with store.writing() as connection:
        await delete_old_events(connection, ("T1",), NOON - timedelta(days=2))
    assert await claim_event(store, "T1", "Ev1", NOON)
    assert not await claim_event(store, "T1", "Ev2", NOON)
