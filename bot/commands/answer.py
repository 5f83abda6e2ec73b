"""The commands, and the page that answers a request: what its command says, or what went wrong."""

import re
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import NamedTuple

import structlog

from bot.commands import csv_, digest, help_, orgs, report, settings, why
from bot.commands.ports import Services
from bot.messages.page import Page
from bot.problems import Problem
from bot.queries.languages import CODES, LANGUAGE_TABLES
from bot.queries.query import parse_normalised
from bot.queries.request import Request
from bot.queries.spelling import normalise
from bot.telemetry import reference

log = structlog.get_logger(__name__)
LANG = re.compile(rf"\blang\s*=\s*({'|'.join(CODES)})\b", re.IGNORECASE)


class Command(NamedTuple):
    """A command: what makes its page from the rest of a text, and whether that asks Devin.

    `changes` tells whether a rest changes or sends something that others see. With `for_partners`, people of another
    company may ask it in a channel that the settings share with them.
    """

    run: Callable[[Request, str, Services], Awaitable[Page]]
    asks_devin: bool = False
    changes: Callable[[str], bool] = lambda _: False
    for_partners: bool = False


REPORT = Command(report.run, asks_devin=True, for_partners=True)
COMMANDS: Mapping[str, Command] = {
    "help": Command(help_.run, for_partners=True),
    "why": Command(why.run, for_partners=True),
    "orgs": Command(orgs.run),
    "settings": Command(settings.run),
    "digest": Command(digest.run, changes=digest.changes),
    "csv": Command(csv_.run, asks_devin=True),
}
HELP_SPELLINGS = ("?", "-h", "--help", *(word for table in LANGUAGE_TABLES for word in table.help_words))
COMMAND_SPELLINGS = {"digests": "digest", **dict.fromkeys(HELP_SPELLINGS, "help")}


def command_of(text: str) -> tuple[Command, str]:
    """The command that a normalised text calls by its first word, and the rest. Any other text asks for a report."""
    first, _, rest = text.partition(" ")
    word = first.casefold()
    found = COMMANDS.get(COMMAND_SPELLINGS.get(word, word))
    return (found, rest) if found else (REPORT, text)


def changes_nothing(text: str) -> bool:
    """Whether a text can be asked again without harm: it is one that can be read, and sets up or sends nothing."""
    try:
        command, rest = command_of(normalise(text))
    except Problem:
        return False
    return not command.changes(rest)


def is_for_partners(text: str) -> bool:
    """Whether people of another company may ask it where that is allowed: for figures, and not about single people.

    Raises Problem for what cannot be read.
    """
    command, rest = command_of(normalise(text))
    return command.for_partners and not (command is REPORT and parse_normalised(rest).users)


async def answer(request: Request, services: Services) -> Page:
    """The page that answers a request; an error becomes a page, too."""
    with ErrorPage(request, services) as errors:
        command, rest = command_of(normalise(request.text))
        return await command.run(request, rest, services)
    return errors.made()


class ErrorPage:
    """Makes a page of what its block raises: of a Problem its words, of any other exception a reference.

    The log has the exception under the same reference. The page is in the language of `request`, which may become that
    of its asker within the block.
    """

    def __init__(self, request: Request, services: Services) -> None:
        self.request = request
        self._services = services
        self.page: Page | None = None

    def __enter__(self) -> "ErrorPage":
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        if isinstance(error, Problem):
            self.page = problem_page(error, self.request, self._services)
        elif isinstance(error, Exception):
            self.page = bug_page(self.request, self._services)
        return self.page is not None

    def made(self) -> Page:
        """The page, once the block has raised."""
        assert self.page
        return self.page


def bug_page(request: Request, services: Services) -> Page:
    """The page for the exception being handled: a reference for the reader, and a traceback with it for the log."""
    mark = reference()
    log.exception("bug", reference=mark)
    return problem_page(Problem("bug", reference=mark), request, services)


def problem_page(problem: Problem, request: Request, services: Services) -> Page:
    """A Problem as a page, in the language that the text asks for, even where the rest of it could not be read."""
    in_slack = services.people is not None
    if in_slack and problem.key == "database-unreachable":  # Its address is for the log, not for a channel.
        return bug_page(request, services)
    asked = LANG.search(request.text[:1500])
    lang = services.lang_of(request, asked[1].casefold() if asked else None)
    data = {"problem": problem, "asked": request.text if in_slack else None}
    return Page("problems/problem", lang, data, private=True)
