"""What a digest says beyond its numbers: that it is late, that an earlier one was wrong, or that nothing moved."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.devin import Cell, Counts, Reading
from bot.digests.runner import Options
from bot.playground.slack.standin import Slack, SlackFault
from bot.schedules.delivery import BY_HAND, Digest
from bot.store import Store, open_store
from bot.store.deliveries import deliveries
from bot.store.notices import claim_notice
from tests.asking import NOW
from tests.at_work import CHANNEL, MONDAY, PATIENCE, TEAM, WEEK, Hand, World, at_work


class Counting:
    """A Devin that counts the same for every window, until it is told otherwise."""

    def __init__(self, hand: Hand, counts: Counts = NOW) -> None:
        self.hand = hand
        self.counts = counts
        self.revised: dict[object, Counts] = {}

    async def read(self, cell: Cell) -> Reading:
        """The counts of the window that begins there, as of now."""
        return Reading(cell, self.hand.at, self.revised.get(cell.window.after, self.counts))


@pytest.fixture
def devin(hand: Hand) -> Counting:
    return Counting(hand)


@pytest.fixture
async def world(file_store: Store, slack: Slack, hand: Hand, devin: Counting) -> AsyncIterator[World]:
    async with at_work(file_store, slack, hand, devin=devin) as opened:
        yield opened


async def test_7_a_digest_reports_whole_days_of_its_own_zone_and_prints_them(world: World, devin: Counting) -> None:
    digest = await world.add("daily 09:00", "yesterday")
    devin.revised[MONDAY - timedelta(hours=33)] = replace(NOW, sessions=300)
    world.hand.at = MONDAY
    async with world.working():
        await world.until_state(digest, "sent")
    (text,) = world.texts()
    assert "Sun, Nov 22, 2026" in text
    assert "New York time (UTC−5)" in text


async def test_a_digest_that_comes_two_hours_late_reports_its_own_week_and_says_so(
    world: World, devin: Counting
) -> None:
    digest = await world.add()
    devin.counts = replace(NOW, sessions=300)
    world.hand.at = MONDAY + timedelta(hours=2, minutes=42)
    async with world.working():
        await world.until_state(digest, "sent")
    (text,) = world.texts()
    assert "Mon, Nov 16 – Sun, Nov 22, 2026" in text
    assert "Sent 2 h 42 min late: due 9:00 AM, sent 11:42 AM." in text.replace("\N{NO-BREAK SPACE}", " ").replace(
        "\N{NARROW NO-BREAK SPACE}", " "
    )


@pytest.mark.parametrize(("seconds", "late"), [(299, False), (300, True)])
async def test_a_digest_says_that_it_is_late_from_five_minutes_on(world: World, seconds: int, late: bool) -> None:
    digest = await world.add()
    world.hand.at = MONDAY + timedelta(seconds=seconds)
    async with world.working():
        await world.until_state(digest, "sent")
    assert ("Sent 5 min late" in world.texts()[0].replace("\N{NO-BREAK SPACE}", " ")) == late


async def test_a_week_in_which_nothing_moved_is_one_quiet_line_and_not_silence(world: World) -> None:
    digest = await world.add()
    world.hand.at = MONDAY
    async with world.working():
        await world.until_state(digest, "sent")
    (post,) = world.slack.posts
    assert post.text.startswith("A steady week: 184 sessions")
    assert len(post.blocks) <= 2


async def test_a_digest_that_is_split_shows_its_rows_even_where_nothing_moved(world: World) -> None:
    digest = await world.add(query="last week by=size")
    world.hand.at = MONDAY
    async with world.working():
        await world.until_state(digest, "sent")
    assert "XS: " in world.texts()[0].replace("\N{NO-BREAK SPACE}", " ")


async def test_a_send_by_hand_is_always_the_whole_report(world: World) -> None:
    digest = await world.add()
    async with world.working():
        await world.digests.send(digest, world.hand.at)
        await world.until_state(digest, "sent")
    assert world.texts()[0].startswith("Last week: 184 sessions, 91 shipped")


async def test_final_figures_that_changed_are_restated_once_in_the_thread_of_what_was_sent(
    world: World, devin: Counting
) -> None:
    digest = await world.add()
    async with world.working():
        world.hand.at = MONDAY
        first = await world.until_state(digest, "sent")
        devin.revised[MONDAY - WEEK - timedelta(hours=9)] = replace(NOW, sessions=194)
        world.hand.at = MONDAY + WEEK
        await world.until_sent(digest, 3)
        await world.digests.send(digest, world.hand.at)
        await world.until_idle()
        world.hand.go(seconds=3)  # The channel's turn.
        await world.until_sent(digest, 4)
    (restated,) = [post for post in world.slack.posts if post.thread_ts]
    assert restated.thread_ts == first.ts
    assert "Sessions: 194, sent as 184" in restated.text


async def test_nothing_is_restated_where_nobody_knows_which_message_it_belongs_under(
    world: World, devin: Counting
) -> None:
    digest = await world.add()
    async with world.working():
        world.hand.at = MONDAY
        await world.until_state(digest, "sent")
        async with world.context.store.writing() as connection:
            await connection.execute(update(deliveries).values(ts=None, reason="arrived"))
        devin.revised[MONDAY - WEEK - timedelta(hours=9)] = replace(NOW, sessions=194)
        world.hand.at = MONDAY + WEEK
        await world.until_sent(digest, 2)
    assert not [key for key in await world.states(digest) if key.startswith("restated-")]


async def test_what_matures_is_told_in_the_next_digest_and_not_restated(world: World, devin: Counting) -> None:
    digest = await world.add()
    async with world.working():
        world.hand.at = MONDAY
        await world.until_state(digest, "sent")
        devin.revised[MONDAY - WEEK - timedelta(hours=9)] = replace(NOW, shipped=112)
        devin.counts = replace(NOW, sessions=250)
        world.hand.at = MONDAY + WEEK
        await world.until_sent(digest, 2)
    assert not [text for text in world.texts() if "sent as" in text]
    assert "49.5%" in world.texts()[1]
    assert "60.9%" in world.texts()[1]


async def test_what_matures_is_compared_with_the_week_before_as_it_stood_at_the_same_age(
    world: World, devin: Counting
) -> None:
    digest = await world.add()
    async with world.working():
        world.hand.at = MONDAY
        await world.until_state(digest, "sent")
        devin.revised[MONDAY - WEEK - timedelta(hours=9)] = replace(NOW, shipped=112)
        devin.counts = replace(NOW, shipped=73)
        world.hand.at = MONDAY + WEEK
        await world.until_sent(digest, 2)
    text = world.texts()[1]
    assert "Ship rate: 39.7% (73 of 184), down 9.8 points" in text
    assert "as it stood on the day after its end" in text


async def test_why_the_ship_rate_changed_stands_in_the_thread_size_by_size(world: World, devin: Counting) -> None:
    digest = await world.add()
    async with world.working():
        world.hand.at = MONDAY
        await world.until_state(digest, "sent")
        devin.counts = replace(NOW, shipped=73, shipped_by_size={"xs": 16, "s": 26, "m": 22, "l": 8, "xl": 1})
        world.hand.at = MONDAY + WEEK
        await world.until_sent(digest, 2)
        await world.sees("sent", digest)
        await world.until_sent(digest, 3)
    _, second, reasons = world.slack.posts
    assert reasons.thread_ts == second.ts
    lines = reasons.text.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert lines[0] in second.text.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert lines[-4].startswith("All 39.7% (73 of 184), was 49.5% (91 of 184): 0.0 from share, −9.8 from rate")
    assert lines[-1] == "These numbers are made up: a sample enterprise."


async def test_a_paused_digest_that_is_sent_by_hand_has_its_reasons_too(world: World, devin: Counting) -> None:
    digest = await world.add()
    async with world.working():
        world.hand.at = MONDAY
        await world.until_state(digest, "sent")
        devin.counts = replace(NOW, shipped=73, shipped_by_size={"xs": 16, "s": 26, "m": 22, "l": 8, "xl": 1})
        paused = await world.digests.change(replace(digest, paused=BY_HAND))
        world.hand.at = MONDAY + WEEK
        await world.digests.send(paused, world.hand.at)
        await world.until_sent(digest, 2)
        await world.sees("sent", digest)
        await world.until_sent(digest, 3)
    _, second, reasons = world.slack.posts
    assert reasons.thread_ts == second.ts


async def test_reasons_come_to_no_channel_where_nobody_knows_which_message_they_belong_under(
    world: World, devin: Counting
) -> None:
    digest = await world.add()
    async with world.working():
        world.hand.at = MONDAY
        await world.until_state(digest, "sent")
        devin.counts = replace(NOW, shipped=73, shipped_by_size={"xs": 16, "s": 26, "m": 22, "l": 8, "xl": 1})
        world.slack.faults["chat.postMessage"].append(SlackFault(drop=True, accepted=True))
        world.hand.at = MONDAY + WEEK
        await world.until(lambda: _all_wait(world, digest))
    (report,) = [one for one in await world.digests.deliveries(digest.id, 2) if not one.follows]
    async with world.context.store.writing() as connection:
        await connection.execute(update(deliveries).where(deliveries.c.id == report.id).values(state="uncertain"))
    await world.digests.settle(report.id, arrived=True, at=world.hand.at)
    async with world.working():
        world.hand.go(minutes=1)
        await world.until_idle()
    assert (await world.states(digest))["reasons-2026-11-30"] == "missed"
    assert len(world.texts()) == 2


async def test_reasons_that_a_thread_does_not_take_neither_pause_the_digest_nor_alarm_its_steward(
    world: World, devin: Counting
) -> None:
    digest = await world.add()
    async with world.working():
        world.hand.at = MONDAY
        await world.until_state(digest, "sent")
        devin.counts = replace(NOW, shipped=73, shipped_by_size={"xs": 16, "s": 26, "m": 22, "l": 8, "xl": 1})
        world.slack.faults["chat.postMessage"] += [SlackFault(), SlackFault(error="restricted_action_thread_locked")]
        world.hand.at = MONDAY + WEEK
        async with asyncio.timeout(PATIENCE):
            while (await world.states(digest)).get("reasons-2026-11-30") != "failed":
                await world.until_idle()
                world.hand.go(seconds=1)
    assert (await world.digests.find(digest.id)).paused is None
    assert await claim_notice(world.context.store, (TEAM,), world.hand.at, timedelta(minutes=1)) is None
    assert {post.channel for post in world.slack.posts} == {CHANNEL}


async def _all_wait(world: World, digest: Digest) -> bool:
    return [one.state for one in await world.digests.deliveries(digest.id, 2)] == ["waiting"] * 2


@pytest.mark.parametrize(("sessions", "restated"), [(187, False), (188, True), (181, False)])
async def test_a_difference_of_two_per_cent_or_of_two_sessions_is_not_restated(
    world: World, devin: Counting, sessions: int, restated: bool
) -> None:
    digest = await world.add()
    async with world.working():
        world.hand.at = MONDAY
        await world.until_state(digest, "sent")
        devin.revised[MONDAY - WEEK - timedelta(hours=9)] = replace(NOW, sessions=sessions)
        world.hand.at = MONDAY + WEEK
        await world.until_sent(digest, 3 if restated else 2)
    assert any(post.thread_ts for post in world.slack.posts) == restated


async def test_after_an_outage_all_may_come_in_one_thread(file_store: Store, slack: Slack, hand: Hand) -> None:
    async with at_work(file_store, slack, hand, options=Options(policy="all", pace=1000)) as world:
        digest = await world.add("daily 09:00", "yesterday")
        hand.at = MONDAY
        async with world.working():
            await world.until_state(digest, "sent")
            while len(slack.posts) < 3:
                hand.go(seconds=6)
                await world.until_idle()
    parent, *thread = slack.posts
    assert parent.thread_ts is None
    assert [post.thread_ts for post in thread] == [parent.ts] * 2
    assert "Nov 22" in parent.text
    assert ["Nov 20" in thread[0].text, "Nov 21" in thread[1].text] == [True, True]


async def test_a_digest_that_a_restored_backup_has_forgotten_is_found_and_not_sent_again(
    file_store: Store, slack: Slack, hand: Hand, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.db"
    async with at_work(file_store, slack, hand) as world:
        digest = await world.add()
        with closing(sqlite3.connect(file_store.engine.url.database or "")) as connection:
            connection.execute("VACUUM INTO ?", [str(backup)])
        hand.at = MONDAY
        async with world.working():
            await world.until_state(digest, "sent")
    hand.at = MONDAY + timedelta(hours=20)
    async with open_store(f"sqlite:///{backup}") as restored, at_work(restored, slack, hand) as world:
        assert await world.digests.deliveries(digest.id, 1) == []
        async with world.working():
            assert (await world.until_state(digest, "sent")).reason == "found"
    assert len(world.texts(CHANNEL)) == 1
