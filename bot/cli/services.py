"""Builds the services with which a terminal works on digests."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.app import installation_of, now, open_services, slack_client
from bot.commands.ports import Services, SlackError
from bot.config.settings import Settings, secret
from bot.config.slack_tokens import check_token
from bot.problems import Problem
from bot.queries.request import AS_INSTALLED, Names

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.slack.client import Workspace
    from bot.store import Store
    from bot.store.installation import Installation


@asynccontextmanager
async def open_digests(
    settings: Settings, asks_slack: bool = True, team: str | None = None
) -> AsyncIterator[tuple[Services, Names]]:
    """The services of a terminal that looks at the digests of a workspace and changes them, and the names there.

    Where there is a bot token, Slack is asked, unless `asks_slack` is false: then only where the database has the
    digests of several workspaces, and no `team` says whose are meant. Raises Problem where Slack does not answer, where
    several need a token, and where a token does not say which.
    """
    from bot.digests.clock import Clock, Timing
    from bot.digests.runner import open_engine
    from bot.digests.stored import StoredDigests
    from bot.slack.channels import SlackChannels
    from bot.slack.fallback import Fallback
    from bot.slack.names import WorkspaceNames, bot_name
    from bot.store.digests import teams
    from bot.store.installation import Installation

    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(_database(settings))
        services = await stack.enter_async_context(open_services(settings))
        known = await teams(store)
        unclear = team is None and len(known) > 1
        if (token := secret(settings.slack_bot_token)) and (asks_slack or unclear):
            check_token("SLACK_BOT_TOKEN", token)
            client = await stack.enter_async_context(slack_client(settings))
            workspace = await _answered_auth_test(client)
            names = WorkspaceNames(store, await bot_name(client, workspace), now)
            team = _meant(installation_of(settings, workspace, store, now), known, team)
            services = replace(services, channels=SlackChannels(client, Fallback(), now, names.of))
        elif unclear:
            raise Problem("not-set", names=["SLACK_BOT_TOKEN"])
        elif team is None:
            team = next(iter(known), "")  # A starting bot takes over those that have no workspace yet.
        engine = await stack.enter_async_context(open_engine(Installation(store, team, now), Clock(now), Timing()))
        called = await services.channels.names(team) if services.channels else AS_INSTALLED
        yield replace(services, digests=StoredDigests(store, team, engine)), called


async def _answered_auth_test(client: "AsyncWebClient") -> "Workspace":
    from bot.slack.client import auth_test
    from bot.slack.refusals import first_call_problem

    try:
        return await auth_test(client)
    except SlackError as error:
        raise first_call_problem(error, "SLACK_BOT_TOKEN") from None


def _meant(installation: "Installation", known: set[str], team: str | None) -> str:
    """The workspace that a terminal means: the token's, the one it names, or the only one that has digests."""
    theirs = sorted(filter(installation.holds, known))
    team = team or installation.only or (theirs[0] if len(theirs) == 1 else None)
    if team is None:
        raise Problem("workspace-unclear", known=theirs)
    if not installation.holds(team):
        raise Problem("workspace-not-served", team=team)
    return team


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator["Store"]:
    from bot.store import open_store
    from bot.store.migrations import prepare

    async with open_store(secret(settings.database_url)) as store:
        await prepare(store)
        yield store
