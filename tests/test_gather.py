"""Many calls at a time, but never more than a few."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from bot.devin import Cell, Counts, Filter, Reading
from bot.devin.cache import ReadingCache, TimeRange
from bot.devin.gather import Gather, Progress
from bot.periods.window import Window
from bot.problems import Problem

MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
CELLS = [Cell("v3-enterprise", Window(MONDAY + timedelta(weeks=n), MONDAY + timedelta(weeks=n + 1))) for n in range(10)]
FOR_EVER = float("inf")
EASY: Mapping[Cell, float] = {}
WELL: Mapping[Cell, Exception] = {}
DOWN, BUSY = Problem("devin-down", status=503), Problem("devin-busy", status=429)


class Slow:
    """A Devin that takes a given number of turns of the event loop for a cell, and then answers it or fails."""

    def __init__(self, turns: Mapping[Cell, float] = EASY, failures: Mapping[Cell, Exception] = WELL) -> None:
        self.turns = turns
        self.failures = failures
        self.asked: list[Cell] = []
        self.cancelled: list[Cell] = []
        self.under_way = 0
        self.most_under_way = 0

    async def read(self, cell: Cell) -> Reading:
        self.asked.append(cell)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self._wait(self.turns.get(cell, 1))
        except asyncio.CancelledError:
            self.cancelled.append(cell)
            raise
        finally:
            self.under_way -= 1
        if cell in self.failures:
            raise self.failures[cell]
        return reading(cell)

    async def _wait(self, turns: float) -> None:
        while turns > 0:
            turns -= 1
            await asyncio.sleep(0)


def reading(cell: Cell) -> Reading:
    """The number of sessions is the day of the month on which the window begins."""
    return Reading(cell, MONDAY, Counts(sessions=cell.window.after.day))


async def test_the_answer_has_each_cell_in_the_order_asked_whichever_comes_first() -> None:
    devin = Slow(turns={cell: 20 - n for n, cell in enumerate(CELLS)})
    readings = await Gather(devin, 8)(CELLS)
    assert list(readings.items()) == [(cell, reading(cell)) for cell in CELLS]


async def test_nothing_is_asked_for_no_cells() -> None:
    devin = Slow()
    assert await Gather(devin, 8)([]) == {}
    assert devin.asked == []


async def test_a_cell_that_is_asked_twice_is_read_once() -> None:
    devin = Slow()
    same = Cell("v3-enterprise", CELLS[0].window, Filter())
    readings = await Gather(devin, 8)(iter([CELLS[0], CELLS[1], CELLS[0], same]))
    assert list(readings) == devin.asked == CELLS[:2]


@pytest.mark.parametrize(("concurrent", "most"), [(1, 1), (3, 3), (10, 10), (64, 10)])
async def test_as_many_calls_are_under_way_as_allowed_and_never_more(concurrent: int, most: int) -> None:
    devin = Slow(turns=dict.fromkeys(CELLS, 5))
    await Gather(devin, concurrent)(CELLS)
    assert (devin.most_under_way, len(devin.asked)) == (most, 10)


async def test_answers_made_at_the_same_time_share_the_limit() -> None:
    devin = Slow(turns=dict.fromkeys(CELLS, 5))
    gather = Gather(devin, 4)
    answers = await asyncio.gather(gather(CELLS[:5]), gather(CELLS[5:]), gather(CELLS[2:7]))
    assert [list(answer) for answer in answers] == [CELLS[:5], CELLS[5:], CELLS[2:7]]
    assert devin.most_under_way == 4


async def test_a_call_that_is_under_way_is_shared_and_goes_on_for_whoever_still_waits() -> None:
    devin = Slow(turns=dict.fromkeys(CELLS, 9))
    gather = Gather(devin, 8)
    given_up, patient = asyncio.create_task(gather(CELLS[:2])), asyncio.create_task(gather(CELLS[:2]))
    await asyncio.sleep(0.001)
    given_up.cancel()
    assert list(await patient) == devin.asked == CELLS[:2]


class Shelf:
    """Readings kept in a list, where looking takes a given number of turns of the event loop."""

    def __init__(self, turns: int = 0) -> None:
        self.made: list[Reading] = []
        self.turns = turns
        self.looked_for: list[list[Cell]] = []

    async def keep(self, made: Iterable[Reading]) -> None:
        self.made += made

    async def find(self, wanted: Mapping[Cell, TimeRange]) -> dict[Cell, Reading]:
        self.looked_for.append(list(wanted))
        found = {
            one.cell: one
            for one in self.made
            if one.cell in wanted and wanted[one.cell].first <= one.read_at <= wanted[one.cell].last
        }
        for _ in range(self.turns):
            await asyncio.sleep(0)
        return found


async def test_a_reading_that_was_kept_a_moment_ago_is_used_in_place_of_a_call() -> None:
    devin, shelf, now = Slow(), Shelf(), [MONDAY]
    gather = Gather(devin, 8, ReadingCache(shelf, lambda: now[0], timedelta(days=30)))
    assert await gather(CELLS[:1]) == await gather(CELLS[:1]) == {CELLS[0]: reading(CELLS[0])}
    now[0] += timedelta(seconds=61)
    await gather.scheduled()(CELLS[:1])
    assert devin.asked == CELLS[:1]
    await gather(CELLS[:1])
    assert devin.asked == [CELLS[0]] * 2
    assert len(shelf.made) == 2


async def test_an_answer_is_told_how_far_it_is_before_the_first_call_and_after_each() -> None:
    told: list[Progress] = []
    await Gather(Slow(), 8).with_progress(told.append)(CELLS[:3])
    assert told == [Progress(0, 3), Progress(1, 3), Progress(2, 3), Progress(3, 3)]


async def test_readings_that_were_kept_are_no_calls() -> None:
    told: list[Progress] = []
    gather = Gather(Slow(), 8, ReadingCache(Shelf(), lambda: MONDAY, timedelta(days=30)))
    await gather(CELLS[:2])
    await gather.with_progress(told.append)(CELLS[:3])
    await gather.with_progress(told.append)(CELLS[:3])
    assert told == [Progress(0, 1), Progress(1, 1)]


async def test_answers_made_at_the_same_time_are_told_of_their_own_calls_alone() -> None:
    first: list[Progress] = []
    second: list[Progress] = []
    gather = Gather(Slow(), 1)
    await asyncio.gather(gather.with_progress(first.append)(CELLS[:2]), gather.with_progress(second.append)(CELLS[2:7]))
    assert (first[-1], second[-1]) == (Progress(2, 2), Progress(5, 5))


async def test_what_is_kept_is_looked_for_once_and_all_together() -> None:
    devin, shelf = Slow(), Shelf()
    await Gather(devin, 8, ReadingCache(shelf, lambda: MONDAY, timedelta(days=30)))(CELLS)
    assert (shelf.looked_for, len(devin.asked)) == ([CELLS], 10)


async def test_what_was_read_for_another_question_meanwhile_is_looked_for_again_and_not_read_twice() -> None:
    devin, shelf = Slow(turns={CELLS[0]: 2}), Shelf(turns=20)
    gather = Gather(devin, 8, ReadingCache(shelf, lambda: MONDAY, timedelta(days=30)))
    one = asyncio.create_task(gather(CELLS[:1]))
    while not devin.asked:  # noqa: ASYNC110 (the stand-in tells nobody)
        await asyncio.sleep(0)
    assert await gather.scheduled()(CELLS[:1]) == await one
    assert (devin.asked, shelf.looked_for) == (CELLS[:1], [CELLS[:1]] * 3)


async def test_the_first_problem_is_raised_and_the_other_calls_are_cancelled() -> None:
    devin = Slow(turns={CELLS[0]: FOR_EVER, CELLS[1]: 9, CELLS[2]: 2, CELLS[3]: FOR_EVER}, failures={CELLS[2]: DOWN})
    with pytest.raises(Problem) as caught:
        await Gather(devin, 8)(CELLS[:4])
    assert caught.value is DOWN
    assert (set(devin.cancelled), devin.under_way) == ({CELLS[0], CELLS[1], CELLS[3]}, 0)


async def test_of_the_calls_that_still_wait_for_a_place_only_the_next_two_can_begin_after_a_problem() -> None:
    devin = Slow(turns={CELLS[1]: FOR_EVER}, failures={CELLS[0]: DOWN})
    with pytest.raises(Problem):
        await Gather(devin, 2)(CELLS)
    assert (devin.asked[:2], len(devin.asked) <= 4, devin.under_way) == (CELLS[:2], True, 0)


@pytest.mark.parametrize(("down_after", "busy_after", "raised"), [(2, 5, DOWN), (5, 2, BUSY), (3, 3, DOWN)])
async def test_of_two_problems_the_earlier_is_raised(down_after: int, busy_after: int, raised: Problem) -> None:
    devin = Slow({CELLS[0]: down_after, CELLS[1]: busy_after}, {CELLS[0]: DOWN, CELLS[1]: BUSY})
    with pytest.raises(Problem) as caught:
        await Gather(devin, 8)(CELLS[:2])
    assert caught.value is raised


async def test_a_bug_is_raised_as_it_is_and_not_in_a_group() -> None:
    with pytest.raises(ZeroDivisionError):
        await Gather(Slow(failures={CELLS[0]: ZeroDivisionError()}), 8)(CELLS)


async def test_a_problem_of_one_answer_leaves_another_alone_and_gives_its_places_back() -> None:
    gather = Gather(Slow(turns=dict.fromkeys(CELLS, 5), failures={CELLS[0]: DOWN}), 1)
    failed, well = await asyncio.gather(gather(CELLS[:3]), gather(CELLS[3:6]), return_exceptions=True)
    assert failed is DOWN
    assert well == {cell: reading(cell) for cell in CELLS[3:6]}
    assert await gather(CELLS[6:]) == {cell: reading(cell) for cell in CELLS[6:]}


async def test_when_nobody_waits_any_more_the_calls_are_cancelled_and_their_places_are_free() -> None:
    devin = Slow(turns={CELLS[0]: FOR_EVER, CELLS[1]: FOR_EVER})
    gather = Gather(devin, 2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await gather(CELLS)
    assert (set(devin.cancelled), devin.under_way) == (set(CELLS[:2]), 0)
    assert list(await gather(CELLS[2:])) == CELLS[2:]
