"""A Devin that counts each window and organization as it is told, and what a reader finds in messages of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.commands.answer import answer
from bot.devin import Cell, Counts, Reading
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render
from bot.problems import Problem
from bot.queries.request import Account, Request
from bot.reports.report import Report
from tests.asking import AT, NEW_YORK, NOTHING, services

MONTHS_LATER = AT + timedelta(days=60)
NUMBER = re.compile(r"[−+]?\d+(?:[,.]\d+)*%?")


@dataclass
class Counting:
    """Devin by a function of the cell."""

    count: Callable[[Cell], Counts]
    read_at: datetime = AT
    cells: list[Cell] = field(default_factory=list)

    async def read(self, cell: Cell) -> Reading:
        """What the function counts."""
        self.cells.append(cell)
        return Reading(cell, self.read_at, self.count(cell))


def counted(sessions: int, shipped: int | None = None, acus: str | None = None) -> Counts:
    """A few counts; `acus` is the average."""
    return Counts(sessions=sessions, shipped=shipped, average_acus=Decimal(acus) if acus else None)


def by_day(counts: Mapping[str, Counts], whole: Counts, earlier: Counts = NOTHING) -> Callable[[Cell], Counts]:
    """Counts of the windows that begin on a day (New York's) and are no longer than the longest of them; else whole."""

    def count(cell: Cell) -> Counts:
        after, before = (bound.astimezone(NEW_YORK) for bound in (cell.window.after, cell.window.before))
        first = f"{after:%m-%d}"
        others = [other for other in counts if other > first]
        if first in counts and (not others or f"{before:%m-%d}" <= min(others)):
            return counts[first]
        return whole if first >= min(counts) else earlier

    return count


async def ask(
    text: str,
    count: Callable[[Cell], Counts],
    *,
    at: datetime = AT,
    account: Account | None = None,
    max_calls: int = 60,
) -> Page:
    """The page that answers a text."""
    asked = replace(services(Counting(count, at), account), max_calls=max_calls)
    return await answer(Request(text, at), asked)


async def report(text: str, count: Callable[[Cell], Counts], **more: Any) -> Report:
    """The report that answers a text."""
    page = await ask(text, count, **more)
    problem = page.data.get("problem")
    assert not isinstance(problem, Problem), problem
    made = page.data["report"]
    assert isinstance(made, Report)
    return made


async def message(text: str, count: Callable[[Cell], Counts], **more: Any) -> Message:
    """The message that answers a text."""
    return render(await ask(text, count, **more))


def said(made: Message) -> str:
    """Its words, with plain spaces for those that keep a line together."""
    return made.text.replace("\N{NO-BREAK SPACE}", " ")


def block(made: Message, kind: str) -> dict[str, Any]:
    """The one block of that kind."""
    (found,) = [block for block in made.blocks if block["type"] == kind]
    return found


def table(made: Message) -> list[list[str]]:
    """The words of the table's cells."""
    return [[cell["text"] for cell in row] for row in block(made, "data_table")["rows"]]


def chart(made: Message) -> dict[str, dict[str, float]]:
    """The values of each series by label."""
    series = block(made, "data_visualization")["chart"]["series"]
    return {one["name"]: {point["label"]: point["value"] for point in one["data"]} for one in series}


def numbers(text: str) -> list[str]:
    """The numbers of some words, in their order."""
    return NUMBER.findall(text.replace("\N{NO-BREAK SPACE}", " "))
