"""What keeps the bot from working: each setting looked at, each organization tried."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.app import open_services
from bot.config import Settings, load
from bot.devin import Cell, Filter
from bot.page import Page
from bot.problems import Problem
from bot.services import Services
from bot.window import Window


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: a key for its words, what it is about, and the problem where there is one."""

    key: str
    about: object = ""
    problem: Problem | None = None


async def examine(at: datetime) -> Page:
    """The findings as a page; `well` says whether none of them is a problem."""
    findings = await _findings(at)
    return Page("doctor", "en", {"findings": findings, "well": not any(finding.problem for finding in findings)})


async def _findings(at: datetime) -> list[Finding]:
    try:
        settings = load()
    except Problem as problem:
        return [Finding("settings", problem=problem)]
    found = [Finding("settings", settings.path or "")]
    if settings.key is None:
        return [*found, Finding("key", problem=Problem("key-missing"))]
    found.append(Finding("key-trimmed" if settings.key_was_trimmed else "key", settings.source))
    async with open_services(settings) as services:
        return [*found, *[await _try(cell, about, services) for cell, about in _calls(settings, services, at)]]


def _calls(settings: Settings, services: Services, at: datetime) -> list[tuple[Cell, str]]:
    """One small call for all that the key sees, and one for each organization with a name."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    window, account = Window(hour - timedelta(hours=1), hour), services.account
    if account.own_org:
        return [(Cell(account.source, window, Filter(orgs=(account.own_org,))), account.own_org)]
    named = [(Cell(account.source, window, Filter(orgs=(org.id,))), org.label) for org in account.orgs]
    return [(Cell(account.source, window), settings.devin_api_url), *named]


async def _try(cell: Cell, about: str, services: Services) -> Finding:
    try:
        await services.gather([cell])
    except Problem as problem:
        return Finding("call", about, problem)
    return Finding("call", about)
