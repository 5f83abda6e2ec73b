"""Socket Mode: keeps a connection up, replaces one that has gone silent."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import aiohttp
import structlog
from aiohttp import WSMessage, WSMsgType
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.slack.health import Health

log = structlog.get_logger(__name__)

# Slack itself renews a connection about every hour, which is heard; one that brought nothing for longer may be deaf.
SILENT_FOR = timedelta(minutes=70)
SILENCE_CHECK_EVERY = 30.0  # Seconds.
TRY_FOR = 8.0  # Seconds for one address; the SDK waits ten between two tries.


class Socket:
    """The connection of one process. Everything that comes in moves `heard_at`."""

    def __init__(self, app: AsyncApp, app_token: str, url: str, health: Health, now: Callable[[], datetime]) -> None:
        self._handler = AsyncSocketModeHandler(app, app_token)
        # Asked for already: the SDK would ask again, and never take no for an answer.
        self._handler.client.wss_uri = url
        self._health = health
        self._now = now
        self.heard_at = now()
        self._handler.client.on_message_listeners.append(self._heard)

    async def connect(self) -> None:
        """Connects, and keeps trying while Slack is not there. The SDK would try one address for ever, and each is good
        for one try.
        """
        client = self._handler.client
        connecting = asyncio.ensure_future(client.connect())  # type: ignore[no-untyped-call]
        try:
            while not (await asyncio.wait([connecting], timeout=TRY_FOR))[0]:
                client.wss_uri = None  # Which makes the SDK ask for a new one.
            await connecting
        finally:
            connecting.cancel()

    async def watch(self) -> None:
        """Connects, and rebuilds the connection whenever it has been quiet for too long, until it is cancelled."""
        await self.connect()
        while True:
            await asyncio.sleep(SILENCE_CHECK_EVERY)
            try:
                await self.rebuild_if_deaf()
            except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
                log.warning("socket-not-rebuilt", reason=str(error))  # The next look tries again.

    async def rebuild_if_deaf(self) -> bool:
        """Whether it had been quiet for too long, and was connected anew."""
        if self._now() - self.heard_at < SILENT_FOR:
            return False
        log.warning("socket-deaf", quiet_since=self.heard_at.isoformat())
        await self._handler.client.connect_to_new_endpoint(force=True)
        self.heard_at = self._now()
        return True

    def quiet_for(self) -> float:
        """Seconds since anything came in."""
        return (self._now() - self.heard_at).total_seconds()

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
