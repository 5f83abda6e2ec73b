"""The last moment before a post: the process still holds the delivery, and the digest is still wanted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.commands.ports import Receipt
from bot.devin import Cell, Reading
from bot.digests.drafter import Drafter
from bot.digests.sender import Sender
from bot.messages.message import Message
from bot.playground.devin.sample import SampleDevin
from bot.playground.slack.standin import Channel, Slack
from bot.schedules.delivery import BY_HAND, Delivery, Digest
from bot.store import Store
from bot.store.deliveries import Claim, change_state, claim_delivery, find_delivery, release
from tests.at_work import MONDAY, TEAM, Hand, World, at_work
from tests.digests_told import ToldChannels

LEASE = timedelta(minutes=2)


def freeze_before_posting(store: Store, hand: Hand, seconds: float) -> None:
    """The process stands still for so long, once, while it writes that it is about to post."""

    lengths = [seconds]

    def freeze(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if lengths and statement.startswith("INSERT INTO snapshots"):
            hand.go(seconds=lengths.pop())

    event.listen(store.engine.sync_engine, "after_cursor_execute", freeze)


async def planned(world: World) -> Digest:
    """A digest whose delivery is due, and that nobody works on."""
    digest = await world.add()
    world.hand.at = MONDAY
    await world.plan()
    return digest


async def deliver(world: World, digest: Digest) -> None:
    """One try at its newest delivery."""
    drafter = Drafter(world.here, world.services, world.options.restate)
    await Sender(world.here, drafter, world.options.post_gap).deliver((await world.last(digest)).id)


@pytest.mark.parametrize(("seconds", "state"), [(90, "sent"), (91, "waiting")])
async def test_a_process_that_was_frozen_until_a_post_might_outlast_its_lease_does_not_post(
    world: World, seconds: float, state: str
) -> None:
    digest = await planned(world)
    freeze_before_posting(world.context.store, world.hand, seconds)
    await deliver(world, digest)
    assert (await world.last(digest)).state == state
    assert len(world.texts()) == (1 if state == "sent" else 0)


async def test_what_a_frozen_process_left_is_looked_for_and_then_sent_once(world: World) -> None:
    digest = await planned(world)
    freeze_before_posting(world.context.store, world.hand, 180)
    await deliver(world, digest)
    left = await world.last(digest)
    assert (left.state, left.unclear) == ("waiting", True)
    await deliver(world, digest)
    assert (await world.last(digest)).state == "sent"
    assert len(world.texts()) == 1
    assert [call.method for call in world.slack.calls if "history" in call.method] == ["conversations.history"]


@pytest.mark.parametrize(("seconds", "looks"), [(299, 0), (300, 1)])
async def test_what_was_planned_in_time_and_comes_late_is_looked_for_first(
    world: World, seconds: int, looks: int
) -> None:
    digest = await planned(world)
    world.hand.go(seconds=seconds)
    await deliver(world, digest)
    assert (await world.last(digest)).state == "sent"
    assert [call.method for call in world.slack.calls].count("conversations.history") == looks


class Meanwhile:
    """The made-up Devin; while it is first asked, something else happens."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.happens: Callable[[], Awaitable[object]] | None = None

    async def read(self, cell: Cell) -> Reading:
        """The sample's reading."""
        if happens := self.happens:
            self.happens = None
            await happens()
        return await SampleDevin(self.hand.at).read(cell)


@pytest.fixture
async def busy(file_store: Store, slack: Slack, hand: Hand) -> AsyncIterator[World]:
    """A process whose Devin is told what happens meanwhile."""
    async with at_work(file_store, slack, hand, devin=Meanwhile(hand)) as opened:
        yield opened


async def deliver_while(world: World, digest: Digest, happens: Callable[[], Awaitable[object]]) -> Delivery:
    """The delivery of a digest, after something has happened while its report was made."""
    assert isinstance(world.devin, Meanwhile)
    world.devin.happens = happens
    await deliver(world, digest)
    return await world.last(digest)


async def test_a_digest_that_is_paused_while_its_report_is_made_is_not_posted(busy: World) -> None:
    digest = await planned(busy)
    paused = replace(digest, paused=BY_HAND)
    last = await deliver_while(busy, digest, lambda: busy.digests.change(paused))
    assert (last.state, last.reason) == ("missed", "paused")
    assert busy.texts() == []


async def test_a_digest_that_is_removed_while_its_report_is_made_is_not_posted(busy: World) -> None:
    digest = await planned(busy)
    last = await deliver_while(busy, digest, lambda: busy.digests.remove(digest))
    assert (last.state, last.reason) == ("missed", "removed")
    assert busy.texts() == []


