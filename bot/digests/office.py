"""What everybody who works on digests shares."""

from dataclasses import dataclass
from datetime import datetime

from bot.commands.channels import Channels
from bot.digests.clock import Clock, Timing
from bot.digests.engine import Engine
from bot.digests.outcome import next_try
from bot.store import Store


@dataclass(frozen=True, slots=True)
class Office:
    """A workspace's digests: where they are stored, who carries them, where they go, and the time."""

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
        """When something that has been due since a moment is tried again; None where it is too late for that."""
        return next_try(since, self.clock.now(), self.timing)
