"""Builds what the process needs, and closes it again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from pydantic import SecretStr

from bot.config import Settings
from bot.devin import Cell, Devin, Reading
from bot.devin.gather import Gather
from bot.metrics import cost
from bot.period import WEEKDAYS
from bot.problems import Problem
from bot.request import Account, Aliases
from bot.services import Services
from bot.telemetry import jitter


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
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
        yield _services(settings, account, _OpenedOnFirstRead(settings, stack))


def sample_services(at: datetime) -> Services:
    """The services of a made-up enterprise, as it stands at a moment. No settings have a part in it."""
    from bot.playground.sample import ORGS, SampleDevin

    account = Account("v3-enterprise", orgs=Aliases(ORGS))
    return Services(account, Gather(SampleDevin(at), 8), made_up=True)


async def run_in_slack(
    settings: Settings, http: tuple[str, int] | None, stop: asyncio.Event, spread: float = 3.0
) -> None:
    """Runs the bot until `stop`, then lets answers finish. `http` is where to listen; None is Socket Mode.

    Replicas that start together connect within `spread` seconds of each other. Raises Problem where a token is refused
    or the database cannot be used.
    """
    import aiohttp

    from bot.migrations import prepare
    from bot.slack.asking import Bot
    from bot.slack.client import meet, socket_url, web_client
    from bot.slack.desk import Desk
    from bot.slack.health import Health
    from bot.slack.http import Events
    from bot.slack.people import SlackPeople
    from bot.slack.run import DRAIN, bolt_app, connected, insist, listening
    from bot.slack.socket import Socket
    from bot.store import open_store

    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(secret(settings.database_url)))
        await prepare(store)
        services = await stack.enter_async_context(open_services(settings))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = web_client(secret(settings.slack_bot_token), settings.slack_api_url, session)
        desk, health = Desk(settings.limits.concurrent_answers), Health()
        health.answers.set_function(lambda: desk.under_way)
        events = Events(secret(settings.slack_signing_secret), health) if http else None
        stack.push_async_callback(desk.drain, DRAIN)  # What comes in is closed before this, what answers need after it.
        if settings.health_address:
            await stack.enter_async_context(listening(health.routes(), address(settings.health_address)))
        if http and events:
            public = [] if settings.health_address else health.routes()
            await stack.enter_async_context(listening([*events.routes(), *public], http))
        workspace = await insist(lambda: meet(client), "SLACK_BOT_TOKEN", stop)
        await asyncio.sleep(0 if http else jitter(spread))
        app_token = secret(settings.slack_app_token)
        url = None if http else await insist(lambda: socket_url(client, app_token), "SLACK_APP_TOKEN", stop)
        if workspace is None or stop.is_set():
            return
        people = SlackPeople(client, workspace, store, now)
        bot = Bot(replace(services, people=people), client, desk, people, now)
        app = bolt_app(bot, workspace, secret(settings.slack_bot_token), secret(settings.slack_signing_secret))
        if events:
            events.app = app
        socket = Socket(app, app_token, url, health, now) if url else None
        await stack.enter_async_context(connected(socket, health))
        await stop.wait()


def missing_for_slack(settings: Settings, over_http: bool) -> list[str]:
    """The settings without which the bot cannot run in Slack, by name."""
    needed = {"DEVIN_API_KEY": settings.devin_api_key, "SLACK_BOT_TOKEN": settings.slack_bot_token}
    if over_http:
        needed["SLACK_SIGNING_SECRET"] = settings.slack_signing_secret
    else:
        needed["SLACK_APP_TOKEN"] = settings.slack_app_token
    return [name for name, value in needed.items() if not secret(value)]


def secret(value: SecretStr | None) -> str:
    """A secret for the library that needs it; empty where it is not set."""
    return value.get_secret_value().strip() if value else ""


def address(text: str | None) -> tuple[str, int]:
    """`127.0.0.1:8080` as host and port. Raises Problem for anything else."""
    host, colon, port = (text or "").rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise Problem("bad-address", address=text or "")
    return host.strip("[]") or "127.0.0.1", int(port)


def _services(settings: Settings, account: Account, devin: Devin) -> Services:
    return Services(
        account=account,
        gather=Gather(devin, settings.limits.concurrent_calls),
        tz=settings.defaults.tz,
        lang=settings.defaults.language,
        week_start=WEEKDAYS.index(settings.defaults.week_start),
        settle=timedelta(days=settings.limits.settle_days),
        cost=cost(Fraction(settings.money.price_per_acu), settings.money.currency) if settings.money else None,
    )


class _OpenedOnFirstRead:
    """Devin's API, connected when a command first needs it: `help` starts without an HTTP client."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._opening = asyncio.Lock()
        self._devin: Devin | None = None

    async def read(self, cell: Cell) -> Reading:
        """As `Devin.read`."""
        async with self._opening:
            self._devin = self._devin or await self._open()
        return await self._devin.read(cell)

    async def _open(self) -> Devin:
        from bot.devin.http import http_devin

        settings = self._settings
        if settings.key is None:
            raise Problem("not-set", names=["DEVIN_API_KEY"])
        deadline = timedelta(seconds=settings.limits.call_deadline)
        opened = http_devin(settings.key, settings.devin_api_url, deadline, now)
        return await self._stack.enter_async_context(opened)


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)
