"""Builds the process's services from the settings; closes them again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from bot.commands.answer import COMMANDS
from bot.commands.ports import Services
from bot.config.settings import Settings, host_and_port, secret
from bot.devin import Devin
from bot.devin.gather import Gather
from bot.devin.lazy import LazyDevin
from bot.periods.period import WEEKDAYS
from bot.problems import Problem
from bot.queries.request import Account, Aliases
from bot.reports.metrics import cost
from bot.telemetry import jitter

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.digests.clock import Clock
    from bot.slack.answer_queue import AnswerQueue
    from bot.slack.bot import Bot
    from bot.slack.client import Workspace
    from bot.slack.health import Health
    from bot.slack.http import Events
    from bot.store import Store
    from bot.store.installation import Installation

MOST_WORKSPACES = 200  # Whose services are kept.


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_services(settings: Settings, clock: Callable[[], datetime] = now) -> AsyncIterator[Services]:
    """The services of a process that asks Devin with the settings' key."""
    async with AsyncExitStack() as stack:
        account = Account(
            source=settings.source,
            own_org=settings.devin_org_id,
            default_org=settings.defaults.org,
            orgs=Aliases(settings.orgs),
            users=Aliases(settings.users),
            service_users=Aliases(settings.service_users),
            playbooks=Aliases(settings.playbooks),
        )
        yield _services(settings, account, LazyDevin(partial(_connect_devin, settings, clock), stack))


def sample_services(at: datetime) -> Services:
    """The services of a made-up enterprise, as it stands at a moment. No settings have a part in it."""
    from bot.playground.devin.sample import ORGS, SampleDevin

    account = Account("v3-enterprise", orgs=Aliases(ORGS))
    return Services(account, Gather(SampleDevin(at), 8), COMMANDS, made_up=True)


async def run_in_slack(
    settings: Settings,
    http: tuple[str, int] | None,
    stop: asyncio.Event,
    spread: float = 3.0,
    clock: "Clock | None" = None,
    made_up: bool = False,
) -> None:
    """Runs the bot until `stop`, then lets answers finish. `http` is where to listen; None is Socket Mode.

    Replicas that start together connect within `spread` seconds of each other. `clock` is the machine's unless another
    is given; `made_up` marks every answer as such. Raises Problem where a token is refused or the database cannot be
    used.
    """
    from bot.digests.clock import Clock
    from bot.slack.answer_queue import AnswerQueue
    from bot.slack.bot import warm_up
    from bot.slack.connection import DRAIN, bolt_app, connected
    from bot.slack.health import Health
    from bot.slack.socket import Socket
    from bot.store import open_store
    from bot.store.migrations import prepare
    from bot.store.outage import retry_during_outage

    clock = clock or Clock(now)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(secret(settings.database_url)))
        await retry_during_outage(partial(prepare, store), stop)
        if stop.is_set():
            return
        services = await stack.enter_async_context(open_services(settings, clock.now))
        services = replace(services, made_up=made_up)
        client = await stack.enter_async_context(slack_client(settings))
        queue, health = AnswerQueue(settings.limits.concurrent_answers), Health()
        health.answers.set_function(lambda: queue.under_way)
        # What comes in is closed before this, what answers need after it.
        stack.push_async_callback(queue.drain, DRAIN)
        events = await stack.enter_async_context(_entrances(settings, http, health))
        slack = await _first_calls(settings, client, http is None, spread, stop)
        if slack is None or stop.is_set():
            return
        bot = await stack.enter_async_context(_bot_at_work(settings, services, slack, store, queue, clock))
        warm_up(bot)
        app = bolt_app(bot, bot.workspace, secret(settings.slack_bot_token), secret(settings.slack_signing_secret))
        if events:
            events.app = app
        most = None if store.shared else 1  # How many processes share PostgreSQL is known to none of them.
        token = secret(settings.slack_app_token)
        socket = Socket(app, token, slack.url, health, now, most) if slack.url else None
        await stack.enter_async_context(connected(socket, health))
        await stop.wait()


