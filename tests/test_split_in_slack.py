"""A split report in Slack, which may not take every kind of block, and as a digest."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.playground.slack.standin import Post, Slack
from bot.store import Store
from tests.at_work import CHANNEL, MONDAY, Hand, World, at_work
from tests.in_slack import bot_in_slack
from tests.splits import numbers

REFUSED = ["data_visualization", "data_table", "table", "rich_text"]
SEEN = [["data_visualization", "data_table"], ["table"], ["table"], ["rich_text_list"], []]


def shown(post: Post) -> list[str]:
    """In which kinds of block its rows come."""
    kinds = [one["elements"][0]["type"] if one["type"] == "rich_text" else one["type"] for one in post.blocks]
    return [kind for kind in kinds if kind in {"data_visualization", "data_table", "table", "rich_text_list"}]


def rows(post: Post) -> list[list[str]]:
    """The numbers of each row, in whichever kind of block it came, or in the text."""
    for block in post.blocks:
        if block["type"] in {"data_table", "table"}:
            return [_numbers(row[1:]) for row in block["rows"][1:]]
        if block["type"] == "rich_text" and block["elements"][0]["type"] == "rich_text_list":
            return [numbers(_words(item).partition(": ")[2]) for item in block["elements"][0]["elements"]]
    lines = [line for line in post.text.splitlines()[1:] if " sessions, " in line and " shipped (" in line]
    return [numbers(line.partition(": ")[2]) for line in lines]


def _numbers(cells: list[dict[str, Any]]) -> list[str]:
    return [number for cell in cells for number in numbers(cell["text"])]


def _words(item: dict[str, Any]) -> str:
    return "".join(str(element["text"]) for element in item["elements"])


@pytest.mark.usefixtures("nothing_set")
async def test_whatever_slack_refuses_the_reader_gets_the_same_numbers(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        seen: list[Post] = []
        for refused in ["", *REFUSED]:
            world.slack.refuses.add(refused)
            assert (await world.slack.command("last 4w by=week")).error is None
            seen.append((await world.answered("Last 4 full weeks: ", count=len(seen) + 1))[-1])
    assert [shown(post) for post in seen] == SEEN
    assert [len(rows(post)) for post in seen] == [4] * 5
    assert all(rows(post) == rows(seen[0]) for post in seen)


@pytest.mark.usefixtures("nothing_set")
async def test_the_settings_cap_the_calls_of_one_answer_and_none_is_made_beyond(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, limits={"max_calls": 13}) as world:
        await world.slack.command("last 12w by=week")
        await world.answered("would take 14 calls to Devin, and one answer may take 13. None was made.")
        assert world.devin.requests == []


@pytest.fixture
async def world(file_store: Store, slack: Slack, hand: Hand) -> AsyncIterator[World]:
    async with at_work(file_store, slack, hand) as opened:
        yield opened


async def test_a_digest_may_be_split_too(world: World) -> None:
    digest = await world.add("weekly monday 09:00", "last 4w by=week")
    async with world.working():
        await world.digests.send(digest, world.hand.at)
        await world.until_sent(digest, 1)
        world.hand.at = MONDAY
        await world.until_sent(digest, 2)
    by_hand, _ = [post for post in world.slack.posts if post.channel == CHANNEL]
    assert shown(by_hand) == ["data_visualization", "data_table"]
    assert "Nov 9 – 15: " in by_hand.text
    assert f"Digest {digest.id} · steward Newyork" in by_hand.text
