"""Planning: one digest that cannot be planned does not keep the others, and leaves nothing behind."""

from datetime import timedelta

from sqlalchemy import text

from bot.delivery import Digest
from bot.store.paces import free_at
from tests.at_work import CHANNEL, MONDAY, TEAM, World


async def one_that_cannot_be_planned(world: World) -> tuple[Digest, Digest]:
    """A digest, and one behind it whose row was copied by hand: its delivery of Monday would have the same id."""
    well, broken = await world.add(), await world.add("daily 09:00", "yesterday")
    async with world.office.store.writing() as connection:
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
    assert await free_at(world.office.store, TEAM, f"queue {CHANNEL}") == MONDAY + timedelta(seconds=1)
