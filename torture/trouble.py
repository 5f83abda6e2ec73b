"""What befalls the processes of a trial: at random, but always while there is work."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from bot.playground.slack import Slack
from torture.processes import Replica
from torture.trial import LEASE, Trial

FROZEN = 1.6 * LEASE
FIRST, LAST = 0.03, 0.92  # Of the posts: trouble comes between.
AT_ONCE = 0.05  # Seconds from a post until trouble, at most: it may hit the one who has just posted, or not.
NEVER = 600.0  # Seconds; whoever waits for it is cancelled before.

Restart = Callable[[], None]


@dataclass(slots=True)
class Trouble:
    """What it can reach, and how often it did what."""

    trial: Trial
    slack: Slack
    replicas: Sequence[Replica]
    restart: Restart | None
    random: Random
    made: Counter[str] = field(default_factory=Counter)

    async def make(self) -> None:
        """All of it, one after the other."""
        trial = self.trial
        kinds = [self._kill] * trial.kills + [self._freeze] * trial.freezes + [self._restart] * trial.restarts
        self.random.shuffle(kinds)
        for count, happen in zip(self._counts(len(kinds)), kinds, strict=True):
            await self._posted(count)
            await asyncio.sleep(self.random.uniform(0, AT_ONCE))
            await happen()

    def _counts(self, times: int) -> list[int]:
        """After how many posts trouble comes."""
        return sorted(round(self.trial.posts * self.random.uniform(FIRST, LAST)) for _ in range(times))

    async def _posted(self, count: int) -> None:
        await self.slack.until(lambda: len(self.slack.posts) >= count, NEVER)

    async def _kill(self) -> None:
        self.made["kills"] += 1
        (await self._one_of(self.replicas)).kill()

    async def _freeze(self) -> None:
        """One is frozen for longer than its lease; where there are others, one of them dies meanwhile, and comes back
        while the frozen one is taken for dead.
        """
        self.made["freezes"] += 1
        frozen = await self._one_of(self.replicas)
        frozen.freeze()
        try:
            await asyncio.sleep(FROZEN / 2)
            if others := [replica for replica in self.replicas if replica is not frozen]:
                self.made["kills"] += 1
                (await self._one_of(others)).kill()
            await asyncio.sleep(FROZEN / 2)
        finally:
            frozen.thaw()

    async def _restart(self) -> None:
        if self.restart:
            self.made["restarts"] += 1
            await asyncio.to_thread(self.restart)

    async def _one_of(self, replicas: Sequence[Replica]) -> Replica:
        chosen = self.random.choice(replicas)
        await chosen.ready.wait()
        return chosen
