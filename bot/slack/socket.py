"""Socket Mode: keeps a connection up, replaces one that has ended or gone silent."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiohttp import WSMessage, WSMsgType
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.commands.ports import SlackError
from bot.slack.client import socket_url
from bot.slack.ghosts import Ghosts
from bot.slack.health import Health
from bot.slack.reconnects import ENDED, RENEWALS, Reconnects

log = structlog.get_logger(__name__)

# Slack itself renews a connection about every hour, which is heard; one that brought nothing for longer may be deaf.
SILENT_FOR = timedelta(minutes=70)
LOOK_EVERY = 30.0  # Seconds.
TRY_FOR = 8.0  # Seconds for one address; the SDK waits ten between two tries.
PING_EVERY = 10.0  # Seconds, as Bolt has it.


class _Client(SocketModeClient):
    """The SDK's client, but one that leaves it to the socket when to connect anew.

    By itself it does so at once at every `disconnect`: thousands of times a minute where Slack refuses each connection.
    """

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        super().__init__(app_token, app.logger, app.client, ping_interval=PING_EVERY)
        self.over = asyncio.Event()

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """What the SDK calls when a connection has ended. It forces this after a `disconnect`, which the socket hears
        by itself, and before this is called: by then it may have a new connection.
        """
        if not force and not await self.is_connected():
            self.over.set()


class _Handler(AsyncSocketModeHandler):
    """Bolt's way from an envelope to a listener and back, over another client than Bolt would make."""

    def __init__(self, app: AsyncApp, client: _Client) -> None:
        self.app, self.app_token, self.client = app, client.app_token, client
        client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]  # As Bolt itself has it.


class Socket:
    """The connection of one process. Everything that comes in moves `heard_at`.

    `most_connections` is how many all live processes have, if that is known. A test may replace `sleep`.
    """

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        url: str,
        health: Health,
        now: Callable[[], datetime],
        most_connections: int | None = None,
    ) -> None:
        self.sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
        self.heard_at = now()
        self._client = _Client(app, app_token)
        self._handler = _Handler(app, self._client)
        self._url: str | None = url  # Asked for already, and good for one try.
        self._health = health
        self._now = now
        self._reconnects = Reconnects(now)
        self._ghosts = Ghosts(most_connections, now)
        self._greeted = False
        self._reason: str | None = None
        self._client.on_message_listeners.append(self._heard)

    async def watch(self) -> None:
        """Keeps a connection up until it is cancelled."""
        await self.connect()
        while True:
            if await self._over():
                await self._wait(self._reason or ENDED)
                await self.connect()
            elif not await self.rebuild_if_deaf() and self._greeted and self._ghosts.doubtful():
                await self.connect()

    async def connect(self) -> None:
        """Connects, and keeps trying while Slack is not there."""
        while failed := await self._try():
            await self._wait(failed.code, failed.retry_after)

    async def rebuild_if_deaf(self) -> bool:
        """Whether it had been quiet for too long, and was connected anew."""
        if self._now() - self.heard_at < SILENT_FOR:
            return False
        log.warning("socket-deaf", quiet_since=self.heard_at.isoformat())
        await self.connect()
        self.heard_at = self._now()
        return True

    def quiet_for(self) -> float:
        """Seconds since anything came in."""
        return (self._now() - self.heard_at).total_seconds()

    async def connected(self) -> bool:
        """Whether the connection is up, as far as pings can tell, and Slack has not told it to go."""
        return self._greeted and await self._client.is_connected()

    async def close(self) -> None:
        """Takes no more envelopes."""
        await self._handler.close_async()  # type: ignore[no-untyped-call]

    async def _over(self) -> bool:
        """Whether the connection has ended, after it has been left alone for a while."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._client.over.wait(), LOOK_EVERY)
        return self._client.over.is_set()

    async def _wait(self, reason: str, asked: float | None = None) -> None:
        if seconds := self._reconnects.pause(reason, asked):
            await self.sleep(seconds)

    async def _try(self) -> SlackError | None:
        """Connects once; the error where that fails. The SDK alone would try one address for ever."""
        try:
            url, self._url = self._url or await self._new_url(), None
            await self._connect_to(url)
        except SlackError as error:
            return error
        except TimeoutError:
            return SlackError("unreachable")
        return None

    async def _new_url(self) -> str:
        return await socket_url(self._handler.app.client, self._client.app_token)

    async def _connect_to(self, url: str) -> None:
        self._greeted = False
        self._client.wss_uri = url
        async with asyncio.timeout(TRY_FOR):
            await self._client.connect()  # type: ignore[no-untyped-call]
        # Nothing of the new connection has been heard yet, since nothing has been awaited; this was about the old one.
        self._client.over.clear()
        self._reason = None
        self._reconnects.opened()

    async def _heard(self, message: WSMessage) -> None:
        if message.type != WSMsgType.TEXT:
            return
        self.heard_at = self._now()
        frame = json.loads(message.data)
        if frame.get("type") == "hello":
            self._hello(frame)
        elif frame.get("type") == "disconnect":
            self._told_to_go(str(frame.get("reason")))
        elif "envelope_id" in frame:
            self._health.envelopes.inc()

    def _hello(self, frame: dict[str, Any]) -> None:
        self._greeted = True
        connections = frame.get("num_connections", 1)
        self._health.connections.set(connections)
        self._health.ghosts.set(self._ghosts.heard(connections))
        log.info("socket-connected", connections=connections)

    def _told_to_go(self, reason: str) -> None:
        """Until it ends, a connection that is only renewed still serves."""
        self._greeted = self._greeted and reason in RENEWALS
        self._reason = reason
        self._client.over.set()
