"""A connection to a stand-in Slack, without the rest of the bot."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack.standin import Slack, slack_standin
from bot.slack.client import socket_url
from bot.slack.health import Health
from bot.slack.socket import Socket

OPEN = "apps.connections.open"


class Time:
    """A clock that goes on while somebody sleeps by it, up to its end."""

    def __init__(self, seconds: float = 1e9) -> None:
        self.at = datetime(2026, 11, 20, tzinfo=UTC)
        self.sleeps: list[float] = []
        self.over = asyncio.Event()
        self._end = self.at + timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.at += timedelta(seconds=seconds)
        if self.at >= self._end:
            self.over.set()
            await asyncio.Event().wait()


@asynccontextmanager
async def socket_to(
    slack: Slack, now: Callable[[], datetime], url: str | None = None, health: Health | None = None
) -> AsyncIterator[Socket]:
    """A socket for an app that acknowledges everything; not connected yet. It knows of one process, and never waits."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=slack.team_id, bot_token=slack.bot_token)

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        app = AsyncApp(name="test", signing_secret="", client=client, authorize=authorize)
        app.command("/devin-metrics")(acknowledge)
        first = url or await socket_url(client, slack.app_token)
        socket = Socket(app, slack.app_token, first, health or Health(), now, most_connections=1)
        socket.sleep = lambda _: asyncio.sleep(0)
        try:
            yield socket
        finally:
            await socket.close()


@asynccontextmanager
async def watched(time: Time, health: Health | None = None, **changes: Any) -> AsyncIterator[tuple[Slack, Socket]]:
    """A socket that is kept up, to a Slack with these changes."""
    async with slack_standin(time.now) as slack, socket_to(slack, time.now, health=health) as socket:
        for name, value in changes.items():
            setattr(slack, name, value)
        socket.sleep = time.sleep
        watching = asyncio.create_task(socket.watch())
        try:
            yield slack, socket
        finally:
            watching.cancel()


def opened(slack: Slack) -> int:
    return [call.method for call in slack.calls].count(OPEN)


def warnings(logged: list[Any]) -> list[tuple[str, str | None]]:
    return [(line["event"], line.get("reason")) for line in logged if line["log_level"] == "warning"]
