"""Slack's signed requests over HTTP."""

import json
import re
from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.slack.health import Health
from bot.slack.signatures import Refusal, Refusals, Repeats, verify

PATH = "/slack/events"
PROBE = re.compile(rb"(^|&)ssl_check=1(&|$)")  # Slack's certificate probe comes unsigned.


class Events:
    """The one path that Slack's commands, clicks and events come in by: no `app` until the bot has met Slack."""

    def __init__(self, signing_secret: str, health: Health, clock: Callable[[], datetime]) -> None:
        self._secret, self._health, self._clock = signing_secret, health, clock
        self._refusals, self._repeats = Refusals(health.unsigned, clock), Repeats()
        self.app: AsyncApp | None = None

    def routes(self) -> list[web.RouteDef]:
        """The path."""
        return [web.post(PATH, self._receive)]

    async def _receive(self, request: web.Request) -> web.Response:
        """Lets nothing but Slack's own requests through: Bolt reads a body before it checks the signature, and answers
        500 to many that are not signed.
        """
        body = await request.read()
        signed = verify(self._secret, body, request.headers, self._clock())
        if isinstance(signed, Refusal):
            return self._refuse(body, signed)
        self._health.envelopes.inc()
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return web.Response(status=400, text="not UTF-8")
        if challenge := _challenge(text):  # Before Slack is met too: Slack asks as soon as the app has an address.
            return web.json_response({"challenge": challenge})
        if self.app is None:
            return web.Response(status=503, text="not connected")
        if not self._repeats.first(signed, self._clock()):
            return web.Response()
        return await _dispatch(self.app, text, request)

    def _refuse(self, body: bytes, refusal: Refusal) -> web.Response:
        if PROBE.search(body):
            return web.Response(status=200 if self.app else 503)
        self._refusals.tell(refusal)
        return web.Response(status=401)


async def _dispatch(app: AsyncApp, body: str, request: web.Request) -> web.Response:
    try:
        asked = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
    except (ValueError, RecursionError, AttributeError, TypeError):
        return web.Response(status=400, text="neither a command nor a click")
    return await to_aiohttp_response(await app.async_dispatch(asked))


def _challenge(body: str) -> str:
    """What Slack wants to read again, to see whether the address is this app's: docs.slack.dev, "url_verification"."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):  # A form, as a rule.
        return ""
    if not isinstance(asked, dict) or asked.get("type") != "url_verification":
        return ""
    return str(asked.get("challenge", ""))
