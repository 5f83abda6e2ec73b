"""`devin-metrics demo`: runs the bot in the playground."""

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
from bot.playground.clock import Journey, MovedClock
from bot.playground.devin import standin as devin
from bot.playground.devin.sample import ORGS, PLAYBOOKS, SERVICE_USERS
from bot.playground.scene import CHANNELS, USERS, Scene
from bot.playground.site import HOST, serving
from bot.playground.slack import standin as slack
from bot.playground.switches import Switches
from bot.slack.manifest import OPTIONAL, manifest
from bot.store import open_store
from bot.store.migrations import prepare

SPEED = 4.0  # How much faster than the clock the bot looks for what is due: the visitor who moved the clock is waiting.
GOODBYE = 0.5  # Seconds for answers under way: their askers are gone.
START = 30.0  # Seconds.


@dataclass(frozen=True, slots=True)
class Playground:
    """A running one: where its page is, what is in it, and the bot, which is done where it has failed."""

    url: str
    scene: Scene
    devin: devin.Standin
    bot: asyncio.Task[None]


@asynccontextmanager
async def playground(port: int, world: Callable[[], datetime]) -> AsyncIterator[Playground]:
    """Runs one by the world's clock, until the end of the block; all that was said in it is forgotten then.

    Raises Problem where the port is taken.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="devin-metrics-", ignore_cleanup_errors=True))
        clock = MovedClock(world)
        workspace = await stack.enter_async_context(slack.standin(clock))
        enterprise = await stack.enter_async_context(devin.standin(clock))
        _furnish(workspace)
        settings = _settings(workspace, enterprise, Path(folder))
        store = await stack.enter_async_context(open_store(settings.database_url.get_secret_value()))
        await prepare(store)
        scene = _scene(workspace, enterprise, clock, Journey(clock, store, workspace.team_id))
        listening = await stack.enter_async_context(serving(scene, port))
        bot = await stack.enter_async_context(_answering(settings, clock, workspace))
        yield Playground(f"http://{HOST}:{listening}", scene, enterprise, bot)


def _furnish(workspace: slack.Slack) -> None:
    workspace.users, workspace.channels = dict(USERS), dict(CHANNELS)
    workspace.scopes.update(OPTIONAL)


def _scene(workspace: slack.Slack, enterprise: devin.Standin, clock: MovedClock, journey: Journey) -> Scene:
    told = manifest()
    features = told["features"]
    return Scene(
        workspace,
        clock,
        journey,
        Switches(workspace, enterprise),
        name=told["display_information"]["name"],
        command=features["slash_commands"][0],
        shortcuts=features["shortcuts"],
    )


def _settings(workspace: slack.Slack, enterprise: devin.Standin, folder: Path) -> Settings:
    """Made as they are, for a real token in the environment must have no part in this."""
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
async def _answering(
    settings: Settings, clock: MovedClock, workspace: slack.Slack
) -> AsyncIterator[asyncio.Task[None]]:
    """The bot, connected. At the end it gets a moment for answers under way."""
    stop = asyncio.Event()
    bot = asyncio.create_task(run_in_slack(settings, None, stop, 0, Clock(clock, SPEED), made_up=True))
    bot.add_done_callback(lambda _: workspace.changed())
    try:
        await workspace.until(lambda: workspace.connections or bot.done(), START)
        yield bot
    finally:
        stop.set()
        await asyncio.wait([bot], timeout=GOODBYE)
        while not bot.done():  # Each level of what it has open may wait in its own clean-up.
            bot.cancel()
            await asyncio.wait([bot], timeout=0.1)
        if not bot.cancelled():
            bot.result()
