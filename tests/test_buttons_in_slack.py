"""What a click on a button answers, over both transports, also on a message from before a restart."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.playground.devin.standin import DevinFault
from bot.playground.slack.standin import Post
from tests.in_slack import Mode, World, bot_in_slack
from tests.test_digests_in_slack import LOOKS

both = pytest.mark.parametrize("mode", ["socket", "http"])


def buttons(post: Post) -> Iterator[tuple[str, str]]:
    """Action and text of each button and option under a message."""
    for element in post.blocks[-1]["elements"]:
        if "options" in element:
            yield from ((element["action_id"], option["value"]) for option in element["options"])
        else:
            yield element["action_id"], element["value"]


async def click(world: World, post: Post, action: str, value: str | None = None) -> Post:
    """A click, and the answer to it."""
    before = len(world.slack.posts)
    assert (await world.slack.click(post, action, value=value)).error is None
    return (await world.slack.until(lambda: world.slack.posts[before:]))[0]


def forget_readings(file: Path) -> None:
    """As if nothing had been asked before; what deliveries were made of stays."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("DELETE FROM readings")
        database.commit()


@both
async def test_every_button_of_a_report_answers_the_one_who_clicked(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        await world.slack.command("last week")
        (report,) = await world.answered("Last week: ")
        for action, text in buttons(report):
            if action not in {"share", "digest-form"}:
                answer = await click(world, report, action, text)
                assert answer.ephemeral_to == "U01NEWYORK"
                assert "not known" not in answer.text, text
                assert "sessions" in answer.text.casefold(), text


@both
async def test_what_devin_could_not_answer_is_asked_again_by_a_click(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        world.devin.faults.extend([DevinFault(status=503)] * 8)
        await world.slack.command("last week org=payments")
        (down,) = await world.answered("no number was guessed")
        world.devin.faults.clear()
        assert (await click(world, down, "ask-again")).text.startswith("Payments: ")


@both
async def test_what_was_probably_meant_is_asked_by_a_click(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        await world.slack.command("lst week org=payments")
        (unknown,) = await world.answered("Did you mean")
        assert (await click(world, unknown, "ask-meant")).text.startswith("Payments: ")
        assert "Ask for Devin session metrics" in (await click(world, unknown, "ask-help")).text


@both
async def test_a_report_is_made_a_digest_in_a_form_that_knows_its_question(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, LOOKS) as world:
        await world.slack.command("last month org=payments")
        (report,) = await world.answered("Payments: ")
        assert (await world.slack.click(report, "digest-form")).error is None
        view = await world.slack.until(lambda: world.slack.modal("U01NEWYORK"))
        await world.slack.submit(view)
        (confirmed,) = await world.answered("Digest 1 is set up")
        assert "On day 1 of every month at 9:00\xa0AM, New York time" in confirmed.text
        assert "last month, Payments" in confirmed.text


@both
async def test_a_digest_s_buttons_answer_from_what_it_was_made_of(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, LOOKS) as world:
        await world.slack.command("digest add weekly mon 9:00 last week org=payments")
        await world.answered("Digest 1 is set up")
        await world.slack.command("digest send 1")
        (post,) = await world.answered("Payments: ")
        await asyncio.to_thread(forget_readings, tmp_path / "bot.db")
        calls = len(world.devin.requests)
        for action in ("ask-size", "ask-origin"):
            answer = await click(world, post, action)
            assert answer.text.splitlines()[0] == post.text.splitlines()[0]
            assert answer.ephemeral_to == "U01NEWYORK"
        assert len(world.devin.requests) == calls
        await click(world, post, "ask-weeks")
        assert len(world.devin.requests) > calls


async def test_a_digest_s_button_asks_anew_where_its_data_is_no_longer_kept(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.command("last week by=size of=17dbab3b32435d51bf1b3853f20476cc")
        (answer,) = await world.answered("Last week: ")
        assert "these figures were asked for anew" in answer.text


async def test_what_a_digest_s_data_does_not_hold_is_asked_anew_for_whoever_asks(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, LOOKS, users={"U01NEWYORK": "user-ada"}) as world:
        await world.slack.command("digest add weekly mon 9:00 last week org=payments")
        await world.answered("Digest 1 is set up")
        await world.slack.command("digest send 1")
        (post,) = await world.answered("Payments: ")
        of = next(text.partition("of=")[2] for _, text in buttons(post) if "of=" in text)
        await world.slack.command(f"last week user=me of={of}")
        (answer,) = await world.answered("User: U01NEWYORK")
        assert "these figures were asked for anew" in answer.text


@both
async def test_a_button_from_before_a_restart_still_works(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, LOOKS) as world:
        await world.slack.command("digest add weekly mon 9:00 last week org=payments")
        await world.answered("Digest 1 is set up")
        await world.slack.command("digest send 1")
        (old,) = await world.answered("Payments: ")
    async with bot_in_slack(mode, tmp_path) as world:
        world.slack.posts.append(old)
        answer = await click(world, old, "ask-size")
        assert answer.text.splitlines()[0] == old.text.splitlines()[0]
        assert not world.devin.requests


async def test_a_click_that_carries_no_text_asks_nothing(tmp_path: Path) -> None:
    one_at_a_time = {"concurrent_answers": 1}  # So that an answer to the clicks would come before the help.
    async with bot_in_slack("http", tmp_path, limits=one_at_a_time) as world:
        click = {"type": "block_actions", "user": {"id": "U01NEWYORK"}, "channel": {"id": "C01REPORTS"}}
        for button in ({"action_id": "ask", "type": "button"}, {"action_id": "ask", "type": "button", "value": None}):
            assert (await world.slack.interaction({**click, "actions": [button]})).status == 200
        await world.slack.command("help")
        assert [post.text.splitlines()[0] for post in await world.answered("")] == ["Ask for Devin session metrics"]
