"""Looks at the way to Slack: tokens, scopes, clock, digests and connection."""

from collections.abc import Callable
from datetime import datetime

import aiohttp

from bot.cli.doctor_clock import clock_findings
from bot.cli.doctor_digests import look_at_digests
from bot.cli.findings import Finding
from bot.commands.ports import SlackError
from bot.config.settings import Settings, missing_for_slack, secret
from bot.config.slack_tokens import check_tokens
from bot.problems import Problem
from bot.slack.client import Workspace, auth_test, socket_url, web_client
from bot.slack.manifest import OPTIONAL, REQUIRED
from bot.slack.refusals import first_call_problem


async def look_at_slack(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """The way to Slack; nothing to mend where no part of it is set up."""
    tokens = (settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret)
    if not any(secret(token) for token in tokens):
        return [Finding("no-slack")]
    over_http = not secret(settings.slack_app_token) and bool(secret(settings.slack_signing_secret))
    # Whether there is a Devin key is a finding of its own.
    if missing := [name for name in missing_for_slack(settings, over_http) if name != "DEVIN_API_KEY"]:
        return [Finding("slack", problem=Problem("not-set", names=missing))]
    try:
        check_tokens(settings, over_http)
    except Problem as problem:
        return [Finding("slack", problem=problem)]
    return await _asked(settings, over_http, now)


async def _asked(settings: Settings, over_http: bool, now: Callable[[], datetime]) -> list[Finding]:
    """What Slack itself says of the tokens."""
    async with aiohttp.ClientSession() as session:
        client = web_client(secret(settings.slack_bot_token), settings.slack_api_url, session)
        try:
            workspace = await auth_test(client)
        except SlackError as error:
            return [Finding("slack", problem=first_call_problem(error, "SLACK_BOT_TOKEN"))]
        clock = clock_findings("Slack", workspace.clock, now())
        found = [*_place(workspace, settings), *clock, *_scopes(workspace)]
        found += await look_at_digests(settings, client, workspace, now)
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


def _scopes(workspace: Workspace) -> list[Finding]:
    missing = sorted(REQUIRED.keys() - workspace.scopes)
    problem = Problem("scopes-missing", scopes=missing) if missing else None
    optional = sorted(OPTIONAL.keys() - workspace.scopes)
    return [Finding("scopes", problem=problem), *(Finding("scope-optional", scope) for scope in optional)]
