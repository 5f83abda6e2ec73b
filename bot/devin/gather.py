"""Many calls at a time, but never more than a few."""

import asyncio
from collections.abc import Iterable

from bot.devin import Cell, Devin, Reading


class Gather:
    """Reads sets of cells, at most `concurrent` calls at once over everything that is being answered."""

    def __init__(self, devin: Devin, concurrent: int) -> None:
        self._devin = devin
        self._places = asyncio.Semaphore(concurrent)

    async def __call__(self, cells: Iterable[Cell]) -> dict[Cell, Reading]:
        """The readings of all cells. The first Problem ends the other calls, since an answer needs all of them."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {cell: group.create_task(self._read(cell)) for cell in dict.fromkeys(cells)}
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures.exceptions[0].__cause__
        return {cell: task.result() for cell, task in tasks.items()}

    async def _read(self, cell: Cell) -> Reading:
        async with self._places:
            return await self._devin.read(cell)
