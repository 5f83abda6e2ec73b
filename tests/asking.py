"""One question through the whole line, with what Devin counted given as values."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.commands.answer import COMMANDS, answer
from bot.commands.ports import Services
from bot.devin import SIZES, Cell, Counts, Devin, Reading
from bot.devin.gather import Gather
from bot.messages.page import Page
from bot.messages.render import render
from bot.problems import Problem
from bot.queries.request import Account, Aliases, Request
from bot.reports.report import Report

NEW_YORK = ZoneInfo("America/New_York")
AT = datetime(2026, 11, 20, 14, 5, 30, tzinfo=NEW_YORK)  # A Friday.
ORGS = {"Payments": "org-1", "Search": "org-2", "Platform": "org-3"}

NOW = Counts(
    sessions=184,
    by_size={"xs": 38, "s": 62, "m": 53, "l": 26, "xl": 5},
    by_origin={
        "slack": 58,
        "webapp": 47,
        "automation": 41,
        "linear": 14,
        "jira": 12,
        "api": 6,
        "desktop": 3,
        "teams": 0,
    },
    with_playbook=76,
    with_search=20,
    shipped=91,
    shipped_by_size={"xs": 20, "s": 33, "m": 27, "l": 10, "xl": 1},
    average_acus=Decimal("6.4"),
)
BEFORE = Counts(
    sessions=162,
    by_size={"xs": 36, "s": 60, "m": 46, "l": 17, "xl": 3},
    by_origin={"slack": 60, "webapp": 102},
    with_playbook=62,
    with_search=18,
    shipped=87,
    shipped_by_size={"xs": 20, "s": 33, "m": 25, "l": 8, "xl": 1},
    average_acus=Decimal("6.08"),
)
NOTHING = Counts(
    sessions=0,
    by_size=dict.fromkeys(SIZES, 0),
    by_origin={},
    with_playbook=0,
    with_search=0,
    shipped=0,
    shipped_by_size=dict.fromkeys(SIZES, 0),
    average_acus=None,
)


class Told:
    """A Devin that was told what each call counts, in the order in which a plan lists its calls: the present first."""

    def __init__(self, *counts: Counts | Problem | Exception, read_at: datetime = AT) -> None:
        self.counts = list(counts)
        self.read_at = read_at
        self.cells: list[Cell] = []

    async def read(self, cell: Cell) -> Reading:
        """The next counts, or the problem that was put in their place."""
        self.cells.append(cell)
        told = self.counts[len(self.cells) - 1]
        if isinstance(told, Exception):
            raise told
        return Reading(cell, self.read_at, told)


def services(devin: Devin, account: Account | None = None) -> Services:
    """What a New York company has set up."""
    account = account or Account("v3-enterprise", orgs=Aliases(ORGS))
    return Services(account, Gather(devin, 8), COMMANDS, tz=NEW_YORK.key)


async def ask(
    text: str, *counts: Counts | Problem | Exception, at: datetime = AT, account: Account | None = None
) -> Page:
    """The page that answers a text, with Devin counting what it is told."""
    return await answer(Request(text, at), services(Told(*counts, read_at=at), account))


async def report(text: str, *counts: Counts, at: datetime = AT, account: Account | None = None) -> Report:
    """The report that answers a text."""
    made = (await ask(text, *counts, at=at, account=account)).data["report"]
    assert isinstance(made, Report)
    return made


async def message(
    text: str, *counts: Counts | Problem | Exception, at: datetime = AT, account: Account | None = None
) -> str:
    """The words that answer a text, with plain spaces for those that keep a line together."""
    return render(await ask(text, *counts, at=at, account=account)).text.replace("\N{NO-BREAK SPACE}", " ")
