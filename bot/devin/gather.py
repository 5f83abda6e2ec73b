"""Reads many cells at once, within a concurrency limit, without repeating a call."""

import asyncio
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import count
from typing import NamedTuple

from bot.devin import Cell, Devin, Reading
from bot.devin.reuse import Reuse


class Progress(NamedTuple):
    """How many of the calls that an answer takes are done; what was kept needs none."""

    done: int
    calls: int


Tell = Callable[[Progress], None]


class Gather:
    """Reads sets of cells, at most `concurrent` calls at once over everything that is being answered."""

    def __init__(self, devin: Devin, concurrent: int, reuse: Reuse | None = None) -> None:
        self._devin = devin
        self._places = asyncio.Semaphore(concurrent)
        self._calls = _Calls()
        self.reuse = reuse
        self._tell: Tell = _not_told

    async def __call__(self, cells: Iterable[Cell]) -> dict[Cell, Reading]:
        """The readings of all cells. The first Problem ends the other calls, since an answer needs all of them."""
        wanted, ended = list(dict.fromkeys(cells)), self._calls.ended
        found = await self.reuse.find(wanted) if self.reuse else {}
        made = await self._all([cell for cell in wanted if cell not in found], ended)
        return {cell: made[cell] if cell in made else found[cell] for cell in wanted}

    def with_reuse(self, reuse: Reuse) -> "Gather":
        """The same calls, places and deadlines, with kept readings."""
        same = copy(self)
        same.reuse = reuse
        return same

    def telling(self, tell: Tell) -> "Gather":
        """The same for one answer, which is told how far it is: before the first call, and after each."""
        same = copy(self)
        same._tell = tell
        return same

    def scheduled(self) -> "Gather":
        """The same by the rules for what is scheduled: what is due together shares what was read for one of it."""
        return self.with_reuse(replace(self.reuse, scheduled=True)) if self.reuse else self

    async def _all(self, cells: list[Cell], ended: int) -> dict[Cell, Reading]:
        done = count(1)

        async def one(cell: Cell) -> Reading:
            reading = await self._reading(cell, ended)
            self._tell(Progress(next(done), len(cells)))
            return reading

        if cells:
            self._tell(Progress(0, len(cells)))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {cell: group.create_task(one(cell)) for cell in cells}
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
                self._over(cell, call)
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
            if self.reuse and self._calls.ended > ended and (kept := (await self.reuse.find([cell])).get(cell)):
                return kept
            async with self._places:
                reading = await self._devin.read(cell)
            if self.reuse:
                await self.reuse.kept.keep([reading])
        finally:
            self._over(cell, call)
        return reading

    def _over(self, cell: Cell, call: "_Call") -> None:
        if self._calls.under_way.get(cell) is call:
            del self._calls.under_way[cell]
            self._calls.ended += 1


def _not_told(_: Progress) -> None:
    """Progress that is reported nowhere."""


@dataclass(slots=True, eq=False)
class _Call:
    """A call under way, and how many wait for it."""

    task: asyncio.Task[Reading] | None = None
    waiting: int = 0


@dataclass(slots=True, eq=False)
class _Calls:
    """Those under way, and how many have ended."""

    under_way: dict[Cell, _Call] = field(default_factory=dict)
    ended: int = 0