async def test_a_digest_that_is_moved_while_its_report_is_made_is_posted_to_its_new_channel_alone(busy: World) -> None:
    busy.slack.channels["C02OTHER"] = Channel("other")
    digest = await planned(busy)
    moved = replace(digest, channel="C02OTHER")
    assert (await deliver_while(busy, digest, lambda: busy.digests.change(moved))).state == "waiting"
    await deliver(busy, digest)
    assert [post.channel for post in busy.slack.posts] == ["C02OTHER"]


async def test_a_delivery_that_another_process_has_taken_while_its_report_was_made_is_left_to_that_one(
    busy: World,
) -> None:
    digest = await planned(busy)
    planned_one = await busy.last(digest)

    async def taken() -> None:
        busy.hand.go(minutes=3)
        assert await claim_delivery(busy.context.store, TEAM, planned_one.id, busy.hand.at, LEASE)

    last = await deliver_while(busy, digest, taken)
    assert (last.state, last.attempt) == ("claimed", 2)
    assert busy.texts() == []


# The claim


async def claimed(world: World) -> Claim:
    """A delivery in the hands of a process that does nothing with it."""
    digest = await planned(world)
    claim = await claim_delivery(world.context.store, TEAM, (await world.last(digest)).id, world.hand.at, LEASE)
    assert claim
    return claim


@pytest.mark.parametrize(("seconds", "free"), [(119, False), (120, False), (121, True)])
async def test_a_delivery_is_free_again_when_its_lease_has_ended_and_not_before(
    world: World, seconds: int, free: bool
) -> None:
    claim = await claimed(world)
    later = MONDAY + timedelta(seconds=seconds)
    again = await claim_delivery(world.context.store, TEAM, claim.delivery.id, later, LEASE)
    assert (again is not None) == free


@pytest.mark.parametrize(("seconds", "free"), [(-1, False), (0, True)])
async def test_a_delivery_that_waits_for_its_next_try_is_not_taken_before(
    world: World, seconds: int, free: bool
) -> None:
    claim, later = await claimed(world), MONDAY + timedelta(minutes=5)
    async with world.context.store.writing() as connection:
        await change_state(connection, claim, "waiting", MONDAY, run_at=later)
    at = later + timedelta(seconds=seconds)
    again = await claim_delivery(world.context.store, TEAM, claim.delivery.id, at, LEASE)
    assert (again is not None) == free


async def test_who_held_a_delivery_before_can_neither_move_it_nor_give_it_back(world: World) -> None:
    before = await claimed(world)
    later = MONDAY + timedelta(minutes=3)
    now = await claim_delivery(world.context.store, TEAM, before.delivery.id, later, LEASE)
    assert now
    async with world.context.store.writing() as connection:
        assert await change_state(connection, before, "sent", later) is None
        assert not await release(connection, before, later)
        moved = await change_state(connection, now, "posting", later)
    assert moved
    assert moved.attempt == before.delivery.attempt + 1


async def test_a_delivery_that_may_have_been_posted_is_not_given_back(world: World) -> None:
    claim = await claimed(world)
    async with world.context.store.writing() as connection:
        assert await change_state(connection, claim, "posting", MONDAY)
        assert not await release(connection, claim, MONDAY)


@pytest.mark.parametrize(("posting", "unclear"), [(False, False), (True, True)])
async def test_who_takes_over_a_delivery_that_was_being_posted_knows_that_it_may_be_there(
    world: World, posting: bool, unclear: bool
) -> None:
    claim = await claimed(world)
    if posting:
        async with world.context.store.writing() as connection:
            await change_state(connection, claim, "posting", MONDAY)
    over = await claim_delivery(world.context.store, TEAM, claim.delivery.id, MONDAY + timedelta(minutes=3), LEASE)
    assert over
    assert over.delivery.unclear == unclear


@dataclass
class Watched(ToldChannels):
    """Channels that look how the delivery stands when it is posted."""

    store: Store | None = None
    states: list[str] = field(default_factory=list)

    async def post(
        self, channel: str, message: Message, *, delivery: str | None = None, thread: str | None = None
    ) -> Receipt:
        """Takes the state down."""
        assert message.text
        assert self.store
        assert delivery
        async with self.store.reading() as connection:
            found = await find_delivery(connection, TEAM, delivery)
        self.states += [found.state] if found else []
        return Receipt(channel, thread or "1.000001")


async def test_a_delivery_is_posting_before_the_request_goes_out(world: World) -> None:
    digest = await planned(world)
    watched = Watched(store=world.context.store)
    await deliver(replace(world, context=replace(world.context, channels=watched)), digest)
    assert watched.states == ["posting"]
    assert (await world.last(digest)).state == "sent"
