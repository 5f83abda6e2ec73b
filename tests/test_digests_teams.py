"""Digests of an organization that has installed the bot for all its workspaces: each stays in its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.digests.nightly import NightlyRound
from bot.digests.stored import StoredDigests
from bot.playground.slack.standin import Channel, Slack, SlackFault
from bot.queries.request import Asked
from bot.schedules.delivery import Digest
from bot.store import Store, open_store
from bot.store.events import claim_event
from bot.store.installation import Installation
from bot.store.readings import readings
from bot.store.slots import next_slot
from bot.store.snapshots import snapshots
from bot.store.workspaces import store_workspace
from tests.at_work import CHANNEL, FRIDAY, MONDAY, NEW_YORK, TEAM, AsOf, Hand, World, at_work

if TYPE_CHECKING:
    from tests.databases import Server

ORGANIZATION, OTHER, OTHER_CHANNEL = "E01GRID", "T02OTHER", "C02OTHER"
POST = "chat.postMessage"
SECRET = "0" * 32  # As after an export, and an import into another workspace: the ids of deliveries are the same, too.


def grid(store: Store, hand: Hand, *named: str) -> Installation:
    """The organization's installation."""
    return Installation(store, ORGANIZATION, hand, org_wide=True, named=frozenset(named))


def within(world: World, team: str) -> World:
    """The same process, looked at from one of the workspaces."""
    return replace(world, digests=StoredDigests(world.context.store, team, world.context.engine))


async def add_two(world: World) -> tuple[Digest, Digest]:
    """A digest in each workspace, due at the same minute."""
    one = await within(world, TEAM).add(secret=SECRET)
    other = await within(world, OTHER).add(secret=SECRET, channel=OTHER_CHANNEL, steward="U01TOKYO")
    return one, other


async def until_sent(world: World) -> None:
    """Lets time pass until each workspace's digest is sent."""
    for team in (TEAM, OTHER):
        here = within(world, team)
        await here.sees("sent", *await here.digests.all())


@pytest.fixture
async def asked(store: Store, slack: Slack) -> Store:
    """A database in which somebody has asked in both workspaces of the organization."""
    slack.channels[OTHER_CHANNEL] = Channel("other")
    for team in (TEAM, OTHER):
        await store_workspace(store, team, ORGANIZATION, "/devin-metrics", FRIDAY)
    return store


@pytest.fixture
async def both(asked: Store, slack: Slack, hand: Hand) -> AsyncIterator[World]:
    """A process of the organization."""
    async with at_work(asked, slack, hand, installation=grid(asked, hand)) as opened:
        yield opened


async def test_two_that_are_due_at_the_same_minute_are_sent_once_each_to_its_own_channel(both: World) -> None:
    one, other = await add_two(both)
    assert (one.id, other.id) == (1, 1)
    assert [digest.channel for digest in await within(both, OTHER).digests.all()] == [OTHER_CHANNEL]
    both.hand.at = MONDAY
    async with both.working():
        await until_sent(both)
        await both.until_idle()
    assert (len(both.texts(CHANNEL)), len(both.texts(OTHER_CHANNEL))) == (1, 1)
    async with both.context.store.reading() as connection:
        kept = (await connection.execute(select(snapshots.c.team_id, snapshots.c.digest_id))).all()
        assert {team for (team,) in await connection.execute(select(readings.c.team_id))} == {ORGANIZATION}
    assert sorted(kept) == [(TEAM, 1), (OTHER, 1)]


async def test_the_services_of_a_workspace_are_kept_and_have_its_own_digests_and_questions(both: World) -> None:
    await add_two(both)
    here, there = both.of_teams.of(TEAM), both.of_teams.of(OTHER)
    assert both.of_teams.of(TEAM) is here
    assert here.digests
    assert there.digests
    assert [digest.channel for digest in await here.digests.all()] == [CHANNEL]
    assert [digest.channel for digest in await there.digests.all()] == [OTHER_CHANNEL]
    assert here.questions
    assert there.questions
    await here.questions.keep("U1", Asked("last week", "161 sessions", FRIDAY))
    assert await there.questions.last("U1") == []


async def test_each_steward_hears_of_their_own_digest(both: World) -> None:
    digests = await add_two(both)
    both.slack.faults[POST].extend(SlackFault(error="msg_too_long", channel=digest.channel) for digest in digests)
    both.hand.at = MONDAY
    async with both.working():
        for team, digest in zip((TEAM, OTHER), digests, strict=True):
            await within(both, team).until_state(digest, "failed")
        for steward in ("U01NEWYORK", "U01TOKYO"):
            await both.slack.until(lambda: both.texts(steward))  # noqa: B023 (it is awaited here)
    assert [len(both.texts(steward)) for steward in ("U01NEWYORK", "U01TOKYO")] == [1, 1]


async def test_a_pause_that_slack_asks_of_one_does_not_hold_the_other(both: World) -> None:
    one, other = await add_two(both)
    both.slack.faults[POST].append(SlackFault(status=429, headers={"Retry-After": "600"}, channel=CHANNEL))
    both.hand.at = MONDAY
    async with both.working():
        await within(both, TEAM).until_state(one, "waiting")
        later = await within(both, OTHER).add("daily 09:01", "yesterday", channel=OTHER_CHANNEL, since=MONDAY)
        both.hand.at = MONDAY + timedelta(minutes=1)
        for digest in (other, later):
            await within(both, OTHER).sees("sent", digest)
        assert (await within(both, TEAM).last(one)).state == "waiting"


