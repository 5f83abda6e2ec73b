"""Serves the playground's page on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.messages.page import Page
from bot.messages.render import text
from bot.playground.actions import VisitorActions
from bot.playground.simulation import Simulation
from bot.problems import Problem

HOST = "127.0.0.1"
PAGE_FOLDER = Path(__file__).parent / "page"
CONTENT_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PROBLEM_STATUS = {
    "playground-request": HTTPStatus.BAD_REQUEST,
    "playground-stranger": HTTPStatus.FORBIDDEN,
    "playground-gone": HTTPStatus.NOT_FOUND,
}
EVENT_GAP = 0.05  # Seconds between two events.
EVENT_HEARTBEAT = 15.0  # Seconds.


class Site:
    """Answers the page's requests."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._actions = VisitorActions(simulation)

    def app(self) -> web.Application:
        """The application with its routes."""
        app = web.Application(middlewares=[_errors_as_json, _refuse_other_sites])
        app.on_response_prepare.append(_add_headers)
        app.add_routes(
            [
                web.get("/", _index),
                web.get("/page/{name}", _named_file),
                web.get("/api/events", self._events),
                web.get("/api/state", self._state),
                web.get("/api/file/{id}/{name}", self._uploaded),
                *self._actions.routes(),
            ]
        )
        return app

    async def _state(self, request: web.Request) -> web.Response:
        user = request.query.get("user", "")
        if user not in {"", *self._simulation.slack.users}:
            raise LookupError(user)
        return web.json_response(self._simulation.state_for(user))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Sends the state's version at once, and again after every change."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        slack, sent = self._simulation.slack, -1
        while True:
            with suppress(TimeoutError):  # Then the same once more, so that a page that is gone is noticed.
                await slack.until(lambda: slack.version != sent, seconds=EVENT_HEARTBEAT)  # noqa: B023 (called here only)
            sent = slack.version
            await response.write(b'data: {"version": %d}\n\n' % sent)
            await asyncio.sleep(EVENT_GAP)

    async def _uploaded(self, request: web.Request) -> web.Response:
        for file in self._simulation.slack.files:
            if file.id == request.match_info["id"] and file.ts is not None:
                headers = {"Content-Disposition": "attachment", "Content-Type": "application/octet-stream"}
                return web.Response(body=file.content, headers=headers)
        raise LookupError(request.match_info["id"])


@asynccontextmanager
async def serving(simulation: Simulation, port: int) -> AsyncIterator[int]:
    """The page on a port; 0 is any that is free, and the block gets its number. Raises Problem where it is taken."""
    runner = web.AppRunner(Site(simulation).app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.05)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            raise Problem("cannot-listen", address=f"{HOST}:{port}", detail=str(error)) from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _index(_: web.Request) -> web.Response:
    return await _page_file("index.html")


async def _named_file(request: web.Request) -> web.Response:
    return await _page_file(request.match_info["name"])


async def _page_file(name: str) -> web.Response:
    path = PAGE_FOLDER / name
    if path.parent != PAGE_FOLDER or path.suffix not in CONTENT_TYPES or not path.is_file():
        raise LookupError(name)
    return web.Response(body=path.read_bytes(), content_type=CONTENT_TYPES[path.suffix], charset="utf-8")


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every error into JSON with a sentence and a status."""
    try:
        return await handler(request)
    except web.HTTPError as error:
        return web.json_response({"error": error.reason}, status=error.status)
    except LookupError:
        return _problem_response(Problem("playground-gone"))
    except Problem as problem:
        return _problem_response(problem)


def _problem_response(problem: Problem) -> web.Response:
    words = text(Page("problems/problem", "en", {"problem": problem}))
    return web.json_response({"error": words}, status=PROBLEM_STATUS.get(problem.key, HTTPStatus.CONFLICT))


@web.middleware
async def _refuse_other_sites(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses requests of other sites in the same browser, and of other host names that resolve to this machine."""
    own = request.transport and request.transport.get_extra_info("sockname")[1]
    hosts = {f"{name}:{own}" for name in (HOST, "localhost")}
    from_page = request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}
    if request.method == "GET":
        allowed = from_page or not request.path.startswith("/api/")
    else:
        by_page = request.headers.get("Origin") == f"http://{request.host}"
        allowed = from_page and by_page and request.content_type == "application/json"
    if request.host not in hosts or not allowed:
        raise Problem("playground-stranger")
    return await handler(request)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)