@asynccontextmanager
async def _bot_at_work(
    settings: Settings, services: Services, slack: "_Reached", store: "Store", queue: "AnswerQueue", clock: "Clock"
) -> AsyncIterator["Bot"]:
    """What the listeners answer with. Until the end of the block digests are sent."""
    from bot.digests.work import digests_at_work
    from bot.slack.bot import Bot
    from bot.slack.channels import SlackChannels
    from bot.slack.fallback import Fallback
    from bot.slack.names import WorkspaceNames, bot_name
    from bot.slack.people import Profiles, SlackPeople

    client, workspace, fallback = slack.client, slack.workspace, Fallback()
    installation = installation_of(settings, workspace, store, clock.now)
    profiles = Profiles(client, workspace.scopes, clock.now)
    names = WorkspaceNames(store, await bot_name(client, workspace), clock.now)
    services = replace(services, channels=SlackChannels(client, fallback, clock.now, names.of))
    async with digests_at_work(settings, services, installation, clock) as of_teams:

        @lru_cache(MOST_WORKSPACES)
        def services_of(team: str) -> Services:
            return replace(of_teams.of(team), people=SlackPeople(profiles, store, team, clock.now))

        yield Bot(
            services=services,
            services_of=services_of,
            holds=installation.holds,
            client=client,
            queue=queue,
            profiles=profiles,
            names=names,
            workspace=workspace,
            store=store,
            now=clock.now,
            guests=settings.access.guests,
            fallback=fallback,
        )


class _Reached(NamedTuple):
    """Slack, as the first calls have found it. Without a `url` for a websocket it comes over HTTP."""

    client: "AsyncWebClient"
    workspace: "Workspace"
    url: str | None = None


async def _first_calls(
    settings: Settings, client: "AsyncWebClient", over_socket: bool, spread: float, stop: asyncio.Event
) -> _Reached | None:
    """Asks Slack who the bot is, and where it opens its websocket; None where it was told to stop meanwhile."""
    from bot.slack.client import auth_test, socket_url
    from bot.slack.connection import keep_trying

    workspace = await keep_trying(lambda: auth_test(client), "SLACK_BOT_TOKEN", stop)
    if workspace is None:
        return None
    if not over_socket:
        return _Reached(client, workspace)
    await asyncio.sleep(jitter(spread))
    app_token = secret(settings.slack_app_token)
    url = await keep_trying(lambda: socket_url(client, app_token), "SLACK_APP_TOKEN", stop)
    return _Reached(client, workspace, url) if url else None


@asynccontextmanager
async def slack_client(settings: Settings) -> AsyncIterator["AsyncWebClient"]:
    """Slack's Web API with the bot's token."""
    import aiohttp

    from bot.slack.client import web_client

    async with aiohttp.ClientSession() as session:
        yield web_client(secret(settings.slack_bot_token), settings.slack_api_url, session)


@asynccontextmanager
async def _entrances(
    settings: Settings, http: tuple[str, int] | None, health: "Health"
) -> AsyncIterator["Events | None"]:
    """The ports that the process listens on: for probes, and for Slack's requests where they come over HTTP."""
    from bot.slack.connection import listening
    from bot.slack.http import Events

    events = Events(secret(settings.slack_signing_secret), health, now) if http else None
    async with AsyncExitStack() as stack:
        if settings.health_address:
            await stack.enter_async_context(listening(health.routes(), host_and_port(settings.health_address)))
        if http and events:
            public = [] if settings.health_address else health.routes()
            await stack.enter_async_context(listening([*events.routes(), *public], http))
        yield events


def _connect_devin(settings: Settings, clock: Callable[[], datetime]) -> AbstractAsyncContextManager[Devin]:
    """Raises Problem where there is no key."""
    from bot.devin.http import http_devin

    if settings.key is None:
        raise Problem("not-set", names=["DEVIN_API_KEY"])
    deadline = timedelta(seconds=settings.limits.call_deadline)
    return http_devin(settings.key, settings.devin_api_url, deadline, clock)


def _services(settings: Settings, account: Account, devin: Devin) -> Services:
    return Services(
        account=account,
        gather=Gather(devin, settings.limits.concurrent_calls),
        commands=COMMANDS,
        tz=settings.defaults.tz,
        lang=settings.defaults.language,
        week_start=WEEKDAYS.index(settings.defaults.week_start),
        settle=timedelta(days=settings.limits.settle_days),
        cost=cost(Fraction(settings.money.price_per_acu), settings.money.currency) if settings.money else None,
        shared_channels=settings.access.shared_channels,
        max_calls=settings.limits.max_calls,
    )


def installation_of(
    settings: Settings, workspace: "Workspace", store: "Store", clock: Callable[[], datetime]
) -> "Installation":
    """The workspaces that a bot token is for. Outside of an organization `[access] workspaces` has no part in it."""
    from bot.store.installation import Installation

    if workspace.org_wide:
        return Installation(store, workspace.enterprise, clock, org_wide=True, named=settings.access.workspaces)
    return Installation(store, workspace.team, clock)
