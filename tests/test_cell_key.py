"""What was read, and what a digest last sent about a window: found by the key of the cell, and parsed alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from bot.devin import Cell, Counts, Filter, Reading
from bot.devin.cache import TimeRange
from bot.periods.window import Window
from bot.schedules.delivery import Delivery, DeliveryState
from bot.store import Store
from bot.store.cell_key import cell_key
from bot.store.deliveries import insert_delivery
from bot.store.readings import StoredReadings
from bot.store.snapshots import last_sent, snapshots, store_snapshot

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = Cell("v3-enterprise", Window(NOON - 7 * DAY, NOON))
BEFORE = replace(WEEK, window=Window(NOON - 14 * DAY, NOON - 7 * DAY))


async def send(
    store: Store, key: str, made_at: datetime, *cells: Cell, digest: int = 1, state: DeliveryState = "sent"
) -> None:
    """A delivery made of the readings of some cells, the first of which is the whole."""
    delivery = Delivery(key, digest, key, NOON, NOON, "C1", state, NOON, NOON)
    about = {"team_id": "T1", "delivery_id": key, "digest_id": digest, "query": "", "made_at": made_at}
    readings = {cell: Reading(cell, made_at, Counts(sessions=7)) for cell in cells}
    async with store.writing() as connection:
        await insert_delivery(connection, store, "T1", delivery)
        await store_snapshot(connection, store, about, readings)


async def test_of_two_posts_about_a_window_the_later_is_found_however_many_came_since(store: Store) -> None:
    await send(store, "later", NOON - 60 * DAY, WEEK, BEFORE)
    await send(store, "earlier", NOON - 61 * DAY, WEEK)
    for number in range(50):
        await send(
            store, f"since-{number}", NOON + number * DAY, replace(WEEK, window=Window(NOON, NOON + number * DAY))
        )
    assert await last_sent(store, "T1", 1, WEEK) == ("later", Reading(WEEK, NOON - 60 * DAY, Counts(sessions=7)))


@pytest.mark.parametrize("state", ["posting", "failed", "uncertain"])
async def test_what_may_not_have_arrived_is_not_what_was_sent(store: Store, state: DeliveryState) -> None:
    await send(store, "one", NOON, WEEK, state=state)
    assert await last_sent(store, "T1", 1, WEEK) is None


async def test_another_digest_another_filter_and_what_was_only_compared_with_are_not_it(store: Store) -> None:
    await send(store, "one", NOON, WEEK, BEFORE)
    assert await last_sent(store, "T1", 2, WEEK) is None
    assert await last_sent(store, "T1", 1, replace(WEEK, filter=Filter(orgs=("org-1",)))) is None
    assert await last_sent(store, "T1", 1, BEFORE) is None


async def test_a_delivery_that_is_made_again_is_found_by_what_it_was_made_of_last(store: Store) -> None:
    await send(store, "one", NOON, BEFORE)
    await send(store, "one", NOON + DAY, WEEK)
    assert await last_sent(store, "T1", 1, BEFORE) is None
    assert await last_sent(store, "T1", 1, WEEK)


async def test_other_snapshots_of_the_digest_are_not_read(store: Store) -> None:
    await send(store, "one", NOON, WEEK)
    await send(store, "unreadable", NOON + DAY, BEFORE)
    async with store.writing() as connection:
        broken = update(snapshots).where(snapshots.c.team_id == "T1", snapshots.c.delivery_id == "unreadable")
        await connection.execute(broken.values(readings=b"no JSON"))
    assert await last_sent(store, "T1", 1, WEEK)


async def test_a_reading_for_more_people_than_an_index_takes_is_kept(store: Store) -> None:
    many = replace(WEEK, filter=Filter(users=tuple(uuid5(NAMESPACE_OID, str(n)).hex for n in range(500))))
    made = Reading(many, NOON, Counts(sessions=7))
    await StoredReadings(store, "T1").keep([made])
    assert await StoredReadings(store, "T1").find({many: TimeRange(NOON, NOON)}) == {many: made}


async def test_of_a_cell_that_was_read_twice_at_a_moment_the_first_reading_stays(store: Store) -> None:
    kept = StoredReadings(store, "T1")
    first, second = (Reading(WEEK, NOON, Counts(sessions=number)) for number in (1, 2))
    await kept.keep([first, second])
    await kept.keep([second, Reading(BEFORE, NOON, Counts(sessions=3))])
    found = await kept.find(dict.fromkeys((WEEK, BEFORE), TimeRange(NOON, NOON)))
    assert [reading.counts.sessions for reading in (found[WEEK], found[BEFORE])] == [1, 3]


def test_a_key_differs_where_the_cell_does_and_not_where_it_is_the_same_moment_elsewhere() -> None:
    narrowed = Filter(("org-1",)), Filter(users=("org-1",)), Filter(("org-1", "org-2")), Filter(playbook="org-1")
    cells = [WEEK, BEFORE, replace(WEEK, source="v2-enterprise"), *(replace(WEEK, filter=one) for one in narrowed)]
    assert len({cell_key(cell) for cell in cells}) == len(cells)
    tokyo = Window(*(moment.astimezone(ZoneInfo("Asia/Tokyo")) for moment in (WEEK.window.after, WEEK.window.before)))
    assert cell_key(replace(WEEK, window=tokyo)) == cell_key(WEEK)
    assert len(cell_key(replace(WEEK, filter=Filter(users=tuple(f"user-{n}" for n in range(500)))))) == 64
