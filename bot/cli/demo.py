"""Runs `devin-metrics demo`: the bot in the playground."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from bot.app import run_in_slack
from bot.config.settings import Settings
from bot.digests.clock import Clock
from bot.playground.clock import ClockMover, MovableClock
from bot.playground.devin import standin as devin
from bot.playground.devin.sample import ORGS, PLAYBOOKS, SERVICE_USERS
from bot.playground.simulation import PLAYGROUND_CHANNELS, PLAYGROUND_USERS, Simulation
from bot.playground.site import HOST, serving
from bot.playground.slack import standin as slack
from bot.playground.switches import Switches
from bot.slack.manifest import OPTIONAL, manifest
from bot.store import open_store
from bot.store.migrations import prepare

SPEED = 4.0  # Of the bot's clock: the visitor who has moved the clock waits for the digests.
STOP_TIMEOUT = 0.5  # Seconds for answers under way: at the end of a demo no visitor waits for them.
START_TIMEOUT = 30.0  # Seconds.


@dataclass(frozen=True, slots=True)
class Playground:
    """A running playground: its page's URL, its parts, and the bot's task, which is done where the bot has failed."""

    url: str
    simulation: Simulation
    devin: devin.DevinStandin
    bot: asyncio.Task[None]


@asynccontextmanager
async def playground(port: int, real_time: Callable[[], datetime]) -> AsyncIterator[Playground]:
    """Runs a playground by a clock until the end of the block, and deletes its database then.

    Raises Problem where the port is taken.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="devin-metrics-", ignore_cleanup_errors=True))
        clock = MovableClock(real_time)
        workspace = await stack.enter_async_context(slack.slack_standin(clock))
        enterprise = await stack.enter_async_context(devin.devin_standin(clock))
        _fill_workspace(workspace)
        settings = _settings(workspace, enterprise, Path(folder))
        store = await stack.enter_async_context(open_store(settings.database_url.get_secret_value()))
        await prepare(store)
        simulation = _simulation(workspace, enterprise, clock, ClockMover(clock, store, workspace.team_id))
        listening = await stack.enter_async_context(serving(simulation, port))
        bot = await stack.enter_async_context(_running_bot(settings, clock, workspace))
        yield Playground(f"http://{HOST}:{listening}", simulation, enterprise, bot)


def _fill_workspace(workspace: slack.Slack) -> None:
    workspace.users, workspace.channels = dict(PLAYGROUND_USERS), dict(PLAYGROUND_CHANNELS)
    workspace.scopes.update(OPTIONAL)


def _simulation(
    workspace: slack.Slack, enterprise: devin.DevinStandin, clock: MovableClock, clock_mover: ClockMover
) -> Simulation:
    described = manifest()
    features = described["features"]
    return Simulation(
        workspace,
        clock,
        clock_mover,
        Switches(workspace, enterprise),
        name=described["display_information"]["name"],
        command=features["slash_commands"][0],
        shortcuts=features["shortcuts"],
    )


def _settings(workspace: slack.Slack, enterprise: devin.DevinStandin, folder: Path) -> Settings:
    """The settings, without the environment: a real token must have no part in this."""
    return Settings.model_construct(
        slack_bot_token=SecretStr(workspace.bot_token),
        slack_app_token=SecretStr(workspace.app_token),
        slack_api_url=workspace.api_url,
        devin_api_key=SecretStr("cog_playground"),
        devin_api_url=enterprise.url,
        database_url=SecretStr(f"sqlite:///{folder}/playground.db"),
        orgs=ORGS,
        playbooks={id_.removeprefix("playbook-"): id_ for id_ in PLAYBOOKS},
        service_users={id_.removeprefix("service-user-"): id_ for id_ in SERVICE_USERS},
    )


@asynccontextmanager
async def _running_bot(
    settings: Settings, clock: MovableClock, workspace: slack.Slack
) -> AsyncIterator[asyncio.Task[None]]:
    """The bot, connected. At the end it gets a moment for answers under way."""
    stop = asyncio.Event()
    bot = asyncio.create_task(run_in_slack(settings, None, stop, 0, Clock(clock, SPEED), made_up=True))
    bot.add_done_callback(lambda _: workspace.changed())
    try:
        await workspace.until(lambda: workspace.connections or bot.done(), START_TIMEOUT)
        yield bot
    finally:
        stop.set()
        await asyncio.wait([bot], timeout=STOP_TIMEOUT)
        while not bot.done():  # Each level of what it has open may wait in its own clean-up.
            bot.cancel()
            await asyncio.wait([bot], timeout=0.1)
        if not bot.cancelled():
            bot.result()
