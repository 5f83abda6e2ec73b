"""Slack's signed requests over HTTP."""

import json

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from bot.slack.health import Health

PATH = "/slack/events"


class Events:
    """The one path that Slack's commands and clicks come in by. Until the bot has met Slack there is no `app`."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self.app: AsyncApp | None = None

    def routes(self) -> list[web.RouteDef]:
        """The path."""
        return [web.post(PATH, self._receive)]

    async def _receive(self, request: web.Request) -> web.Response:
        """Bolt checks the signature. It would answer 500 to a timestamp that is no number, and to a broken body."""
        if not request.headers.get("X-Slack-Request-Timestamp", "0").isdecimal():
            return web.Response(status=401, text="bad timestamp")
        try:
            body = (await request.read()).decode()
            if body.startswith("{"):
                json.loads(body)
        except ValueError:
            return web.Response(status=400, text="neither a form nor JSON")
        if self.app is None:
            return web.Response(status=503, text="not connected")
        self._health.envelopes.inc()
        return await to_aiohttp_response(await self.app.async_dispatch(await to_bolt_request(request)))
