"""The whole bot between a stand-in Slack and a stand-in Devin: slack_bolt, slack_sdk and httpx over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from bot.app import run_in_slack
from bot.config.settings import Settings
from bot.digests.clock import Clock
from bot.playground.devin import standin as devin_end
from bot.playground.slack import standin as slack_end
from tests.databases import make_migrated_file

Mode = Literal["socket", "http"]

SEES_CHANNELS = ("channels:read",)  # For what is shared: without it each channel counts as shared with another company.

STARTED = datetime(2026, 11, 19, 15, 30, tzinfo=UTC)  # A Thursday, hours away from the nightly round.


@dataclass
class World:
    """Both ends, and the bot between them. `stop` asks it to end; `bot` is done when it has."""

    slack: slack_end.Slack
    devin: devin_end.DevinStandin
    settings: Settings
    stop: asyncio.Event
    bot: asyncio.Task[None]

    async def answered(self, text: str, count: int = 1) -> list[slack_end.Post]:
        """The posts that hold this text, as soon as there are so many."""
        return await self.slack.until(lambda: self._found(text, count))

    def _found(self, text: str, count: int) -> list[slack_end.Post]:
        found = [post for post in self.slack.posts if text in post.text]
        return found if len(found) >= count else []


@asynccontextmanager
async def bot_in_slack(
    mode: Mode,
    folder: Path,
    scopes: Iterable[str] = (),
    faults: Mapping[str, Iterable[slack_end.SlackFault]] | None = None,
    lenient: bool = False,
    prepare: Callable[[slack_end.Slack], object] = lambda _: None,
    **settings: Any,
) -> AsyncIterator[World]:
    """The bot, connected: with these optional scopes, and what goes wrong from the start on. Where nobody knows what
    Slack does, it takes things as they come, unless it is `lenient`. `prepare` changes the workspace before the start.

    The clock starts at STARTED, so that a test finds the same day and hour whenever it runs; only signatures are made
    by the machine's, since Bolt checks them by it. Slack is more patient than it is: a machine that is busy is no fault
    of the bot.
    """
    began = datetime.now(UTC)

    def clock() -> datetime:
        return STARTED + (datetime.now(UTC) - began)

    async with slack_end.slack_standin(clock) as slack, devin_end.devin_standin(clock) as devin:
        slack.signing_clock = lambda: datetime.now(UTC)
        slack.scopes.update(scopes)
        slack.lenient = lenient
        slack.ack_timeout = 60
        prepare(slack)
        for method, queue in (faults or {}).items():
            slack.faults[method].extend(queue)
        port = free_port()
        if not (database := folder / "bot.db").exists():
            await make_migrated_file(database)
        given = Settings(
            **{
                "slack_bot_token": slack.bot_token,
                "slack_app_token": slack.app_token,
                "slack_signing_secret": slack.signing_secret,
                "slack_api_url": slack.api_url,
                "devin_api_key": "cog_test",
                "devin_api_url": devin.url,
                "database_url": f"sqlite:///{database}",
                "orgs": {"Payments": "org-payments", "Search": "org-search"},
                **settings,
            }
        )
        stop = asyncio.Event()
        http = ("127.0.0.1", port) if mode == "http" else None
        bot = asyncio.create_task(run_in_slack(given, http, stop, 0, Clock(clock)))
        slack.http_url = f"http://127.0.0.1:{port}/slack/events" if http else None
        world = World(slack, devin, given, stop, bot)
        await ready(world, port if http else None)
        try:
            yield world
        finally:
            stop.set()
            await bot


async def ready(world: World, port: int | None) -> None:
    """Waits until a command would reach the bot."""
    while not world.bot.done():
        if port is None and world.slack.connections:
            return
        if port is not None and (await world.slack.deliver_raw(b"ssl_check=1&token=x", {})).status == 200:
            return
        await asyncio.sleep(0.01)
    await world.bot


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
