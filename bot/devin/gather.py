"""Reads many cells at once, within a concurrency limit, without repeating a call."""

import asyncio
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import count
from typing import NamedTuple

from bot.devin import Cell, Devin, Reading
from bot.devin.cache import ReadingCache


class Progress(NamedTuple):
    """How many of the calls of an answer are done; a stored reading needs none."""

    done: int
    calls: int


OnProgress = Callable[[Progress], None]


class Gather:
    """Reads sets of cells, at most `concurrent` calls at once over everything that is being answered."""

    def __init__(self, devin: Devin, concurrent: int, cache: ReadingCache | None = None) -> None:
        self._devin = devin
        self._slots = asyncio.Semaphore(concurrent)
        self._calls = _Calls()
        self.cache = cache
        self._on_progress: OnProgress = _ignore_progress

    async def __call__(self, cells: Iterable[Cell]) -> dict[Cell, Reading]:
        """The readings of all cells. The first Problem ends the other calls, since an answer needs all of them."""
        wanted, ended = list(dict.fromkeys(cells)), self._calls.ended
        found = await self.cache.find(wanted) if self.cache else {}
        fetched = await self._read_all([cell for cell in wanted if cell not in found], ended)
        return {cell: fetched[cell] if cell in fetched else found[cell] for cell in wanted}

    def with_cache(self, cache: ReadingCache) -> "Gather":
        """The same calls and limit, with stored readings in place of calls."""
        same = copy(self)
        same.cache = cache
        return same

    def with_progress(self, on_progress: OnProgress) -> "Gather":
        """The same for one answer, whose progress is reported: before the first call, and after each."""
        same = copy(self)
        same._on_progress = on_progress
        return same

    def scheduled(self) -> "Gather":
        """The same for what is scheduled: digests that are due together share the readings of the first."""
        return self.with_cache(replace(self.cache, scheduled=True)) if self.cache else self

    async def _read_all(self, cells: list[Cell], ended: int) -> dict[Cell, Reading]:
        done = count(1)

        async def read(cell: Cell) -> Reading:
            reading = await self._reading(cell, ended)
            self._on_progress(Progress(next(done), len(cells)))
            return reading

        if cells:
            self._on_progress(Progress(0, len(cells)))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {cell: group.create_task(read(cell)) for cell in cells}
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures.exceptions[0].__cause__
        return {cell: task.result() for cell, task in tasks.items()}

    async def _reading(self, cell: Cell, ended: int) -> Reading:
        call = self._calls.under_way.setdefault(cell, _Call())
        call.task = call.task or asyncio.create_task(self._read(cell, call, ended))
        call.waiting += 1
        try:
            await asyncio.wait([call.task])  # A cancellation does not reach it.
        except asyncio.CancelledError:
            if call.waiting == 1:  # No other answer waits for it.
                self._end(cell, call)
                call.task.cancel()
                await asyncio.gather(call.task, return_exceptions=True)  # It may have failed at the same moment.
            raise
        else:
            return call.task.result()
        finally:
            call.waiting -= 1

    async def _read(self, cell: Cell, call: "_Call", ended: int) -> Reading:
        try:
            # Another answer's call may have ended while this one looked for stored readings.
            if self.cache and self._calls.ended > ended and (stored := (await self.cache.find([cell])).get(cell)):
                return stored
            async with self._slots:
                reading = await self._devin.read(cell)
            if self.cache:
                await self.cache.store.keep([reading])
        finally:
            self._end(cell, call)
        return reading

    def _end(self, cell: Cell, call: "_Call") -> None:
        if self._calls.under_way.get(cell) is call:
            del self._calls.under_way[cell]
            self._calls.ended += 1


def _ignore_progress(_: Progress) -> None:
    """Progress that is reported nowhere."""


@dataclass(slots=True, eq=False)
class _Call:
    """A call under way, and how many answers wait for it."""

    task: asyncio.Task[Reading] | None = None
    waiting: int = 0


@dataclass(slots=True, eq=False)
class _Calls:
    """The calls under way, and how many have ended."""

    under_way: dict[Cell, _Call] = field(default_factory=dict)
    ended: int = 0
