"""Socket Mode: a connection that is up, heard from, and rebuilt where it has gone deaf."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from aiohttp import WSMessage, WSMsgType
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.slack.health import Health

log = structlog.get_logger(__name__)

# Slack itself renews a connection about every hour; one that brought nothing for this long may be up but deaf.
QUIET = timedelta(minutes=20)
LOOK_EVERY = 30.0  # Seconds.


class Socket:
    """The connection of one process. Everything that comes in moves `heard_at`."""

    def __init__(self, app: AsyncApp, app_token: str, url: str, health: Health, now: Callable[[], datetime]) -> None:
        self._handler = AsyncSocketModeHandler(app, app_token)
        self._handler.client.wss_uri = (
            url  # Asked for already; the SDK would ask again, and never take no for an answer.
        )
        self._health = health
        self._now = now
        self.heard_at = now()
        self._handler.client.on_message_listeners.append(self._heard)

    async def connect(self) -> None:
        """Connects, and keeps trying while Slack is not there."""
        await self._handler.connect_async()  # type: ignore[no-untyped-call]

    async def watch(self) -> None:
        """Rebuilds the connection whenever it has been quiet for too long. Runs until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await self.rebuild_if_deaf()

    async def rebuild_if_deaf(self) -> bool:
        """Whether it had been quiet for too long, and was connected anew."""
        if self._now() - self.heard_at < QUIET:
            return False
        log.warning("socket-deaf", quiet_since=self.heard_at.isoformat())
        self.heard_at = self._now()
        await self._handler.client.connect_to_new_endpoint(force=True)
        return True

    async def connected(self) -> bool:
        """Whether the connection is up, as far as pings can tell."""
        return await self._handler.client.is_connected()

    async def close(self) -> None:
        """Takes no more envelopes."""
        await self._handler.close_async()  # type: ignore[no-untyped-call]

    async def _heard(self, message: WSMessage) -> None:
        if message.type != WSMsgType.TEXT:
            return
        self.heard_at = self._now()
        frame = json.loads(message.data)
        if frame.get("type") == "hello":
            self._health.connections.set(frame.get("num_connections", 1))
            log.info("socket-connected", connections=frame.get("num_connections"))
        elif "envelope_id" in frame:
            self._health.envelopes.inc()
