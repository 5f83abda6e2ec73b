"""What befalls the processes of a trial at random moments, but always while there is work."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from bot.digests.clock import Timing
from bot.playground.slack.standin import Slack
from torture.processes import Replica
from torture.trial import Trial

FROZEN = (Timing().lease + timedelta(seconds=10)).total_seconds()
AWAKE = 10.0  # Seconds in which it would do what was meanwhile done by another.
# Of the posts that are expected: trouble comes between, and what it leaves behind has the time of a lease to settle.
FIRST, LAST = 0.03, 0.45
AT_ONCE = 0.05  # Seconds from a post until trouble, at most: it may hit the one who has just posted, or not.
NEVER = 600.0  # Seconds; whoever waits for it is cancelled before.

Restart = Callable[[], None]


@dataclass(slots=True)
class Trouble:
    """What it can reach; `made` counts what it did, `posts` are those that are expected."""

    trial: Trial
    slack: Slack
    replicas: Sequence[Replica]
    restart: Restart | None
    random: Random
    made: Counter[str]
    posts: int
    _restarting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def make(self, seconds: float) -> None:
        """All of it, one after the other; a freeze goes on beside the rest. Each comes after its share of the posts,
        and after its share of so many seconds at the latest: a lease must still end within the trial.
        """
        trial, before = self.trial, len(self.slack.posts)
        began = asyncio.get_running_loop().time()
        kinds = [self._kill] * trial.kills + [self._restart] * trial.restarts
        self.random.shuffle(kinds)
        kinds = [self._freeze] * trial.freezes + kinds
        async with asyncio.TaskGroup() as group:
            for place, (count, happen) in enumerate(zip(self._counts(len(kinds)), kinds, strict=True), start=1):
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(began + seconds * place / len(kinds)):
                        await self._posted(before + count)
                await asyncio.sleep(self.random.uniform(0, AT_ONCE))
                if happen == self._freeze:
                    group.create_task(happen())
                else:
                    await happen()

    def _counts(self, times: int) -> list[int]:
        """After how many posts trouble comes."""
        return sorted(round(self.posts * self.random.uniform(FIRST, LAST)) for _ in range(times))

    async def _posted(self, count: int) -> None:
        await self.slack.until(lambda: len(self.slack.posts) >= count, NEVER)

    async def _kill(self) -> None:
        (await self._one()).kill()
        self.made["kills"] += 1

    async def _freeze(self) -> None:
        """One is frozen for longer than its lease; where there are others, one of them dies meanwhile, and comes back
        while the frozen one is taken for dead.
        """
        frozen = await self._one()
        frozen.freeze()
        try:
            await asyncio.sleep(FROZEN / 4)
            if len(self.replicas) > 1:
                async with self._restarting:
                    await self._kill()
            await asyncio.sleep(FROZEN * 3 / 4)
        finally:
            frozen.thaw()
        await asyncio.sleep(AWAKE)
        self.made["freezes"] += 1

    async def _restart(self) -> None:
        """The database goes away from under those that work: without one no bot can start, and it says so and ends."""
        if self.restart is None:
            return
        async with self._restarting:
            for replica in self.replicas:
                await replica.ready.wait()
            await asyncio.to_thread(self.restart)
        self.made["restarts"] += 1

    async def _one(self) -> Replica:
        """One of those whose time goes on."""
        chosen = self.random.choice([replica for replica in self.replicas if not replica.frozen])
        await chosen.ready.wait()
        return chosen