async def test_a_workspace_that_is_not_named_rests(asked: Store, slack: Slack, hand: Hand) -> None:
    async with at_work(asked, slack, hand, installation=grid(asked, hand, TEAM)) as world:
        one, other = await add_two(world)
        hand.at = MONDAY
        async with world.working():
            await within(world, TEAM).sees("sent", one)
            hand.go(minutes=10)
            await within(world, TEAM).until_idle()
        assert await within(world, OTHER).digests.deliveries(other.id, 9) == []
    assert world.texts(OTHER_CHANNEL) == []


async def test_a_workspace_in_which_somebody_first_asks_is_worked_for_from_then_on(
    store: Store, slack: Slack, hand: Hand
) -> None:
    slack.channels[OTHER_CHANNEL] = Channel("other")
    async with at_work(store, slack, hand, installation=grid(store, hand)) as world, world.working():
        _, other = await add_two(world)
        await store_workspace(store, OTHER, ORGANIZATION, "/devin-metrics", hand.at)
        hand.at = MONDAY
        await within(world, OTHER).until_state(other, "due", "claimed", "posting", "sent")
        await within(world, OTHER).sees("sent", other)
    assert world.texts(CHANNEL) == []


async def test_a_night_looks_at_every_workspace_and_reads_for_all_of_them_once(both: World) -> None:
    one, other = await add_two(both)
    both.slack.channels[CHANNEL].is_archived = both.slack.channels[OTHER_CHANNEL].is_archived = True
    assert isinstance(both.devin, AsOf)
    cells, night = both.devin.cells, datetime(2026, 11, 21, 3, 10, tzinfo=NEW_YORK)

    async def are_told() -> bool:
        return len(cells) >= 8 and all(both.texts(steward) for steward in ("U01NEWYORK", "U01TOKYO"))

    for team in (TEAM, OTHER, ORGANIZATION):
        assert await claim_event(both.context.store, team, "Ev1", night - timedelta(days=3))
    async with both.working():
        both.hand.at = night
        await both.until(are_told)
    assert len(cells) == 8
    for team in (TEAM, OTHER, ORGANIZATION):
        assert await claim_event(both.context.store, team, "Ev1", night)
    for team, digest in ((TEAM, one), (OTHER, other)):
        assert (await within(both, team).digests.find(digest.id)).paused == "channel-archived"
    assert await next_slot(both.context.store, ORGANIZATION, "nightly round") > night
    assert not await NightlyRound(both.context, NEW_YORK, frozenset(), timedelta(days=400)).run()


async def test_a_bot_of_one_workspace_on_the_same_database_and_the_organization_s_leave_each_other_alone(
    asked: Store, slack: Slack, hand: Hand
) -> None:
    apart = Installation(asked, "T99APART", hand)
    async with (
        at_work(asked, slack, hand, installation=grid(asked, hand)) as organization,
        at_work(asked, slack, hand, installation=apart) as alone,
    ):
        theirs, own = await add_two(organization), await within(alone, apart.key).add(query="last 4w")
        later = await within(alone, apart.key).add("daily 09:01")
        hand.at = MONDAY
        await organization.plan()
        async with alone.working():
            await within(alone, apart.key).sees("sent", own)
        for team, digest in zip((TEAM, OTHER), theirs, strict=True):
            assert (await within(organization, team).last(digest)).state == "due"
        hand.at = MONDAY + timedelta(minutes=1)
        await alone.plan()
        async with organization.working():
            await until_sent(organization)
        assert (await within(alone, apart.key).last(later)).state == "due"


async def test_digests_that_are_nobody_s_become_those_of_the_only_workspace(
    file_store: Store, slack: Slack, hand: Hand
) -> None:
    async with at_work(file_store, slack, hand, installation=grid(file_store, hand, OTHER)) as world:
        await within(world, "").add()
        async with world.working():
            await world.until(within(world, OTHER).digests.all)
    assert await within(world, "").digests.all() == []


async def test_digests_that_are_nobody_s_stay_so_where_there_may_be_several_workspaces(
    file_store: Store, slack: Slack, hand: Hand, capsys: pytest.CaptureFixture[str]
) -> None:
    async with at_work(file_store, slack, hand, installation=grid(file_store, hand)) as world:
        await within(world, "").add()

        async def is_told() -> bool:
            return "digests-without-workspace" in capsys.readouterr().out

        async with world.working():
            await world.until(is_told)
    assert len(await within(world, "").digests.all()) == 1


async def test_replicas_send_the_digests_of_all_workspaces_once(postgresql: "Server", slack: Slack, hand: Hand) -> None:
    url = await postgresql.new_migrated()
    slack.channels[OTHER_CHANNEL] = Channel("other")
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(url)) for _ in range(2)]
        for team in (TEAM, OTHER):
            await store_workspace(stores[0], team, ORGANIZATION, None, FRIDAY)
        first, second = [
            await stack.enter_async_context(at_work(store, slack, hand, installation=grid(store, hand)))
            for store in stores
        ]
        await add_two(first)
        for number in range(4):
            for team, channel in ((TEAM, CHANNEL), (OTHER, OTHER_CHANNEL)):
                await within(first, team).add(query=f"last {number + 2}d vs=none", channel=channel)
        hand.at = MONDAY
        async with first.working(), second.working():
            await until_sent(second)
        assert [len(first.texts(channel)) for channel in (CHANNEL, OTHER_CHANNEL)] == [5, 5]
