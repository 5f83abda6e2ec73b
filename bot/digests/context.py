"""What the loops that work on digests share."""

from dataclasses import dataclass
from datetime import datetime

from bot.commands.ports import Channels
from bot.digests.clock import Clock, Timing
from bot.digests.engine import Engine
from bot.digests.outcome import next_try
from bot.store import Store


@dataclass(frozen=True, slots=True)
class DigestContext:
    """One workspace's digests: their database, the engine that runs deliveries, the channels they go to, the clock."""

    store: Store
    team: str
    engine: Engine
    channels: Channels
    clock: Clock
    timing: Timing

    def now(self) -> datetime:
        """The time by its clock."""
        return self.clock.now()

    def try_again(self, since: datetime) -> datetime | None:
        """When to retry what has been due since a moment; None where it is too late to retry."""
        return next_try(since, self.clock.now(), self.timing)
