"""Finds stored readings that take the place of calls to Devin."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.devin import Cell, Reading
from bot.devin.reading_age import FINAL_AFTER, age, same_age_range

# How long a reading takes the place of a call: until FINAL_AFTER, from then on, and for what is scheduled.
TTL_MOVING, TTL_FINAL, TTL_SCHEDULED = timedelta(minutes=1), timedelta(hours=1), timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The moments between which a reading may have been made, both included."""

    first: datetime
    last: datetime


class ReadingStore(Protocol):
    """Stores every reading with the moment at which it was made."""

    async def keep(self, readings: Iterable[Reading]) -> None:
        """Appends readings. A failure is not raised: an answer does not need it."""
        ...

    async def find(self, wanted: Mapping[Cell, TimeRange]) -> dict[Cell, Reading]:
        """The newest reading of each cell that was made in its time range, where there is one."""
        ...


@dataclass(frozen=True, slots=True)
class ReadingCache:
    """Stored readings that take the place of calls, for questions or for what is `scheduled`.

    `settle` is how long after the end of a window its counts keep moving.
    """

    store: ReadingStore
    now: Callable[[], datetime]
    settle: timedelta
    scheduled: bool = False

    async def find(self, cells: Iterable[Cell]) -> dict[Cell, Reading]:
        """The newest reading of each cell that takes the place of a call, where there is one."""
        now = self.now()
        return await self.store.find({cell: TimeRange(self.oldest(cell, now), now) for cell in cells})

    def oldest(self, cell: Cell, now: datetime) -> datetime:
        """The earliest moment from which a reading is used: within its TTL, or since its window settled."""
        closed = now - cell.window.before
        ttl = TTL_MOVING if closed < FINAL_AFTER else TTL_FINAL
        return min(now - (TTL_SCHEDULED if self.scheduled else ttl), cell.window.before + self.settle)

    async def of_same_age(self, wanted: Mapping[Cell, Reading]) -> dict[Cell, Reading]:
        """By cell: its stored reading of the same age as the given reading, where there is one."""
        return await self.store.find({cell: _time_range(cell, reading) for cell, reading in wanted.items()})


def _time_range(cell: Cell, reading: Reading) -> TimeRange:
    youngest, oldest = same_age_range(age(reading))
    return TimeRange(cell.window.before + youngest, cell.window.before + oldest)
