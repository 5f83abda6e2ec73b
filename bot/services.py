"""What a command may use to answer."""

from dataclasses import dataclass
from datetime import timedelta

from bot.devin.gather import Gather
from bot.request import Account, Request


@dataclass(frozen=True, slots=True)
class Services:
    """The way to Devin, what its key sees, and the settings that answers depend on. It has no clock.

    `made_up` marks every report as a sample's.
    """

    account: Account
    gather: Gather
    tz: str = "UTC"
    lang: str = "en"
    week_start: int = 0
    settle: timedelta = timedelta(days=30)
    made_up: bool = False

    def lang_of(self, request: Request, asked: str | None = None) -> str:
        """The language to answer in: the one asked for, else the asker's own, else the default."""
        return asked or request.lang or self.lang
