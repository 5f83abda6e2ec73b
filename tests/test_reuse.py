"""Which kept readings will do: by the age of their window, and by who asks."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.devin import Cell, Counts, Reading
from bot.devin.cache import ReadingCache, TimeRange
from bot.devin.reading_age import same_age
from bot.periods.window import Window
from bot.queries.query import parse
from bot.queries.request import Account
from bot.reports.plan import plan
from bot.reports.report import missing_comparable
from bot.store import Store
from bot.store.readings import StoredReadings
from tests.asking import AT, NEW_YORK
from tests.test_gather import Shelf

CLOSED = datetime(2026, 11, 9, tzinfo=UTC)
WEEK = Cell("v3-enterprise", Window(CLOSED - timedelta(days=7), CLOSED))
BEFORE = Cell("v3-enterprise", Window(CLOSED - timedelta(days=14), CLOSED - timedelta(days=7)))
SETTLE = timedelta(days=30)


def read(cell: Cell, at: datetime, sessions: int = 1) -> Reading:
    return Reading(cell, at, Counts(sessions=sessions))


@pytest.mark.parametrize(
    ("closed_for", "scheduled", "will_do"),
    [
        (timedelta(days=-2), False, timedelta(seconds=60)),
        (timedelta(hours=47), False, timedelta(seconds=60)),
        (timedelta(hours=48, seconds=-1), False, timedelta(seconds=60)),
        (timedelta(hours=48), False, timedelta(hours=1)),
        (timedelta(days=29), False, timedelta(hours=1)),
        (timedelta(hours=9), True, timedelta(minutes=10)),
        (timedelta(days=29), True, timedelta(minutes=10)),
        (timedelta(days=300), False, timedelta(days=270)),
        (timedelta(days=300), True, timedelta(days=270)),
    ],
)
async def test_a_reading_will_do_for_as_long_as_its_window_is_quiet(
    store: Store, closed_for: timedelta, scheduled: bool, will_do: timedelta
) -> None:
    now, kept = CLOSED + closed_for, StoredReadings(store, "T1")
    cache = ReadingCache(kept, lambda: now, SETTLE, scheduled)
    await kept.keep([read(WEEK, now - will_do - timedelta(seconds=1))])
    assert await cache.find([WEEK, BEFORE]) == {}
    just = read(WEEK, now - will_do, 2)
    await kept.keep([just])
    assert await cache.find([WEEK, BEFORE]) == {WEEK: just}


@pytest.mark.parametrize(("minutes", "comparable"), [(-55, False), (-54, True), (0, True), (60, True), (61, False)])
async def test_a_reading_is_alike_where_the_older_of_the_two_is_older_by_a_tenth_of_its_age_at_most(
    store: Store, minutes: int, comparable: bool
) -> None:
    kept = StoredReadings(store, "T1")
    now = read(WEEK, CLOSED + timedelta(hours=9))
    earlier = read(BEFORE, CLOSED - timedelta(days=7) + timedelta(hours=9, minutes=minutes))
    await kept.keep([earlier])
    found = await ReadingCache(kept, lambda: now.read_at, SETTLE).of_same_age({BEFORE: now})
    assert found == ({BEFORE: earlier} if comparable else {})


DAYS = [timedelta(days=days) for days in range(13)]
AGES = [*DAYS, timedelta(hours=9), timedelta(hours=10), timedelta(days=9, microseconds=-1), timedelta(days=11.1)]


@pytest.mark.parametrize("now_age", AGES, ids=str)
async def test_the_report_and_what_is_looked_for_on_its_behalf_agree_on_every_pair_of_ages(now_age: timedelta) -> None:
    planned = plan(parse("last week"), Account("v3-enterprise"), AT, NEW_YORK)
    present, earlier = planned.cell, planned.earlier_cell
    assert earlier
    now = Reading(present, present.window.before + now_age, Counts())
    for other_age in AGES:
        kept = Shelf()
        other = Reading(earlier, earlier.window.before + other_age, Counts())
        await kept.keep([other])
        comparable = await ReadingCache(kept, lambda: AT, SETTLE).of_same_age({earlier: now})
        assert bool(comparable) == (missing_comparable(planned, {present: now, earlier: other}, SETTLE) == {}), (
            other_age
        )


def test_nine_and_ten_days_are_one_age_whichever_is_asked_about() -> None:
    nine, ten = timedelta(days=9), timedelta(days=10)
    assert [same_age(nine, ten), same_age(ten, nine)] == [True, True]
    more = ten + timedelta(microseconds=1)
    assert [same_age(nine, more), same_age(more, nine)] == [False, False]


async def test_the_newest_of_many_readings_is_found_for_each_of_many_cells(store: Store) -> None:
    cells = [
        Cell("v3-enterprise", Window(CLOSED - timedelta(days=n + 1), CLOSED - timedelta(days=n))) for n in range(120)
    ]
    kept = StoredReadings(store, "T1")
    for minute in range(3):
        await kept.keep(read(cell, CLOSED + timedelta(minutes=minute), minute) for cell in cells)
    found = await kept.find(dict.fromkeys(cells, TimeRange(CLOSED, CLOSED + timedelta(minutes=1))))
    assert len(found) == 120
    assert {reading.counts.sessions for reading in found.values()} == {1}


async def test_without_a_database_nothing_is_kept_and_nobody_is_the_worse_for_it(empty_store: Store) -> None:
    kept = StoredReadings(empty_store, "T1")
    await kept.keep([read(WEEK, CLOSED)])
    assert await kept.find({WEEK: TimeRange(CLOSED, CLOSED)}) == {}
