"""Checks the settings, and tries each organization, the database and Slack."""

import asyncio
from datetime import datetime, timedelta
from importlib.metadata import version

import aiohttp

from bot.app import open_services
from bot.cli.doctor_database import look_at_database
from bot.cli.findings import Finding
from bot.commands.ports import Services, SlackError
from bot.config.settings import Settings, load, secret
from bot.config.slack_tokens import check_for_slack
from bot.devin import Cell, Filter
from bot.messages.page import Page
from bot.periods.window import Window
from bot.problems import Problem
from bot.slack.client import Workspace, auth_test, socket_url, web_client
from bot.slack.manifest import OPTIONAL, REQUIRED
from bot.slack.refusals import first_call_problem

MOST_SKEW = timedelta(minutes=1)


async def examine(at: datetime) -> Page:
    """The findings as a page; `well` says whether none of them is a problem."""
    findings = await _findings(at)
    return Page("cli/doctor", "en", {"findings": findings, "well": not any(finding.problem for finding in findings)})


async def _findings(at: datetime) -> list[Finding]:
    try:
        settings = load()
    except Problem as problem:
        return [Finding("settings", problem=problem)]
    return [
        Finding("settings", settings.path or ""),
        *await _devin(settings, at),
        await look_at_database(secret(settings.database_url)),
        Finding("zones", version("tzdata")),
        *await _slack(settings, at),
    ]


async def _devin(settings: Settings, at: datetime) -> list[Finding]:
    if settings.key is None:
        return [Finding("key", problem=Problem("not-set", names=["DEVIN_API_KEY"]))]
    key = Finding("key-trimmed" if settings.key_was_trimmed else "key", settings.source)
    async with open_services(settings) as services:
        return [
            key,
            *await asyncio.gather(
                *(_try_call(cell, about, services) for cell, about in _calls(settings, services, at))
            ),
        ]


async def _slack(settings: Settings, at: datetime) -> list[Finding]:
    """The way to Slack; nothing to mend where no part of it is set up."""
    tokens = (settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret)
    if not any(secret(token) for token in tokens):
        return [Finding("no-slack")]
    over_http = not secret(settings.slack_app_token) and bool(secret(settings.slack_signing_secret))
    try:
        check_for_slack(settings, over_http)
    except Problem as problem:
        return [Finding("slack", problem=problem)]
    async with aiohttp.ClientSession() as session:
        client = web_client(secret(settings.slack_bot_token), settings.slack_api_url, session)
        try:
            workspace = await auth_test(client)
        except SlackError as error:
            return [Finding("slack", problem=first_call_problem(error, "SLACK_BOT_TOKEN"))]
        found = [*_place(workspace, settings), *_clock_finding(workspace, at), *_scopes(workspace)]
        if over_http:
            return [*found, Finding("over-http")]
        try:
            await socket_url(client, secret(settings.slack_app_token))
        except SlackError as error:
            return [*found, Finding("socket", problem=first_call_problem(error, "SLACK_APP_TOKEN"))]
        return [*found, Finding("socket")]


def _place(workspace: Workspace, settings: Settings) -> list[Finding]:
    """Where Slack knows the bot; and that naming workspaces does nothing where that is one workspace."""
    if workspace.org_wide:
        return [Finding("slack-organization", workspace.name)]
    unheeded = [Finding("workspaces-unheeded")] if settings.access.workspaces else []
    return [Finding("slack", workspace.name), *unheeded]


def _clock_finding(workspace: Workspace, at: datetime) -> list[Finding]:
    """Slack's requests are refused where the two clocks are five minutes apart."""
    skew = abs(workspace.clock - at) if workspace.clock else timedelta()
    problem = Problem("clock-skew", seconds=round(skew.total_seconds())) if skew > MOST_SKEW else None
    return [Finding("clock", problem=problem)]


def _scopes(workspace: Workspace) -> list[Finding]:
    missing = sorted(REQUIRED.keys() - workspace.scopes)
    problem = Problem("scopes-missing", scopes=missing) if missing else None
    optional = sorted(OPTIONAL.keys() - workspace.scopes)
    return [Finding("scopes", problem=problem), *(Finding("scope-optional", scope) for scope in optional)]


def _calls(settings: Settings, services: Services, at: datetime) -> list[tuple[Cell, str]]:
    """One small call for all that the key sees, and one for each organization with a name."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    window, account = Window(hour - timedelta(hours=1), hour), services.account
    if account.own_org:
        return [(Cell(account.source, window, Filter(orgs=(account.own_org,))), account.own_org)]
    named = [(Cell(account.source, window, Filter(orgs=(org.id,))), org.label) for org in account.orgs]
    return [(Cell(account.source, window), settings.devin_api_url), *named]


async def _try_call(cell: Cell, about: str, services: Services) -> Finding:
    try:
        await services.gather([cell])
    except Problem as problem:
        return Finding("call", about, problem)
    return Finding("call", about)
