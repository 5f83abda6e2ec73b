"""What a command may use to answer."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.devin.gather import Gather
from bot.metrics import Metric
from bot.request import Account, Preferences, Request


class People(Protocol):
    """What people chose for themselves, and what Slack knows of them."""

    async def preferences(self, user: str) -> Preferences:
        """What somebody chose, else what their profile says."""
        ...

    async def chosen(self, user: str) -> Preferences:
        """What somebody chose, nothing else."""
        ...

    async def choose(self, user: str, chosen: Preferences) -> None:
        """Keeps a choice; None takes it back."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The way to Devin, what its key sees, and the settings that answers depend on. It has no clock.

    `cost` is a figure only where there is a price; `made_up` marks a sample's reports; `people` is None in a terminal.
    """

    account: Account
    gather: Gather
    tz: str = "UTC"
    lang: str = "en"
    week_start: int = 0
    settle: timedelta = timedelta(days=30)
    cost: Metric | None = None
    made_up: bool = False
    people: People | None = None

    def lang_of(self, request: Request, asked: str | None = None) -> str:
        """The language to answer in: the one asked for, else the asker's own, else the default."""
        return asked or request.lang or self.lang
