"""The bot in Slack, from its first call to its last answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TypeVar

import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.commands.ports import SlackError
from bot.problems import Problem
from bot.slack import asking, clicks, home, mentions
from bot.slack.bot import Bot
from bot.slack.client import Workspace
from bot.slack.forms import modals
from bot.slack.forms.build import BUILD
from bot.slack.forms.digest import DIGEST
from bot.slack.health import Health
from bot.slack.refusals import TOKEN_REFUSED, first_call_problem
from bot.slack.server import KEEP_ALIVE, Bounds, bounds, read_whole, start_server
from bot.slack.server_log import ServerLog, accepting
from bot.slack.socket import Socket
from bot.telemetry import log_failure

log = structlog.get_logger(__name__)
FirstCall = TypeVar("FirstCall")

DRAIN = 15.0  # Seconds, and three for words to the others: platforms commonly kill a process after thirty.
LONGEST_GOODBYE = 2.0  # Seconds.
LONGEST_CONNECT_PAUSE = 30.0  # Seconds between two tries to reach Slack at the start.


async def keep_trying(call: Callable[[], Awaitable[FirstCall]], setting: str, stop: asyncio.Event) -> FirstCall | None:
    """Makes a first call to Slack, and keeps trying while Slack cannot be reached; None when told to stop meanwhile.

    Raises Problem where Slack refuses the token in that setting.
    """
    pause = 1.0
    while not stop.is_set():
        try:
            return await call()
        except SlackError as error:
            if error.code in TOKEN_REFUSED:
                raise first_call_problem(error, setting) from None
            log.warning("slack-unreachable", reason=error.code, next_try_in=error.retry_after or pause)
            await _pause(error.retry_after or pause, stop)
            pause = min(2 * pause, LONGEST_CONNECT_PAUSE)
    return None


def bolt_app(bot: Bot, workspace: Workspace, token: str, signing_secret: str) -> AsyncApp:
    """Bolt with this bot's listeners. It is told who it is: with a bare token it would ask Slack in a first request."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=workspace.enterprise or None,
            team_id=None if workspace.org_wide else workspace.team,
            bot_user_id=workspace.bot_user,
            bot_id=workspace.bot,
            bot_token=token,
            bot_scopes=sorted(workspace.scopes),
        )

    app = AsyncApp(name="devin-metrics", signing_secret=signing_secret, client=bot.client, authorize=authorize)
    asking.register(app, bot)
    mentions.register(app, bot)
    home.register(app, bot)
    modals.register(app, BUILD, bot)
    modals.register(app, DIGEST, bot)
    clicks.register(app, bot)  # The last, since it takes what no other listener does.
    return app


@asynccontextmanager
async def listening(
    routes: Sequence[web.RouteDef], address: tuple[str, int], within: Bounds | None = None
) -> AsyncIterator[int]:
    """A server for these routes; the port that it listens on. Raises Problem where it cannot listen."""
    served = web.Application(middlewares=[read_whole])
    served.add_routes(routes)
    runner = web.AppRunner(
        served, access_log=None, shutdown_timeout=1, keepalive_timeout=KEEP_ALIVE, logger=ServerLog()
    )
    await runner.setup()
    assert runner.server
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        stack.enter_context(accepting())
        try:
            server = await start_server(runner.server, address, within or bounds())
        except OSError as error:
            raise Problem("cannot-listen", address=f"{address[0]}:{address[1]}", detail=str(error)) from None
        stack.callback(server.close)
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def connected(socket: Socket | None, health: Health) -> AsyncIterator[None]:
    """Takes commands in: over a socket, or over the HTTP server that is up already."""
    health.connected = socket.connected if socket else _always
    log.info("ready", transport="socket" if socket else "http")
    if socket is None:
        yield
        return
    health.quiet.set_function(socket.quiet_for)
    watching = asyncio.create_task(socket.watch())
    watching.add_done_callback(partial(log_failure, event="socket-not-watched"))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        with suppress(TimeoutError):  # A dead peer may never say goodbye.
            await asyncio.wait_for(socket.close(), LONGEST_GOODBYE)


async def _always() -> bool:
    return True


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    """Sleeps, but not past the moment to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
