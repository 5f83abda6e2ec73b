"""A digest that is due: sent once, or its steward hears why not. The same on both databases and their engines."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from bot.digests.runner import Options
from bot.messages.message import Message
from bot.playground.slack.standin import Channel, Slack, SlackFault
from bot.problems import Problem
from bot.store import Store
from bot.store.deliveries import change_state, claim_delivery
from tests.at_work import CHANNEL, MONDAY, TEAM, WEEK, AsOf, Hand, World, at_work

POST = "chat.postMessage"
SAID = Message("Last week: 184 sessions", ())


async def test_a_digest_is_sent_when_it_is_due_and_its_row_names_the_message(world: World) -> None:
    digest = await world.add()
    async with world.working():
        assert await world.digests.deliveries(digest.id, 1) == []
        world.hand.at = MONDAY
        delivery = await world.until_state(digest, "sent")
    (post,) = world.slack.posts
    assert (delivery.occurrence, delivery.state, delivery.ts) == ("2026-11-23", "sent", post.ts)
    assert post.text.startswith("Last week: ")


async def test_1_however_many_processes_plan_an_occurrence_it_is_sent_once(world: World) -> None:
    digest = await world.add()
    world.hand.at = MONDAY
    async with world.working(), world.working(), world.working():
        await world.until_state(digest, "sent")
    assert len(world.slack.posts) == len(await world.digests.deliveries(digest.id, 10)) == 1


@pytest.mark.parametrize("fault", [SlackFault(drop=True, accepted=True), SlackFault(status=500, accepted=True)])
async def test_2_a_post_that_slack_took_though_its_answer_was_lost_is_found_and_not_repeated(
    world: World, fault: SlackFault
) -> None:
    digest = await world.add()
    world.slack.faults[POST].append(fault)
    world.hand.at = MONDAY
    async with world.working():
        assert (await world.until_state(digest, "waiting")).unclear
        world.hand.go(seconds=31)
        delivery = await world.until_state(digest, "sent")
    (post,) = world.slack.posts
    assert (delivery.ts, delivery.reason) == (post.ts, "found")


@pytest.mark.parametrize("fault", [SlackFault(drop=True), SlackFault(status=503), SlackFault(error="internal_error")])
async def test_2_a_post_that_slack_did_not_take_is_looked_for_and_then_sent(world: World, fault: SlackFault) -> None:
    digest = await world.add()
    world.slack.faults[POST].append(fault)
    world.hand.at = MONDAY
    async with world.working():
        await world.until_state(digest, "waiting")
        assert world.slack.posts == []
        world.hand.go(seconds=31)
        assert (await world.until_state(digest, "sent")).reason is None
    assert len(world.slack.posts) == 1
    assert [call.method for call in world.slack.calls if "history" in call.method] == ["conversations.history"]


async def test_2_where_the_history_cannot_be_read_nothing_is_repeated_and_the_steward_decides(world: World) -> None:
    world.slack.scopes -= {"channels:history", "groups:history"}
    digest = await world.add()
    world.slack.faults[POST].append(SlackFault(drop=True, accepted=True))
    world.hand.at = MONDAY
    async with world.working():
        await world.until_state(digest, "waiting")
        world.hand.go(seconds=31)
        delivery = await world.until_state(digest, "uncertain")
        (notice,) = await world.slack.until(lambda: world.texts("U01NEWYORK"))
    assert delivery.state == "uncertain"
    assert len(world.texts()) == 1
    assert "channels:history" in notice
    arrived = await world.digests.settle(delivery.id, arrived=True, at=world.hand.at)
    assert arrived.state == "sent"


async def test_what_was_uncertain_is_posted_again_where_the_steward_says_so(world: World) -> None:
    world.slack.scopes -= {"channels:history", "groups:history"}
    digest = await world.add()
    world.slack.faults[POST].append(SlackFault(drop=True))
    world.hand.at = MONDAY
    async with world.working():
        await world.until_state(digest, "waiting")
        world.hand.go(seconds=31)
        delivery = await world.until_state(digest, "uncertain")
        assert world.texts() == []
        await world.digests.settle(delivery.id, arrived=False, at=world.hand.at)
        assert (await world.until_state(digest, "sent")).state == "sent"
    assert len(world.texts()) == 1
    with pytest.raises(Problem, match="delivery-settled"):
        await world.digests.settle(delivery.id, arrived=True, at=world.hand.at)


async def test_4_two_channels_and_two_sends_by_hand_are_four_messages(world: World) -> None:
    world.slack.channels["C02OTHER"] = Channel("other")
    first, second = await world.add(), await world.add(channel="C02OTHER")
    async with world.working():
        for digest in (first, second, first, second):
            await world.digests.send(digest, world.hand.at)
        await world.slack.until(lambda: len(world.slack.posts) == 4)
    assert sorted(post.channel for post in world.slack.posts) == [CHANNEL, CHANNEL, "C02OTHER", "C02OTHER"]


@pytest.mark.parametrize(
    ("code", "paused"),
    [
        ("is_archived", "channel-archived"),
        ("channel_not_found", "channel-not-found"),
        ("not_in_channel", "channel-not-joined"),
        ("restricted_action", "channel-restricted"),
        ("msg_too_long", None),
        ("account_inactive", None),
        ("token_revoked", None),
        ("some_error_of_next_year", None),
    ],
)
async def test_9_what_slack_refuses_is_never_booked_as_sent(world: World, code: str, paused: str | None) -> None:
    digest = await world.add()
    world.slack.faults[POST].append(SlackFault(error=code))
    world.hand.at = MONDAY
    async with world.working():
        delivery = await world.until_state(digest, "failed", "sent")
        await world.slack.until(lambda: world.texts("U01NEWYORK"))
    assert (delivery.state, delivery.ts) == ("failed", None)
    assert (await world.digests.find(digest.id)).paused == paused
    assert world.texts() == []
    assert len(world.texts("U01NEWYORK")) == 1


async def test_10_a_send_that_failed_twice_and_then_succeeded_tells_nobody(store: Store, slack: Slack) -> None:
    hand = Hand()
    devin = AsOf(hand, [Problem("devin-down", status=503), Problem("devin-busy", status=429)])
    async with at_work(store, slack, hand, devin=devin) as world:
        digest = await world.add(query="last week vs=none")
        hand.at = MONDAY
        async with world.working():
            await world.through_all_tries(digest)
    assert {post.channel for post in slack.posts} == {CHANNEL}


async def test_10_a_failure_is_told_once_to_the_steward_and_the_admin_channel(store: Store, slack: Slack) -> None:
    hand, options = Hand(), Options(pace=1000, admin_channel="C09ADMIN")
    slack.channels["C09ADMIN"] = Channel("admin")
    devin = AsOf(hand, [Problem("devin-forbidden", status=403, permissions=["ViewAccountMetrics"])] * 9)
    async with at_work(store, slack, hand, devin=devin, options=options) as world:
        digest = await world.add()
        hand.at = MONDAY
        async with world.working():
            await world.until_state(digest, "failed")
            await slack.until(lambda: len(slack.posts) == 2)
    assert sorted(post.channel for post in slack.posts) == ["C09ADMIN", "U01NEWYORK"]


async def test_devin_is_asked_for_six_hours_and_then_the_steward_hears_of_it(store: Store, slack: Slack) -> None:
    hand = Hand()
    devin = AsOf(hand, [Problem("devin-down", status=503)] * 500)
    async with at_work(store, slack, hand, devin=devin) as world:
        digest = await world.add()
        hand.at = MONDAY
        async with world.working():
            assert (await world.until_state(digest, "waiting")).reason == "devin-down"
            hand.at = MONDAY + timedelta(hours=5, minutes=55)
            assert (await world.through_all_tries(digest)).state == "failed"
            await slack.until(lambda: world.texts("U01NEWYORK"))
    assert timedelta(hours=6) <= hand.at - MONDAY < timedelta(hours=7)
    assert world.texts() == []


async def test_11_what_a_killed_process_held_is_sent_when_its_lease_ends(world: World) -> None:
    digest = await world.add()
    world.hand.at = MONDAY
    await world.plan()
    killed = await claim_delivery(
        world.context.store, TEAM, (await world.last(digest)).id, MONDAY, world.context.timing.lease
    )
    assert killed
    async with world.working():
        world.hand.go(minutes=1)
        assert (await world.last(digest)).state == "claimed"
        world.hand.go(minutes=2)
        assert (await world.until_state(digest, "sent")).state == "sent"
    assert len(world.slack.posts) == 1


@pytest.mark.parametrize("statements", [1, 2])
async def test_what_a_database_that_went_away_interrupted_is_sent_when_it_is_back(
    store: Store, slack: Slack, hand: Hand, statements: int
) -> None:
    left = list(range(statements))

    def goes_away(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        """With the claim, or once the delivery is claimed and about to be posted."""
        if statement.startswith("UPDATE deliveries SET state") and left and left.pop() == 0:
            raise DBAPIError(statement, {}, Exception("closed"))

    async def went_away() -> bool:
        return not left

    async with at_work(store, slack, hand) as world:
        digest = await world.add()
        event.listen(store.engine.sync_engine, "before_cursor_execute", goes_away)
        hand.at = MONDAY
        async with world.working():
            await world.until(went_away)
            hand.go(minutes=2, seconds=1)
            assert (await world.until_state(digest, "sent")).attempt == statements
    assert len(slack.posts) == 1


@pytest.mark.parametrize("had_posted", [True, False])
async def test_11_a_process_that_was_killed_while_posting_is_not_repeated_blindly(
    world: World, had_posted: bool
) -> None:
    digest = await world.add()
    world.hand.at = MONDAY
    await world.plan()
    delivery = await world.last(digest)
    killed = await claim_delivery(world.context.store, TEAM, delivery.id, MONDAY, world.context.timing.lease)
    assert killed
    async with world.context.store.writing() as connection:
        assert await change_state(connection, killed, "posting", MONDAY)
    if had_posted:
        message = (await world.context.channels.post(CHANNEL, SAID, delivery=delivery.id)).ts
    async with world.working():
        world.hand.go(minutes=3)
        sent = await world.until_state(digest, "sent")
    assert len(world.slack.posts) == 1
    assert sent.reason == ("found" if had_posted else None)
    if had_posted:
        assert sent.ts == message


async def test_a_process_that_woke_up_after_its_lease_leaves_the_delivery_to_the_other(world: World) -> None:
    digest = await world.add()
    world.hand.at = MONDAY
    await world.plan()
    frozen = await claim_delivery(
        world.context.store, TEAM, (await world.last(digest)).id, MONDAY, world.context.timing.lease
    )
    assert frozen
    async with world.working():
        world.hand.go(minutes=3)
        await world.until_state(digest, "sent")
    async with world.context.store.writing() as connection:
        assert await change_state(connection, frozen, "posting", world.hand.at) is None


async def test_a_limited_post_waits_as_long_as_slack_says_and_all_others_with_it(world: World) -> None:
    world.slack.channels["C02OTHER"] = Channel("other")
    first = await world.add()
    world.slack.faults[POST].append(SlackFault(status=429, headers={"Retry-After": "30"}))
    world.hand.at = MONDAY
    async with world.working():
        assert (await world.until_state(first, "waiting")).run_at == MONDAY + timedelta(seconds=30)
        second = await world.add(channel="C02OTHER")
        await world.digests.send(second, world.hand.at)
        assert (await world.until_state(second, "waiting")).run_at >= MONDAY + timedelta(seconds=30)
        world.hand.go(seconds=32)
        await world.until_state(second, "sent")
        await world.until_state(first, "sent")
    assert len(world.slack.posts) == 2


async def test_one_channel_gets_a_post_a_second_and_does_not_hold_up_the_others(world: World) -> None:
    busy = [await world.add(query=f"last week org={org}") for org in ("Payments", "Search", "Platform")]
    world.slack.channels["C02OTHER"] = Channel("other")
    other = await world.add(channel="C02OTHER")
    world.hand.at = MONDAY
    async with world.working():
        await world.sees("sent", *busy, other)
    seconds: dict[str, list[float]] = {CHANNEL: [], "C02OTHER": []}
    for post in world.slack.posts:
        seconds[post.channel].append(float(post.ts) - MONDAY.timestamp())
    assert len(seconds[CHANNEL]) == 3
    assert max(seconds[CHANNEL]) >= 2
    assert seconds["C02OTHER"][0] < max(seconds[CHANNEL])


async def test_a_removed_or_paused_digest_sends_nothing_that_was_planned_before(world: World) -> None:
    removed, paused = await world.add(), await world.add(query="last 4w")
    world.hand.at = MONDAY
    await world.plan()
    await world.digests.remove(removed)
    await world.digests.change(replace(paused, paused="by-hand"))
    async with world.working():
        await world.sees("missed", removed, paused)
    assert [(await world.last(digest)).reason for digest in (removed, paused)] == ["removed", "paused"]
    assert world.slack.posts == []


async def test_21_digests_that_are_due_together_make_each_call_once_and_later_ones_make_it_anew(
    store: Store, slack: Slack
) -> None:
    hand = Hand()
    devin = AsOf(hand)
    slack.channels["C02OTHER"] = Channel("other")
    async with at_work(store, slack, hand, devin=devin) as world:
        digests = [await world.add(), await world.add(channel="C02OTHER")]
        hand.at = MONDAY
        async with world.working():
            await world.sees("sent", *digests)
            assert len(devin.cells) == 2  # The week and the one before it.
            hand.at = MONDAY + WEEK
            while len(slack.posts) < 4:
                await world.sees("sent", *digests)
            assert len(devin.cells) == 4
