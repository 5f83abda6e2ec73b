"""Checks the settings, and tries each organization, the database and Slack."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.metadata import version

from bot.app import open_services
from bot.cli.doctor_clock import clock_findings, clock_from
from bot.cli.doctor_database import look_at_database
from bot.cli.doctor_slack import look_at_slack
from bot.cli.findings import Finding
from bot.commands.ports import Services
from bot.config.settings import Settings, load, secret
from bot.devin import Cell, Filter
from bot.devin.gather import Gather
from bot.devin.http import http_devin
from bot.messages.page import Page
from bot.periods.window import Window
from bot.problems import Problem
from bot.queries.zones import zone


async def examine(at: datetime) -> Page:
    """The findings as a page; `well` says whether none of them is a problem."""
    findings = await _findings(at)
    return Page("cli/doctor", "en", {"findings": findings, "well": not any(finding.problem for finding in findings)})


async def _findings(at: datetime) -> list[Finding]:
    try:
        settings = load()
    except Problem as problem:
        return [Finding("settings", problem=problem)]
    now = clock_from(at)
    return [
        Finding("settings", settings.path or ""),
        *await _devin(settings, at, now),
        await look_at_database(secret(settings.database_url)),
        Finding("zones", version("tzdata")),
        Finding("zone", at.astimezone(zone(settings.defaults.tz))),
        *await look_at_slack(settings, now),
    ]


async def _devin(settings: Settings, at: datetime, now: Callable[[], datetime]) -> list[Finding]:
    if settings.key is None:
        return [Finding("key", problem=Problem("not-set", names=["DEVIN_API_KEY"]))]
    key = Finding("key-trimmed" if settings.key_was_trimmed else "key", settings.source)
    dated: list[Finding] = []

    def hear(answered: datetime | None) -> None:
        dated[:] = clock_findings("Devin", answered, now())

    deadline = timedelta(seconds=settings.limits.call_deadline)
    async with (
        open_services(settings) as services,
        http_devin(settings.key, settings.devin_api_url, deadline, now, hear) as devin,
    ):
        gather = Gather(devin, settings.limits.concurrent_calls)
        calls = [_try_call(cell, about, gather) for cell, about in _calls(settings, services, at)]
        return [key, *await asyncio.gather(*calls), *dated]


def _calls(settings: Settings, services: Services, at: datetime) -> list[tuple[Cell, str]]:
    """One small call for all that the key sees, and one for each organization with a name."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    window, account = Window(hour - timedelta(hours=1), hour), services.account
    if account.own_org:
        return [(Cell(account.source, window, Filter(orgs=(account.own_org,))), account.own_org)]
    named = [(Cell(account.source, window, Filter(orgs=(org.id,))), org.label) for org in account.orgs]
    return [(Cell(account.source, window), settings.devin_api_url), *named]


async def _try_call(cell: Cell, about: str, gather: Gather) -> Finding:
    try:
        await gather([cell])
    except Problem as problem:
        return Finding("call", about, problem)
    return Finding("call", about)
