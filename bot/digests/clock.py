"""The clock that digests run by, with their time limits."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is, and sleep. The playground's runs faster than the world: `speed` seconds in one."""

    now: Callable[[], datetime]
    speed: float = 1.0

    async def sleep(self, length: timedelta) -> None:
        """Sleeps for as long as the clock takes for that."""
        await asyncio.sleep(self.seconds(length))

    def seconds(self, length: timedelta) -> float:
        """How many of the world's seconds that is."""
        return max(length.total_seconds() / self.speed, 0)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things take and may take; `late` is when a message says that it is."""

    tick: timedelta = timedelta(seconds=1)
    lease: timedelta = timedelta(minutes=2)
    post: timedelta = timedelta(seconds=30)  # The longest that one post may take, plainer blocks included.
    channel_gap: timedelta = timedelta(seconds=1)
    near: timedelta = timedelta(milliseconds=300)  # A turn that is further away leaves its place to others.
    follow: timedelta = timedelta(seconds=5)  # Until it is seen again whether what a delivery follows was sent.
    late: timedelta = timedelta(minutes=5)
    away: timedelta = timedelta(seconds=30)
    look_after: timedelta = timedelta(seconds=30)
    first_retry: timedelta = timedelta(seconds=15)
    longest_retry: timedelta = timedelta(minutes=15)
    give_up: timedelta = timedelta(hours=6)
    patience: timedelta = timedelta(minutes=5)
    skip_after: timedelta = timedelta(minutes=15)
