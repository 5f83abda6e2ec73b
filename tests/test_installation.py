"""Which workspaces an installation works for: its own, those that are named, or those of its organization."""

from datetime import UTC, datetime, timedelta

from bot.store import Store
from bot.store.installation import KNOWN_FOR, Installation
from bot.store.workspaces import store_workspace
from tests.at_work import Hand

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def ask_in(store: Store, *places: tuple[str, str | None]) -> None:
    """Somebody asks in workspaces, each with its organization."""
    for team, enterprise in places:
        await store_workspace(store, team, enterprise, None, NOON)


async def test_a_workspace_that_has_installed_it_is_the_only_one(file_store: Store) -> None:
    await ask_in(file_store, ("T1", "E1"), ("T2", "E1"))
    one = Installation(file_store, "T1", Hand(), named=frozenset({"T2"}))
    assert await one.all() == ("T1",)
    assert [one.holds(team) for team in ("T1", "T2")] == [True, False]


async def test_an_organization_has_the_workspaces_in_which_somebody_asked(file_store: Store) -> None:
    await ask_in(file_store, ("T2", "E1"), ("T1", "E1"), ("T3", "E2"), ("T4", None))
    grid = Installation(file_store, "E1", Hand(), org_wide=True)
    assert await grid.all() == ("T1", "T2")
    assert grid.holds("T5")  # Where a user asks for the first time.


async def test_what_no_workspace_sent_is_for_no_workspace(file_store: Store) -> None:
    grid = Installation(file_store, "E1", Hand(), org_wide=True)
    assert [grid.holds(team) for team in ("", "E1")] == [False, False]


async def test_of_an_organization_the_workspaces_that_are_named_are_the_only_ones(file_store: Store) -> None:
    await ask_in(file_store, ("T1", "E1"), ("T2", "E1"))
    grid = Installation(file_store, "E1", Hand(), org_wide=True, named=frozenset({"T9", "T2"}))
    assert await grid.all() == ("T2", "T9")
    assert [grid.holds(team) for team in ("T1", "T2", "T9")] == [False, True, True]


async def test_a_further_workspace_is_known_after_a_while(file_store: Store) -> None:
    hand = Hand()
    grid = Installation(file_store, "E1", hand, org_wide=True)
    assert await grid.all() == ()
    await ask_in(file_store, ("T1", "E1"))
    hand.at += KNOWN_FOR - timedelta(seconds=1)
    assert await grid.all() == ()
    hand.at += timedelta(seconds=1)
    assert await grid.all() == ("T1",)
