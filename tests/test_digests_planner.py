"""What is planned: one digest that cannot be does not keep the others, and what got stuck is brought again."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text

from bot.schedules.delivery import BY_HAND, Digest
from bot.store.deliveries import stranded_deliveries
from bot.store.digests import pause_digest
from bot.store.slots import next_slot
from tests.at_work import CHANNEL, MONDAY, TEAM, World


async def one_that_cannot_be_planned(world: World) -> tuple[Digest, Digest]:
    """A digest, and one behind it whose row was copied by hand: its delivery of Monday would have the same id."""
    well, broken = await world.add(), await world.add("daily 09:00", "yesterday")
    async with world.context.store.writing() as connection:
        row = {"secret": well.secret, "id": broken.id}
        await connection.execute(text("UPDATE digests SET secret = :secret WHERE id = :id"), row)
        await connection.execute(text("UPDATE digests SET next_due = since WHERE id = :id"), {"id": well.id})
    return well, broken


async def test_a_digest_that_cannot_be_planned_does_not_keep_the_others_and_leaves_nothing_behind(world: World) -> None:
    well, broken = await one_that_cannot_be_planned(world)
    later = await world.add(query="today")
    world.hand.at = MONDAY
    await world.plan()
    assert [(await world.last(digest)).state for digest in (well, later)] == ["due", "due"]
    assert await world.digests.deliveries(broken.id, 9) == []


async def test_a_digest_that_cannot_be_planned_takes_no_place_in_the_queue(world: World) -> None:
    await one_that_cannot_be_planned(world)
    world.hand.at = MONDAY
    await world.plan()
    await world.plan()
    assert await next_slot(world.context.store, TEAM, f"queue {CHANNEL}") == MONDAY + timedelta(seconds=1)


async def test_a_delivery_that_nobody_works_on_is_named_after_five_minutes_and_not_at_once_again(world: World) -> None:
    digest = await world.add()
    world.hand.at = MONDAY
    await world.plan()
    patience = timedelta(minutes=5)

    async def named(at: datetime) -> list[str]:
        async with world.context.store.writing() as connection:
            return [key.id for key in await stranded_deliveries(connection, (TEAM,), at, patience)]

    run_at = (await world.last(digest)).run_at
    after = run_at + patience + timedelta(seconds=1)
    assert await named(run_at + patience) == []
    assert await named(after) == [(await world.last(digest)).id]
    assert await named(after + patience) == []


async def test_a_digest_that_its_steward_has_paused_stays_paused_by_hand(world: World) -> None:
    digest = await world.add()
    paused = await world.digests.change(replace(digest, paused=BY_HAND))
    async with world.context.store.writing() as connection:
        await pause_digest(connection, TEAM, digest.id, "channel-archived")
    assert await world.digests.find(digest.id) == paused
