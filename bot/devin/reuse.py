"""Stored readings in place of calls: which are recent enough, which have the age of another."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.devin import Cell, Reading
from bot.devin.ages import FINAL_AFTER, age, same_ages

MOMENT, HOUR, SCHEDULED = timedelta(minutes=1), timedelta(hours=1), timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Between:
    """From when to when a reading may have been made."""

    first: datetime
    last: datetime


class ReadingStore(Protocol):
    """Where readings are kept."""

    async def keep(self, made: Iterable[Reading]) -> None:
        """Appends readings. What cannot be kept is let go: an answer does not wait for it."""
        ...

    async def find(self, wanted: Mapping[Cell, Between]) -> dict[Cell, Reading]:
        """The newest reading of each cell that was made between two moments, where there is one."""
        ...


@dataclass(frozen=True, slots=True)
class Reuse:
    """Kept readings, by the rules for those who ask, or for what is `scheduled` and asked for by many at once."""

    kept: ReadingStore
    now: Callable[[], datetime]
    settle: timedelta
    scheduled: bool = False

    async def find(self, cells: Iterable[Cell]) -> dict[Cell, Reading]:
        """The readings that will do."""
        now = self.now()
        return await self.kept.find({cell: Between(self.oldest(cell, now), now) for cell in cells})

    def oldest(self, cell: Cell, now: datetime) -> datetime:
        """Since when a reading will do. What was read when its window had settled will do for ever."""
        closed = now - cell.window.before
        asked = MOMENT if closed < FINAL_AFTER else HOUR
        return min(now - (SCHEDULED if self.scheduled else asked), cell.window.before + self.settle)

    async def of_same_age(self, wanted: Mapping[Cell, Reading]) -> dict[Cell, Reading]:
        """Readings of cells, each made as long after its window's end as the one beside it was after its own."""
        return await self.kept.find({cell: _as_old(cell, reading) for cell, reading in wanted.items()})


def _as_old(cell: Cell, reading: Reading) -> Between:
    youngest, oldest = same_ages(age(reading))
    return Between(cell.window.before + youngest, cell.window.before + oldest)
