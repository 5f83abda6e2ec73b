"""Where the names of a workspace come from: from what was typed there last, also by others and before a restart."""

from dataclasses import replace
from datetime import datetime

import aiohttp
import pytest
from sqlalchemy import text

from bot.digests.notices import NoticeSender
from bot.playground.slack.standin import Slack, SlackFault, User
from bot.problems import Problem
from bot.queries.request import Names
from bot.slack.client import auth_test, web_client
from bot.slack.names import NAME_KNOWN_FOR, WorkspaceNames, bot_name
from bot.store import Store
from bot.store.notices import Notice, add_notice
from bot.store.workspaces import store_workspace, stored_command
from tests.at_work import MONDAY, TEAM, Hand, World


def names_in(store: Store, hand: Hand) -> WorkspaceNames:
    """What a process that has just started knows."""
    return WorkspaceNames(store, "Numbers", hand)


async def test_a_name_that_was_typed_holds_at_once_and_after_a_restart(file_store: Store, hand: Hand) -> None:
    names = names_in(file_store, hand)
    assert await names.of("T1") == Names("/devin-metrics", "Numbers")
    names.typed("T1", "/metrics")
    assert await names.of("T1") == Names("/metrics", "Numbers")
    await names.store("T1", None)
    assert await names_in(file_store, hand).of("T1") == Names("/metrics", "Numbers")


async def test_two_workspaces_do_not_mix(file_store: Store, hand: Hand) -> None:
    names = names_in(file_store, hand)
    for team, command in (("T1", "/metrics"), ("T2", "/numbers")):
        names.typed(team, command)
        assert (await names.of(team)).command == command
        await names.store(team, None)
    for known in (names, names_in(file_store, hand)):
        assert [(await known.of(team)).command for team in ("T1", "T2", "T3")] == [
            *("/metrics", "/numbers", "/devin-metrics"),
        ]


@pytest.mark.parametrize("command", ["", "metrics", "/", "/two words", "/" + 33 * "m", "/a\n"])
async def test_what_is_no_name_is_not_used(command: str, file_store: Store, hand: Hand) -> None:
    names = names_in(file_store, hand)
    names.typed("T1", command)
    assert (await names.of("T1")).command == "/devin-metrics"
    await names.store("T1", None)
    assert await stored_command(file_store, "T1") is None
    await store_workspace(file_store, "T1", None, command, hand.at)
    assert (await names.of("T1")).command == "/devin-metrics"


async def test_a_name_is_written_where_it_is_another_one(
    file_store: Store, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = list[str]()

    async def kept(_store: Store, _team: str, _enterprise: str | None, command: str, _at: datetime) -> None:
        written.append(command)

    monkeypatch.setattr("bot.slack.names.store_workspace", kept)
    names = names_in(file_store, hand)
    for command in ("/metrics", "/metrics", "/numbers", "/numbers", "/metrics"):
        names.typed("T1", command)
        await names.store("T1", None)
    assert written == ["/metrics", "/numbers", "/metrics"]


async def test_what_another_process_stored_is_known_within_minutes(file_store: Store, hand: Hand) -> None:
    names = names_in(file_store, hand)
    names.typed("T1", "/metrics")
    await names.store("T1", None)
    await store_workspace(file_store, "T1", None, "/numbers", hand.at)
    assert (await names.of("T1")).command == "/metrics"
    hand.at += NAME_KNOWN_FOR
    assert (await names.of("T1")).command == "/numbers"


async def test_without_a_database_a_name_holds_all_the_same_and_is_stored_later(file_store: Store, hand: Hand) -> None:
    names = names_in(file_store, hand)
    async with file_store.writing() as connection:
        await connection.execute(text("ALTER TABLE workspaces RENAME TO away"))
    names.typed("T1", "/metrics")
    await names.store("T1", None)
    hand.at += NAME_KNOWN_FOR
    assert (await names.of("T1")).command == "/metrics"
    assert (await names.of("T2")).command == "/devin-metrics"
    async with file_store.writing() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO workspaces"))
    names.typed("T1", "/metrics")
    await names.store("T1", None)
    assert await stored_command(file_store, "T1") == "/metrics"


async def test_a_digest_after_a_restart_says_the_stored_name(world: World) -> None:
    await store_workspace(world.context.store, TEAM, None, "/metrics", world.hand.at)
    await store_workspace(world.context.store, "T2", None, "/elsewhere", world.hand.at)
    digest = await world.add()
    async with world.working():
        world.hand.at = MONDAY
        await world.until_sent(digest, 1)
    (posted,) = world.texts()
    assert "settings: “/metrics digest show 1”" in posted


async def test_a_notice_says_the_stored_name(world: World) -> None:
    await store_workspace(world.context.store, TEAM, None, "/metrics", world.hand.at)
    digest = await world.add()
    async with world.context.store.writing() as connection:
        told = Notice(digest.id, "failed", Problem("devin-down", status=503, tries=3), world.hand.at)
        await add_notice(connection, TEAM, told)
    assert await NoticeSender(world.context, admin_channel=None).send_next()
    (posted,) = world.texts("U01NEWYORK")
    assert "/metrics digest send 1" in posted
    assert "/devin-metrics" not in posted


# What the bot is called


async def named(slack: Slack, **changes: object) -> str:
    async with aiohttp.ClientSession() as session:
        client = web_client(slack.bot_token, slack.api_url, session)
        return await bot_name(client, replace(await auth_test(client), **changes))  # type: ignore[arg-type]


async def test_where_slack_tells_it_the_bot_has_its_full_name(slack: Slack) -> None:
    slack.users[slack.bot_user_id] = User("numbers2", real_name="Numbers")
    assert await named(slack) == "Numbers"


@pytest.mark.parametrize(
    ("handle", "name"),
    [
        *[(handle, "Devin Metrics") for handle in ("devin_metrics", "devinmetrics", "devin-metrics2", "")],
        *[(handle, handle) for handle in ("numbers", "devin_metrics_eu")],
    ],
)
async def test_where_it_does_not_a_handle_that_is_another_one_is_the_name(slack: Slack, handle: str, name: str) -> None:
    assert await named(slack, scopes=frozenset(), handle=handle) == name
    slack.faults["users.info"].append(SlackFault(status=503))
    assert await named(slack, handle=handle) == name
