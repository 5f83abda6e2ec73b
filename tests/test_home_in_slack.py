"""Home from its opening to its buttons: the whole bot between a stand-in Slack and a stand-in Devin."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.playground.slack.standin import Dispatch, SlackFault, View
from tests.in_slack import SEES_CHANNELS, Mode, World, bot_in_slack

pytestmark = pytest.mark.usefixtures("nothing_set")
both = pytest.mark.parametrize("mode", ["socket", "http"])
USER = "U01NEWYORK"
PUBLISH = "views.publish"
LOOKS = ("users:read", "channels:read", "groups:read", "channels:history", "groups:history")


def words(view: View) -> str:
    return json.dumps(view.content["blocks"], ensure_ascii=False).replace("\N{NO-BREAK SPACE}", " ")


async def home_with(world: World, text: str) -> View:
    """The user's Home, as soon as it says this."""

    def found() -> View | None:
        home = world.slack.homes.get(USER)
        return home if home and text in words(home) else None

    return await world.slack.until(found)


async def opened(world: World, text: str = "Ask") -> View:
    """The Home of a user who looks at it until it says this."""
    async with asyncio.timeout(60):
        while True:
            home = await look(world)
            if text in words(home):
                return home


async def look(world: World) -> View:
    """The Home that is published because somebody looks at it."""

    def state() -> str:
        return world.slack.homes[USER].hash if USER in world.slack.homes else ""

    before = state()
    assert (await world.slack.open_home(USER)).error is None
    await world.slack.until(lambda: state() != before)
    return world.slack.homes[USER]


async def forget_what_was_asked(folder: Path) -> None:
    """Breaks the database where Home reads and answers write."""

    def drop() -> None:
        with closing(sqlite3.connect(folder / "bot.db", timeout=10)) as connection:
            connection.execute("DROP TABLE asked")

    await asyncio.to_thread(drop)


