"""Holds what the digest loops share."""

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

    def next_try(self, since: datetime) -> datetime | None:
        """The moment of the next try of what was due at `since`; None where it is time to give up."""
        return next_try(since, self.clock.now(), self.timing)
