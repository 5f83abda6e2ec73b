"""Digests from the command to the channel: the whole bot between a stand-in Slack and a stand-in Devin."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.in_slack import Mode, bot_in_slack

LOOKS = ("users:read", "channels:read", "groups:read", "channels:history", "groups:history")
POST = "chat.postMessage"


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_digest_is_set_up_sent_by_hand_looked_at_and_taken_away(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, LOOKS) as world:
        await world.slack.command("digest add weekly mon 9:00 last week org=payments")
        (confirmed,) = await world.answered("Digest 1 is set up")
        assert "Every Monday at 9:00\xa0AM, New York time" in confirmed.text
        (hello,) = [post for post in world.slack.posts if post.channel == "C01REPORTS" and not post.ephemeral_to]
        assert "Payments" in hello.text
        await world.slack.command("digest send 1")
        (report,) = await world.answered("Payments: ")
        assert (report.channel, report.ephemeral_to) == ("C01REPORTS", None)
        assert "Digest 1" in report.text
        await world.slack.command("digest show 1")
        await world.answered("by hand")
        await world.slack.command("digest remove 1")
        await world.answered("Digest 1 is removed")


async def test_a_second_digest_that_says_the_same_is_refused_with_a_pointer_to_the_first(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, LOOKS) as world:
        for text in ("digest add weekly mon 9:00", "digest add last week monday 09:00 weekly"):
            await world.slack.command(text)
            await world.answered("Digest 1 is set up")
        await world.slack.command("digest add Weekly on Mondays at 9am")
        await world.answered("digest show 1")


async def test_15_no_channel_is_ever_listed_and_16_a_channel_without_the_bot_names_the_invitation(
    tmp_path: Path,
) -> None:
    async with bot_in_slack("socket", tmp_path, LOOKS) as world:
        await world.slack.command("digest add daily 9:00", channel="C01RANDOM")
        (refused,) = await world.answered("/invite @Devin Metrics")
        assert refused.ephemeral_to == "U01NEWYORK"
        await world.slack.command("digest add daily 9:00 #board")
        await world.answered("/invite @Devin Metrics", count=2)
        await world.slack.command("digest list")
        await world.answered("No digest is set up yet")
        assert not [call for call in world.slack.calls if call.method.endswith(".list")]


async def test_the_steward_says_in_slack_what_became_of_an_uncertain_post(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, LOOKS[:3]) as world:
        await world.slack.command("digest add weekly mon 9:00")
        await world.answered("Digest 1 is set up")
        await world.slack.command("digest send 1")
        await world.answered("Last week: ")
        await asyncio.to_thread(_make_uncertain, tmp_path / "bot.db")
        (notice,) = await world.answered("may not have arrived")
        assert notice.channel == "U01NEWYORK"
        await world.slack.click(notice, "ask-again")
        await world.answered("Last week: ", count=2)
        await world.slack.click(notice, "ask-arrived")
        await world.answered("digest show")


def _make_uncertain(file: Path) -> None:
    """What is left where Slack did not say whether it took a post, and its history could not be read."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE deliveries SET state = 'uncertain'")
        database.execute(
            "INSERT INTO notices (team_id, id, digest_id, delivery_id, kind, problem, at, run_at)"
            " SELECT team_id, id, 1, id, 'uncertain',"
            ' \'["scope-missing", {"scope": "channels:history"}]\', at, at FROM deliveries'
        )
        database.commit()
