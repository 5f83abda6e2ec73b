"""Looks at the channel and the steward of each digest."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from bot.app import installation_of
from bot.cli.findings import Finding
from bot.commands.channel_errors import channel_problem, is_closed, standing_problem
from bot.commands.digest_channel import UNKNOWN_USER
from bot.commands.ports import SlackError
from bot.config.settings import Settings, secret
from bot.problems import Problem
from bot.queries.request import AS_INSTALLED, Names
from bot.slack.channels import SlackChannels
from bot.slack.client import Workspace
from bot.slack.fallback import Fallback
from bot.slack.refusals import first_call_problem
from bot.store.digests import places_of_digests
from bot.store.looking import open_to_look
from bot.store.migrations import check_revision

# Each takes two calls, and Slack lets a bot make fifty of one kind a minute: docs.slack.dev, "Rate limits", tier 3.
MOST_LOOKED_AT = 50
SCOPES_OF_CHANNELS = {"channels:read", "groups:read"}
SCOPE_OF_STEWARDS = "users:read"


async def look_at_digests(
    settings: Settings, client: AsyncWebClient, workspace: Workspace, now: Callable[[], datetime]
) -> list[Finding]:
    """A finding for each problem of a digest, or one for all. Nothing where a scope or the database is missing."""
    seen = _can_be_seen(workspace)
    rows = await _rows(settings, workspace, now) if seen else []
    look = partial(_problems, seen, SlackChannels(client, Fallback(), now, _as_installed), settings)
    found: list[Finding] = []
    try:
        for row in rows[:MOST_LOOKED_AT]:
            about = {"id": row.id, "team": row.team_id if workspace.org_wide else None}
            found += [Finding("digest", about, problem) for problem in await look(row)]
    except SlackError as error:  # The others would get the same.
        return [*found, Finding("digests", problem=first_call_problem(error, "SLACK_BOT_TOKEN"))]
    if rows and not found:
        found.append(Finding("digests", {"n": len(rows[:MOST_LOOKED_AT]), "seen": seen}))
    return [*found, *([Finding("digests-more", MOST_LOOKED_AT)] if len(rows) > MOST_LOOKED_AT else [])]


def _can_be_seen(workspace: Workspace) -> list[str]:
    """What the scopes let the bot look at."""
    channels = ["channels"] if SCOPES_OF_CHANNELS & workspace.scopes else []
    return channels + (["stewards"] if SCOPE_OF_STEWARDS in workspace.scopes else [])


async def _rows(settings: Settings, workspace: Workspace, now: Callable[[], datetime]) -> Sequence[Row[Any]]:
    """None where the database cannot be read, or is of another version: that is a finding of its own."""
    try:
        async with open_to_look(secret(settings.database_url)) as store:
            await check_revision(store)
            teams = await installation_of(settings, workspace, store, now).all()
            async with store.reading() as connection:
                return await places_of_digests(connection, teams, MOST_LOOKED_AT + 1)
    except (Problem, DBAPIError):
        return []


async def _problems(seen: list[str], channels: SlackChannels, settings: Settings, row: Row[Any]) -> list[Problem]:
    """Those of a digest's channel and steward. Raises SlackError where Slack does not let the bot look."""
    of_channel = await _channel_problem(row.channel, channels, settings) if "channels" in seen else None
    of_steward = await _steward_problem(row, channels) if "stewards" in seen else None
    return [problem for problem in (of_channel, of_steward) if problem]


async def _channel_problem(channel: str, channels: SlackChannels, settings: Settings) -> Problem | None:
    try:
        standing = await channels.standing(channel)
    except SlackError as error:
        if error.code == "missing_scope":  # Of the other kind of channel, and a finding of its own.
            return None
        if not is_closed(error):
            raise
        return channel_problem(error, channel)
    return standing_problem(standing, channel, allowed=channel in settings.access.shared_channels)


async def _steward_problem(row: Row[Any], channels: SlackChannels) -> Problem | None:
    """A steward who has left is dropped sooner or later; the name stays then."""
    gone = partial(Problem, "steward-gone")
    if row.steward is None:
        return gone(name=row.steward_name) if row.steward_name else None
    try:
        person = await channels.person(row.steward)
    except SlackError as error:
        if error.code not in UNKNOWN_USER:
            raise
        return gone(name=row.steward_name or row.steward)
    return gone(name=person.name or row.steward) if person.gone else None


async def _as_installed(_team: str) -> Names:
    return AS_INSTALLED
