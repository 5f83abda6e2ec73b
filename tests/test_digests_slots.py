"""Slots: how posts are paced where many are due, and what a pause that Slack asks for does to all of them."""

from datetime import timedelta

from bot.digests.runner import Options
from bot.playground.slack.standin import Channel, Slack, SlackFault
from bot.store import Store
from tests.at_work import CHANNEL, MONDAY, Hand, World, at_work
from tests.test_digests_claims import deliver

POST = "chat.postMessage"
MANY = 16


async def morning(world: World, count: int) -> None:
    """So many digests, each in a channel of its own, due at the same moment."""
    for number in range(count):
        world.slack.channels[f"C{number:03}"] = Channel(f"channel-{number}")
        await world.add(channel=f"C{number:03}")


async def test_after_a_pause_of_slack_s_all_that_waited_for_it_is_sent_in_the_time_that_its_posts_take(
    file_store: Store, slack: Slack, hand: Hand
) -> None:
    async with at_work(file_store, slack, hand, options=Options(pace=1)) as world:
        await morning(world, MANY)
        slack.faults[POST].append(SlackFault(status=429, headers={"Retry-After": "30"}))
        hand.at = MONDAY
        async with world.working():
            while len(slack.posts) < MANY and hand.at - MONDAY < timedelta(minutes=5):
                await world.until_idle()
                hand.go(seconds=1)
        assert hand.at - MONDAY < timedelta(seconds=30 + 2 * MANY + 10)


async def test_after_a_pause_a_channel_s_posts_still_take_turns(file_store: Store, slack: Slack, hand: Hand) -> None:
    async with at_work(file_store, slack, hand, options=Options(pace=1000)) as world:
        for number in range(8):
            await world.add(query=f"last {number + 1}d vs=none")
        slack.faults[POST].append(SlackFault(status=429, headers={"Retry-After": "5"}))
        hand.at = MONDAY
        async with world.working():
            while len(slack.posts) < 8:
                await world.until_idle()
                hand.go(milliseconds=500)
    times = sorted(float(post.ts) for post in slack.posts if post.channel == CHANNEL)
    assert times[-1] - times[0] >= 4


async def test_what_a_process_that_was_behind_has_missed_still_takes_turns(
    file_store: Store, slack: Slack, hand: Hand
) -> None:
    async with at_work(file_store, slack, hand, options=Options(pace=1000)) as world:
        digests = [await world.add(query=f"last {number + 1}d vs=none") for number in range(8)]
        hand.at = MONDAY
        async with world.working():
            await world.until_state(digests[0], "sent")
            hand.go(minutes=1)
            while len(slack.posts) < 8:
                await world.until_idle()
                hand.go(milliseconds=500)
    late = [float(post.ts) for post in slack.posts if float(post.ts) >= (MONDAY + timedelta(minutes=1)).timestamp()]
    assert len(late) >= 5
    assert max(sum(start <= time < start + 1 for time in late) for start in late) <= 3


async def test_where_slack_asks_for_fewer_looks_nobody_looks_before_that_time(
    file_store: Store, slack: Slack, hand: Hand
) -> None:
    slack.channels["C02OTHER"] = Channel("other")
    slack.faults["conversations.history"].append(SlackFault(status=429, headers={"Retry-After": "30"}))
    async with at_work(file_store, slack, hand) as world:
        digests = [await world.add(), await world.add(channel="C02OTHER")]
        hand.at = MONDAY
        await world.plan()
        hand.go(minutes=5)  # So late that both are looked for.
        for digest in digests:
            await deliver(world, digest)
        states = [(await world.last(digest)).state for digest in digests]
        second = await world.last(digests[1])
        looks = [call.method for call in slack.calls].count("conversations.history")
    assert (states, looks) == (["waiting", "waiting"], 1)
    assert second.run_at == MONDAY + timedelta(minutes=5, seconds=30)


async def test_slack_that_asks_to_wait_for_ever_is_told_to_the_steward_after_six_hours(
    file_store: Store, slack: Slack, hand: Hand
) -> None:
    async with at_work(file_store, slack, hand) as world:
        digest = await world.add()
        limited = SlackFault(status=429, headers={"Retry-After": "30000"}, channel=CHANNEL)
        slack.faults[POST].extend([limited] * 100)
        hand.at = MONDAY
        async with world.working():
            assert (await world.through_all_tries(digest)).state == "failed"
            hand.go(minutes=20)
            await slack.until(lambda: world.texts("U01NEWYORK"))
    assert hand.at - MONDAY < timedelta(hours=7)
