"""The commands, by the word that a text begins with; any other text asks for a report."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from bot.commands import csv_, digest, help_, orgs, report, settings, why
from bot.commands.ports import Services
from bot.messages.page import Page
from bot.queries.request import Request

Run = Callable[[Request, str, Services], Awaitable[Page]]


class Command(NamedTuple):
    """How a command answers the rest of a text, and whether it needs Devin for that."""

    run: Run
    asks_devin: bool = False


REPORT = Command(report.run, asks_devin=True)
COMMANDS: Mapping[str, Command] = {
    "help": Command(help_.run),
    "why": Command(why.run),
    "orgs": Command(orgs.run),
    "settings": Command(settings.run),
    "digest": Command(digest.run),
    "csv": Command(csv_.run, asks_devin=True),
}
SPELLINGS = {"digests": "digest", "?": "help", "-h": "help", "--help": "help", "ヘルプ": "help", "帮助": "help"}


def command(text: str) -> tuple[Command, str]:
    """The command that a normalised text calls, and the rest of the text, which is that command's affair."""
    first, _, rest = text.partition(" ")
    word = first.casefold()
    found = COMMANDS.get(SPELLINGS.get(word, word))
    return (found, rest) if found else (REPORT, text)
