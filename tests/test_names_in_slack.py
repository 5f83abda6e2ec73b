"""A workspace in which the command is called `/metrics` and the bot Numbers, from Slack's payloads to its messages."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.playground.slack.standin import SlackFault
from tests.in_slack import Mode, World, bot_in_slack
from tests.test_home_in_slack import look
from tests.test_modals import form, typed

pytestmark = pytest.mark.usefixtures("nothing_set")
both = pytest.mark.parametrize("mode", ["socket", "http"])
LOOKS = ("channels:read", "groups:read")


@pytest.fixture(autouse=True)
def numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack says that the bot is called Numbers."""

    async def name(*_: object) -> str:
        return "Numbers"

    monkeypatch.setattr("bot.slack.names.bot_name", name)


def nothing_is_called_as_installed(world: World) -> None:
    shown = [*world.slack.posts, *world.slack.homes.values(), *world.slack.modals, *world.slack.responses]
    assert shown
    assert [one for one in shown if "/devin-metrics" in str(one) or "@Devin Metrics" in str(one)] == []


def stored(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "bot.db", timeout=10)) as connection:
        return connection.execute("SELECT team_id, command FROM workspaces").fetchall()


@both
async def test_whatever_is_typed_clicked_or_opened_says_the_names_in_use(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, LOOKS) as world:
        world.slack.command_name = "/metrics"
        await world.slack.command("nonsense")
        await world.answered("Usage: “/metrics [period]")
        await world.slack.command("digest add weekly mon 9:00 last week org=payments")
        await world.answered("Digest 1 is set up")
        await world.answered("“/metrics digest pause 1”")  # In the channel that it comes to.
        await world.slack.command("digest send 1")
        await world.answered("settings: “/metrics digest show 1”")
        await world.slack.command("digest add daily 9:00", channel="C01RANDOM")
        await world.answered("/invite @Numbers")
        assert "/metrics settings reset" in json.dumps((await look(world)).content)
        await world.slack.shortcut("build")
        assert typed(await form(world)) == "/metrics last 7d"
        nothing_is_called_as_installed(world)


async def test_an_answer_that_may_be_there_says_the_names_in_use(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, LOOKS) as world:
        world.slack.command_name = "/metrics"
        world.slack.faults["response_url"].append(SlackFault(drop=True, accepted=True))
        await world.slack.command("digest send 1")
        await world.answered("“/metrics digest list” shows how things stand")


@both
async def test_after_a_restart_the_name_that_was_typed_last_holds(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        world.slack.command_name = "/metrics"
        await world.slack.command("help")
        await world.answered("last 7d")
    assert stored(tmp_path) == [("T01STANDIN", "/metrics")]
    async with bot_in_slack(mode, tmp_path) as world:
        await look(world)
        await world.slack.shortcut("digest-form")
        assert typed(await form(world)).startswith("/metrics digest add ")
        nothing_is_called_as_installed(world)


async def test_a_name_that_cannot_be_stored_is_answered_with_all_the_same(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await asyncio.to_thread(_drop_workspaces, tmp_path / "bot.db")
        world.slack.command_name = "/metrics"
        await world.slack.command("nonsense")
        await world.answered("Usage: “/metrics [period]")
        await world.slack.command("nonsense")
        await world.answered("Usage: “/metrics [period]", count=2)


def _drop_workspaces(database: Path) -> None:
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.execute("DROP TABLE workspaces")
