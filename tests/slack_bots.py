"""Bots at the other end of the stand-in for Slack: real ones in Bolt, and some made by hand."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack.standin import Slack, slack_standin

Block = dict[str, Any]

FRIDAY = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
SECTION: Block = {"type": "section", "text": {"type": "plain_text", "text": "184 sessions"}}
CHART: Block = {"type": "data_visualization", "title": "Sessions", "chart": {"type": "line"}}
BUTTON = {"type": "button", "action_id": "why", "value": "last 7d", "text": {"type": "plain_text", "text": "Why?"}}
REPORT: list[Block] = [SECTION, {"type": "actions", "block_id": "next", "elements": [BUTTON]}]


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.at = FRIDAY

    def __call__(self) -> datetime:
        return self.at

    def wait(self, **time: float) -> None:
        """Lets time pass."""
        self.at += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    """A clock that a test moves."""
    return Clock()


@pytest.fixture
async def bare_slack(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Slack]:
    """A stand-in with the scopes that the bot cannot do without, and no bot."""
    for proxy in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):  # slack_sdk asks them even for loopback.
        monkeypatch.delenv(proxy, raising=False)
    async with slack_standin(clock) as running:
        yield running


def client(slack: Slack, token: str | None = None) -> AsyncWebClient:
    """The SDK with the bot's token, or another."""
    return AsyncWebClient(slack.bot_token if token is None else token, base_url=slack.api_url)


def app(slack: Slack) -> AsyncApp:
    """A bot as the real one is built: it knows who it is, and asks nobody before it acks."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=slack.team_id, bot_token=slack.bot_token)

    bolt = AsyncApp(
        authorize=authorize, signing_secret=slack.signing_secret, client=AsyncWebClient(base_url=slack.api_url)
    )

    async def command(ack: Any, respond: Any, command: dict[str, str]) -> None:
        if "silent" in command["text"]:
            return
        await ack(text="Counting …", response_type="ephemeral")
        await respond(text=command["text"], blocks=REPORT, replace_original=True)

    async def why(ack: Any, respond: Any, action: dict[str, str]) -> None:
        await ack()
        await respond(text=f"Because of {action['value']}", replace_original=False)

    bolt.command("/devin-metrics")(command)
    bolt.action("why")(why)
    return bolt


@asynccontextmanager
async def over_http(slack: Slack) -> AsyncIterator[None]:
    """Runs the bot as a web server."""
    server = app(slack).server(path="/slack/events").web_app
    async with _listening(slack, web.AppRunner(server, access_log=None, shutdown_timeout=0.05)):
        yield


@asynccontextmanager
async def over_a_socket(slack: Slack) -> AsyncIterator[None]:
    """Runs the bot in Socket Mode."""
    handler = AsyncSocketModeHandler(app(slack), slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def answering(
    slack: Slack, body: Any = "", status: int = 200, headers: list[Mapping[str, str]] | None = None
) -> AsyncIterator[list[str]]:
    """A bot over HTTP that gives everybody the same answer, and what it was sent; the headers go into their list."""
    sent: list[str] = []
    kept = [] if headers is None else headers

    async def answer(request: web.BaseRequest) -> web.Response:
        kept.append(request.headers)
        sent.append(await request.text())
        return web.Response(text=body, status=status) if isinstance(body, str) else web.json_response(body)

    async with _listening(slack, web.ServerRunner(web.Server(answer, access_log=None))):
        yield sent


@asynccontextmanager
async def _listening(slack: Slack, runner: web.BaseRunner) -> AsyncIterator[None]:
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.http_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def link(slack: Slack, autoping: bool = True) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A websocket by hand."""
    url = (await client(slack, "").apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url, autoping=autoping) as socket:
        yield socket