@both
async def test_a_click_in_home_is_answered_in_a_message_and_home_shows_it_as_asked(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        home = await opened(world, "First steps")
        assert (await world.slack.act(home, "ask-7d")).error is None
        (answer,) = await world.answered("Last 7 full days: ")
        assert (answer.channel, answer.ephemeral_to) == (USER, None)
        assert answer.blocks[0]["type"] == "header"
        assert "Share" not in json.dumps(answer.blocks)
        again = await home_with(world, "Run again")
        assert answer.text.partition("\n")[0] in words(again)
        assert "First steps" not in words(again)
        assert (await world.slack.act(again, "ask-again-1")).error is None
        await world.answered("Last 7 full days: ", count=2)


@both
async def test_what_was_typed_is_there_when_home_is_opened(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, scopes=SEES_CHANNELS) as world:
        await world.slack.command("last week org=payments share", user=USER)
        await world.answered("Payments: ")
        await opened(world, "last week org=payments\\nPayments: ")


async def test_what_came_as_a_csv_is_asked_again_as_a_csv(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.command("csv last week org=payments", user=USER)
        await world.answered("devin-metrics_")
        home = await opened(world, "csv last week org=payments\\n“devin-metrics_")
        await world.slack.act(home, "ask-again-1")
        await world.answered("devin-metrics_", count=2)


@both
async def test_a_report_that_is_built_in_home_comes_as_a_message_and_home_shows_it(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        home = await opened(world)
        assert (await world.slack.act(home, "build")).error is None
        form = await world.slack.until(lambda: world.slack.modal(USER))
        assert (await world.slack.submit(form)).error is None
        (answer,) = await world.answered("Last 7 full days: ")
        assert (answer.channel, answer.ephemeral_to) == (USER, None)
        await home_with(world, "Run again")


async def test_a_digest_that_is_set_up_from_home_stands_in_it(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, LOOKS) as world:
        assert (await world.slack.act(await opened(world), "digest-form")).error is None
        form = await world.slack.until(lambda: world.slack.modal(USER))
        assert (await world.slack.submit(form, {"digest-form-channel": "C01REPORTS"})).error is None
        await home_with(world, "Every Monday at 9:00 AM, New York time, in <#C01REPORTS>")


async def test_what_was_clicked_under_an_answer_pushes_nothing_out(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=SEES_CHANNELS) as world:
        await world.slack.command("last week org=payments", user=USER)
        (answer,) = await world.answered("Payments: ")
        await world.slack.click(answer, "share")
        await world.answered("Payments: ", count=2)
        await world.slack.command("last 4w org=payments", user=USER)
        home = await opened(world, "last 4w org=payments")
        assert words(home).count("Run again") == 2


async def test_a_home_that_was_published_before_a_restart_still_works(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        old = await opened(world)
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.homes[USER] = old
        assert (await world.slack.act(old, "ask-week")).error is None
        await world.answered("This week so far: ")
        await home_with(world, "Run again")


async def test_a_digest_is_paused_and_resumed_from_its_menu(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, LOOKS) as world:
        await world.slack.command("digest add weekly mon 9:00 last week org=payments", user=USER)
        await world.answered("Digest 1 is set up")
        home = await opened(world, "Every Monday at 9:00 AM")
        assert "Sends of all digests" in words(home)
        await world.slack.act(home, "ask-digest-1", "digest pause 1")
        await world.answered("Digest 1 is paused")
        home = await home_with(world, "It is paused until ")
        await world.slack.act(home, "ask-digest-1", "digest resume 1")
        await world.answered("Digest 1 comes again")
        await home_with(world, "Next: ")


async def test_a_home_that_slack_takes_late_does_not_stand_in_place_of_a_later_one(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, LOOKS) as world:
        await world.slack.command("digest add weekly mon 9:00 last week org=payments", user=USER)
        await world.answered("Digest 1 is set up")
        home = await opened(world, "Every Monday at 9:00 AM")
        world.slack.faults[PUBLISH].append(SlackFault(delay=1))
        await world.slack.act(home, "ask-digest-1", "digest pause 1")
        await world.slack.until(lambda: not world.slack.faults[PUBLISH])
        await world.slack.command("digest resume 1", user=USER)
        await world.answered("Digest 1 comes again")
        await world.slack.act(home, "ask-digest-1", "digest show 1")
        await world.answered("shows what it would say now")
    assert "It is paused" not in words(world.slack.homes[USER])


async def test_where_slack_refuses_a_home_the_bot_goes_on(tmp_path: Path) -> None:
    refusals = [SlackFault(error="not_enabled"), SlackFault(status=500), SlackFault(drop=True)]
    async with bot_in_slack("socket", tmp_path, faults={PUBLISH: refusals}) as world:
        for _ in refusals:
            assert (await world.slack.open_home(USER)).error is None
        await world.slack.until(lambda: not world.slack.faults[PUBLISH])
        assert not world.slack.homes
        await opened(world)


async def test_a_click_is_answered_where_slack_refuses_the_home_after_it(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        home = await opened(world)
        world.slack.faults[PUBLISH].append(SlackFault(error="not_enabled"))
        await world.slack.act(home, "ask-7d")
        await world.answered("Last 7 full days: ")


async def test_a_home_that_cannot_be_made_says_so_with_a_reference(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await forget_what_was_asked(tmp_path)
        home = await opened(world, "Something went wrong inside this bot.")
        assert "finds the cause in its log under" in words(home)


async def test_an_answer_comes_though_it_cannot_be_kept(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await forget_what_was_asked(tmp_path)
        await world.slack.command("last week org=payments", user=USER)
        await world.answered("Payments: ")
        await world.slack.command("last week org=search", user=USER)
        await world.answered("Search: ")


async def test_where_slack_refuses_the_blocks_the_message_has_the_words(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        home = await opened(world)
        world.slack.refuses.add("section")
        await world.slack.act(home, "ask-7d")
        (answer,) = await world.answered("Last 7 full days: ")
        assert (answer.channel, answer.blocks) == (USER, [])


async def test_the_messages_beside_home_are_no_home(tmp_path: Path) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        event = {"type": "app_home_opened", "user": "U01TOKYO", "channel": "D01TOKYO", "tab": "messages"}
        assert (await raw(world, {"type": "event_callback", "team_id": "T01STANDIN", "event": event})).status == 200
        await opened(world)
        assert "U01TOKYO" not in world.slack.homes


async def test_slack_may_ask_whether_the_address_is_the_bots(tmp_path: Path) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        delivery = await raw(world, {"type": "url_verification", "challenge": "abc", "token": "deprecated"})
        assert (delivery.status, delivery.body) == (200, {"challenge": "abc"})


async def raw(world: World, payload: dict[str, Any]) -> Dispatch:
    body = json.dumps(payload).encode()
    return await world.slack.deliver_raw(body, world.slack.sign(body) | {"Content-Type": "application/json"})
