"""Holds what the digest loops share."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.commands.ports import Channels
from bot.digests.clock import Clock, Timing
from bot.digests.engine import Engine
from bot.digests.outcome import next_try
from bot.store import Store
from bot.store.installation import Installation


@dataclass(frozen=True, slots=True)
class DigestContext:
    """The digests of an installation or, with a `team`, of one of its workspaces: their database, the engine that runs
    deliveries, the channels they go to, the clock.
    """

    store: Store
    installation: Installation
    engine: Engine
    channels: Channels
    clock: Clock
    timing: Timing
    team: str = ""

    def of(self, team: str) -> "DigestContext":
        """The same for one workspace."""
        return replace(self, team=team)

    def now(self) -> datetime:
        """The time by its clock."""
        return self.clock.now()

    def next_try(self, since: datetime) -> datetime | None:
        """The moment of the next try of what was due at `since`; None where it is time to give up."""
        return next_try(since, self.clock.now(), self.timing)
