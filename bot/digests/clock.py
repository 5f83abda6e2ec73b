"""The clock and the time limits of digests."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and sleeping by it: `speed` of its seconds take one real second. The playground's clock is faster."""

    now: Callable[[], datetime]
    speed: float = 1.0

    async def sleep(self, length: timedelta) -> None:
        """Sleeps for a length of this clock's time."""
        await asyncio.sleep(self.seconds(length))

    def seconds(self, length: timedelta) -> float:
        """The real seconds that a length of this clock's time takes; never less than 0."""
        return max(length.total_seconds() / self.speed, 0)


@dataclass(frozen=True, slots=True)
class Timing:
    """The time limits of digests. From `late` on a message says that it is late."""

    tick: timedelta = timedelta(seconds=1)
    lease: timedelta = timedelta(minutes=2)
    longest_post: timedelta = timedelta(seconds=30)  # Retries with plainer blocks included.
    channel_gap: timedelta = timedelta(seconds=1)
    longest_slot_wait: timedelta = timedelta(milliseconds=300)  # A delivery whose slot is further away is put off.
    follow_up_retry: timedelta = timedelta(seconds=5)  # While the followed delivery is not sent yet.
    late: timedelta = timedelta(minutes=5)
    outage: timedelta = timedelta(seconds=30)  # Planned so late after it was due: no process ran.
    unclear_retry: timedelta = timedelta(seconds=30)
    first_retry: timedelta = timedelta(seconds=15)
    longest_retry: timedelta = timedelta(minutes=15)
    give_up: timedelta = timedelta(hours=6)
    stranded_after: timedelta = timedelta(minutes=5)
    skip_after: timedelta = timedelta(minutes=15)
