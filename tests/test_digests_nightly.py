"""The nightly round: channels that can no longer be posted to, stewards who have left, and what is forgotten."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from bot.digests.nightly import NightlyRound
from bot.playground.slack.standin import Channel, Slack
from bot.queries.request import Asked
from bot.store import Store
from bot.store.events import claim_event
from bot.store.questions import StoredQuestions
from tests.at_work import CHANNEL, MONDAY, NEW_YORK, TEAM, Hand, World, at_work

TONIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=NEW_YORK)


@pytest.fixture
async def world(file_store: Store, slack: Slack, hand: Hand) -> AsyncIterator[World]:
    async with at_work(file_store, slack, hand) as opened:
        yield opened


def nightly(world: World, *shared: str) -> NightlyRound:
    return NightlyRound(world.context, NEW_YORK, frozenset(shared), timedelta(days=400))


@pytest.mark.parametrize(
    ("channel", "paused"),
    [
        (Channel("reports"), None),
        (Channel("reports", is_member=False), "channel-not-joined"),
        (Channel("reports", is_archived=True), "channel-archived"),
        (Channel("reports", is_private=True), None),
        (Channel("reports", is_private=True, is_member=False), "channel-not-found"),
        (Channel("reports", is_ext_shared=True), "channel-shared"),
        (Channel("reports", is_pending_ext_shared=True), "channel-shared"),
        (None, "channel-not-found"),
    ],
)
async def test_16_a_channel_that_can_get_no_digest_any_more_pauses_it_and_the_steward_hears_why(
    world: World, channel: Channel | None, paused: str | None
) -> None:
    digest = await world.add()
    if channel:
        world.slack.channels[CHANNEL] = channel
    else:
        del world.slack.channels[CHANNEL]
    assert await nightly(world).run()
    assert (await world.digests.find(digest.id)).paused == paused
    async with world.working():
        if paused:
            await world.slack.until(lambda: world.texts("U01NEWYORK"))
    assert len(world.texts("U01NEWYORK")) == (1 if paused else 0)


async def test_a_shared_channel_that_the_settings_allow_stays(world: World) -> None:
    digest = await world.add()
    world.slack.channels[CHANNEL].is_ext_shared = True
    await nightly(world, CHANNEL).run()
    assert (await world.digests.find(digest.id)).paused is None


async def test_23_a_steward_who_was_deactivated_is_asked_after_in_the_channel_once(world: World) -> None:
    digest = await world.add()
    world.slack.users["U01NEWYORK"].deleted = True
    for night in range(2):
        world.hand.at = TONIGHT + timedelta(days=night)
        assert await nightly(world).run()
    async with world.working():
        (text,) = await world.slack.until(world.texts)
    assert "Newyork" in text
    assert (await world.digests.find(digest.id)).steward is None


async def test_the_round_is_made_once_a_night_whoever_comes_first(world: World) -> None:
    assert await nightly(world).run()
    assert not await nightly(world).run()
    world.hand.at = TONIGHT - timedelta(seconds=1)
    assert not await nightly(world).run()
    world.hand.at = TONIGHT
    assert await nightly(world).run()


async def test_a_channel_that_slack_does_not_tell_about_keeps_its_digest(world: World) -> None:
    digest = await world.add()
    world.slack.scopes -= {"channels:read"}
    await nightly(world).run()
    assert (await world.digests.find(digest.id)).paused is None


async def test_deliveries_are_forgotten_after_the_days_that_the_settings_say(world: World) -> None:
    digest = await world.add()
    world.hand.at = MONDAY
    async with world.working():
        await world.until_state(digest, "sent")
    world.hand.at = MONDAY + timedelta(days=399)
    await nightly(world).run()
    assert len(await world.digests.deliveries(digest.id, 9)) == 1
    world.hand.at = MONDAY + timedelta(days=401)
    await nightly(world).run()
    assert await world.digests.deliveries(digest.id, 9) == []


async def test_what_somebody_asked_last_is_forgotten_after_as_many_days(world: World) -> None:
    questions = StoredQuestions(world.context.store, TEAM)
    await questions.keep("U1", Asked("last 7d", "Payments: 184 sessions", MONDAY))
    await questions.keep("U1", Asked("last week", "Payments: 161 sessions", MONDAY + timedelta(days=2)))
    world.hand.at = MONDAY + timedelta(days=401)
    await nightly(world).run()
    assert [question.text for question in await questions.last("U1")] == ["last week"]


@pytest.mark.parametrize(("hours", "taken_again"), [(47, False), (49, True)])
async def test_an_event_of_slack_s_is_forgotten_when_it_is_no_longer_repeated(
    world: World, hours: int, taken_again: bool
) -> None:
    store = world.context.store
    assert await claim_event(store, TEAM, "Ev1", world.hand.at)
    world.hand.go(hours=hours)
    await nightly(world).run()
    assert await claim_event(store, TEAM, "Ev1", world.hand.at) == taken_again
