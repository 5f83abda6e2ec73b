"""Slack's signed requests over HTTP."""

import re

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.slack.health import Health

PATH = "/slack/events"
TIMESTAMP = re.compile(r"\d{1,12}", re.ASCII)
PROBE = re.compile(r"(^|&)ssl_check=1(&|$)")  # Slack's certificate probe comes unsigned.


class Events:
    """The one path that Slack's commands, clicks and events come in by: no `app` until the bot has met Slack."""

    def __init__(self, signing_secret: str, health: Health) -> None:
        self._verifier = SignatureVerifier(signing_secret)
        self._health = health
        self.app: AsyncApp | None = None

    def routes(self) -> list[web.RouteDef]:
        """The path."""
        return [web.post(PATH, self._receive)]

    async def _receive(self, request: web.Request) -> web.Response:
        """Lets nothing but Slack's own requests through: Bolt reads a body before it checks the signature, and answers
        500 to many that are not signed.
        """
        body = await request.read()
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return web.Response(status=400, text="not UTF-8")
        if not PROBE.search(text) and not self._signed(text, request):
            return web.Response(status=401, text="bad signature")
        if self.app is None:
            return web.Response(status=503, text="not connected")
        self._health.envelopes.inc()
        try:
            asked = AsyncBoltRequest(body=text, query=request.query_string, headers=dict(request.headers))
        except (ValueError, RecursionError, AttributeError, TypeError):
            return web.Response(status=400, text="neither a command nor a click")
        return await to_aiohttp_response(await self.app.async_dispatch(asked))

    def _signed(self, body: str, request: web.Request) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not TIMESTAMP.fullmatch(timestamp) or not signature.isascii():
            return False
        return self._verifier.is_valid(body, timestamp, signature)
