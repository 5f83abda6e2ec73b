"""Digests in the database: what an import, an adoption or a row that cannot be read does to the others."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.digests.stored import StoredDigests
from bot.playground.slack.standin import Channel, Slack, SlackFault
from bot.problems import Problem
from bot.schedules.delivery import BY_HAND
from bot.schedules.schedule import read_rule
from bot.store import Store
from bot.store.deliveries import claim_delivery
from bot.store.digests import assign_team, teams
from tests.at_work import CHANNEL, MONDAY, TEAM, WEEK, Hand, World, at_work

POST = "chat.postMessage"


async def test_an_older_export_of_a_digest_that_was_changed_since_comes_beside_it(world: World) -> None:
    old = await world.add()
    await world.digests.change(replace(old, rule=read_rule("daily 10:00", MONDAY.date())))
    imported = await world.digests.add(old)
    assert (imported.id, imported.secret != old.secret) == (2, True)
    other = await world.add(query="last 4w")
    world.hand.at = MONDAY + timedelta(hours=2)
    await world.plan()
    for digest in (old, imported, other):
        assert (await world.last(digest)).due.date() == MONDAY.date()


async def test_a_row_that_cannot_be_read_does_not_keep_the_others(world: World) -> None:
    broken, well = await world.add(), await world.add(query="last 4w")
    async with world.context.store.writing() as connection:
        await connection.execute(text("UPDATE digests SET tz = 'Mars/Olympus' WHERE id = 1"))
    world.hand.at = MONDAY
    await world.plan()
    assert [digest.id for digest in await world.digests.all()] == [well.id]
    assert (await world.last(well)).state == "due"
    assert await world.digests.deliveries(broken.id, 1) == []


async def test_a_long_question_can_be_read_again(world: World) -> None:
    orgs = ",".join(f"org-{number:028}" for number in range(60))
    digest = await world.add(query="last week")
    long = await world.digests.change(replace(digest, query=replace(digest.query, orgs=tuple(orgs.split(",")))))
    assert (await world.digests.find(digest.id)).query == long.query


async def test_what_was_set_up_before_the_bot_knew_its_workspace_gets_a_free_number(world: World) -> None:
    nobody_s = StoredDigests(world.context.store, "", world.context.engine)
    theirs = await world.add()
    before = await nobody_s.add(replace(theirs, query=replace(theirs.query, vs="year"), secret=""))
    same = await nobody_s.add(replace(theirs, secret=""))
    await nobody_s.send(before, world.hand.at)
    await assign_team(world.context.store, TEAM)
    assert {digest.id: digest.query.vs for digest in await world.digests.all()} == {1: "previous", 2: "year"}
    assert len(await world.digests.deliveries(2, 9)) == 1
    assert await nobody_s.all() == []
    assert (before.id, same.id) == (1, 2)
    assert await teams(world.context.store) == {TEAM}


async def test_9_a_workspace_does_not_claim_another_one_s_deliveries(world: World) -> None:
    digest = await world.add()
    world.hand.at = MONDAY
    await world.plan()
    delivery = await world.last(digest)
    assert await claim_delivery(world.context.store, "T99OTHER", delivery.id, MONDAY, timedelta(minutes=2)) is None


async def test_a_digest_that_is_moved_while_a_send_waits_is_sent_to_its_new_channel(world: World) -> None:
    world.slack.channels["C02OTHER"] = Channel("other")
    digest = await world.add()
    world.slack.faults[POST].append(SlackFault(status=429, headers={"Retry-After": "30"}))
    world.hand.at = MONDAY
    async with world.working():
        await world.until_state(digest, "waiting")
        await world.digests.change(replace(digest, channel="C02OTHER"))
        world.hand.go(seconds=31)
        await world.until_state(digest, "sent")
    assert [post.channel for post in world.slack.posts] == ["C02OTHER"]


async def test_what_the_steward_posts_again_is_sent_though_the_digest_is_paused(world: World) -> None:
    world.slack.scopes -= {"channels:history", "groups:history"}
    digest = await world.add()
    world.slack.faults[POST].append(SlackFault(drop=True))
    world.hand.at = MONDAY
    async with world.working():
        await world.until_state(digest, "waiting")
        world.hand.go(seconds=31)
        delivery = await world.until_state(digest, "uncertain")
        await world.digests.change(replace(digest, paused=BY_HAND))
        await world.digests.settle(delivery.id, arrived=False, at=world.hand.at)
        assert (await world.until_state(digest, "sent")).state == "sent"


async def test_a_thread_that_is_locked_does_not_pause_the_digest(world: World) -> None:
    digest = await world.add()
    world.hand.at = MONDAY
    await world.plan()
    async with world.context.store.writing() as connection:
        await connection.execute(text("UPDATE deliveries SET thread = '1795442400.000000'"))
    world.slack.faults[POST].append(SlackFault(error="restricted_action_thread_locked"))
    async with world.working():
        assert (await world.until_state(digest, "failed")).reason == "channel-restricted"
    assert (await world.digests.find(digest.id)).paused is None


async def test_numbers_that_were_never_sent_are_not_said_to_have_been(
    file_store: Store, slack: Slack, hand: Hand
) -> None:
    async with at_work(file_store, slack, hand) as world:
        digest = await world.add()
        slack.faults[POST].append(SlackFault(error="msg_too_long", channel=CHANNEL))
        hand.at = MONDAY
        async with world.working():
            await world.until_state(digest, "failed")
            hand.at = MONDAY + WEEK
            await world.until_sent(digest, 1)
    assert "when sent" not in world.texts()[0]


@pytest.mark.parametrize("minutes", [1, 3])
async def test_a_send_that_nobody_saw_coming_due_is_looked_for_first(
    file_store: Store, slack: Slack, hand: Hand, minutes: int
) -> None:
    async with at_work(file_store, slack, hand) as world:
        digest = await world.add()
        hand.at = MONDAY + timedelta(minutes=minutes)
        async with world.working():
            assert (await world.until_state(digest, "sent")).state == "sent"
    assert [call.method for call in slack.calls if "history" in call.method] == ["conversations.history"]


async def test_an_unknown_delivery_and_digest_are_problems(world: World) -> None:
    with pytest.raises(Problem, match="unknown-delivery"):
        await world.digests.settle("nothing", arrived=True, at=MONDAY)
    with pytest.raises(Problem, match="unknown-digest"):
        await world.digests.find(7)
