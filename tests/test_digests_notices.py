"""Who hears of a failure, whatever else fails with it."""

from datetime import date, timedelta

import pytest

from bot.digests.notices import NoticeSender
from bot.playground.slack.standin import SlackFault, User
from bot.problems import Problem
from bot.schedules.delivery import Digest
from bot.store.notices import Notice, add_notice, claim_notice
from tests.at_work import CHANNEL, MONDAY, NEW_YORK, TEAM, World

POST = "chat.postMessage"
DOWN = Problem("devin-down", status=503)


async def fail(world: World) -> None:
    """A digest whose post Slack refuses for good, though the channel is well."""
    digest = await world.add()
    world.slack.faults[POST].append(SlackFault(error="msg_too_long", channel=CHANNEL))
    world.hand.at = MONDAY
    assert (await world.until_state(digest, "failed")).state == "failed"


async def one_notice(world: World, digest: Digest, problem: Problem = DOWN) -> NoticeSender:
    """That a digest failed, not told yet."""
    notice = Notice(digest.id, "failed", problem, world.hand.at)
    async with world.context.store.writing() as connection:
        await add_notice(connection, TEAM, notice)
    return NoticeSender(world.context, admin_channel=None)


async def test_a_notice_that_slack_did_not_take_is_sent_again(world: World) -> None:
    digest = await world.add()
    notices = await one_notice(world, digest)
    world.slack.faults[POST].append(SlackFault(status=503))
    assert await notices.send_next()
    assert not await notices.send_next()
    world.hand.go(minutes=16)
    assert await notices.send_next()
    assert len(world.texts("U01NEWYORK")) == 1
    world.hand.go(days=1)
    assert not await notices.send_next()


async def test_a_notice_keeps_the_dates_that_its_words_print(world: World) -> None:
    digest = await world.add()
    problem = Problem("period-future", first=date(2026, 12, 1), today=date(2026, 11, 23))
    notices = await one_notice(world, digest, problem)
    assert await notices.send_next()
    (text,) = world.texts("U01NEWYORK")
    assert "it begins on Dec 1, 2026, and today is Nov 23, 2026" in text


async def test_what_a_notice_says_is_kept_with_its_types(world: World) -> None:
    digest = await world.add()
    kept = {"start": MONDAY.astimezone(NEW_YORK), "day": MONDAY.date(), "most": 60, "others": ["a", "b"], "no": None}
    await one_notice(world, digest, Problem("any", **kept))
    notice = await claim_notice(world.context.store, (TEAM,), world.hand.at, timedelta(minutes=2))
    assert notice
    assert notice.problem.data == kept


@pytest.mark.parametrize(("hours", "again"), [(5.9, True), (6, False)])
async def test_after_six_hours_a_notice_is_tried_no_more(world: World, hours: float, again: bool) -> None:
    notices = await one_notice(world, await world.add())
    world.slack.faults[POST].append(SlackFault(status=503))
    world.hand.go(hours=hours)
    assert await notices.send_next()
    world.hand.go(days=1)
    assert await notices.send_next() == again
    assert len(world.texts("U01NEWYORK")) == again


async def test_where_the_steward_cannot_be_reached_the_channel_is_told(world: World) -> None:
    world.slack.users["U01NEWYORK"] = User("newyork", deleted=True)
    world.slack.scopes.discard("users:read")  # So that the nightly round does not notice.
    async with world.working():
        await fail(world)
        (text,) = await world.slack.until(world.texts)
    assert text.startswith("Digest 1 was not sent")


async def test_a_notice_waits_for_a_token_that_slack_accepts(world: World) -> None:
    digest = await world.add()
    notices = await one_notice(world, digest)
    world.slack.faults[POST].append(SlackFault(error="token_revoked", channel="U01NEWYORK"))
    assert await notices.send_next()
    assert (world.texts(), world.texts("U01NEWYORK")) == ([], [])
    world.hand.go(minutes=1)
    assert await notices.send_next()
    assert len(world.texts("U01NEWYORK")) == 1
