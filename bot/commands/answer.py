"""Turns a request into a page: the answer, or what went wrong."""

import re
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from bot.commands.ports import Services
from bot.commands.registry import command
from bot.messages.page import Page
from bot.problems import Problem
from bot.queries.languages import CODES
from bot.queries.request import Request
from bot.queries.spelling import normalise
from bot.telemetry import reference

log = structlog.get_logger(__name__)
Made = TypeVar("Made")
LANG = re.compile(rf"\blang\s*=\s*({'|'.join(CODES)})\b", re.IGNORECASE)


async def answer(request: Request, services: Services) -> Page:
    """The page that answers a request; an error becomes a page, too."""
    return await guarded(_answer(request, services), request, services)


async def _answer(request: Request, services: Services) -> Page:
    chosen, rest = command(normalise(request.text))
    return await chosen.run(request, rest, services)


async def guarded(work: Awaitable[Made], request: Request, services: Services) -> Made | Page:
    """Awaits work. A Problem becomes an error page; any other exception becomes a bug page.

    The bug page names the reference under which the exception is logged.
    """
    try:
        return await work
    except Problem as problem:
        return problem_page(problem, request, services)
    except Exception:  # noqa: BLE001 (a bug: words for the reader, a traceback for the log, one reference for both)
        return bug_page(request, services)


def bug_page(request: Request, services: Services) -> Page:
    """The page for the exception being handled: a reference for the reader, and a traceback with it for the log."""
    mark = reference()
    log.exception("bug", reference=mark)
    return problem_page(Problem("bug", reference=mark), request, services)


def problem_page(problem: Problem, request: Request, services: Services) -> Page:
    """A Problem as a page, in the language that the text asks for, even where the rest of it could not be read."""
    in_slack = services.people is not None
    if in_slack and problem.key == "database-unreachable":  # Where it lies is for those to know who read the log.
        return bug_page(request, services)
    asked = LANG.search(request.text[:1500])
    lang = services.lang_of(request, asked[1].casefold() if asked else None)
    return Page("problems/problem", lang, {"problem": problem, "asked": request.text if in_slack else None})
