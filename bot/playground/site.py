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
from bot.playground.acts import Acts
from bot.playground.scene import Scene
from bot.problems import Problem

HOST = "127.0.0.1"
FILES = Path(__file__).parent / "page"
KINDS = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
STATUS = {
    "playground-request": HTTPStatus.BAD_REQUEST,
    "playground-stranger": HTTPStatus.FORBIDDEN,
    "playground-gone": HTTPStatus.NOT_FOUND,
}
GAP = 0.05  # Seconds between two events.
HEARTBEAT = 15.0  # Seconds.


class Site:
    """The page's requests."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._acts = Acts(scene)

    def app(self) -> web.Application:
        """All that it serves."""
        app = web.Application(middlewares=[_in_words, _guard])
        app.on_response_prepare.append(_add_headers)
        app.add_routes(
            [
                web.get("/", _index),
                web.get("/page/{name}", _file),
                web.get("/api/events", self._events),
                web.get("/api/state", self._state),
                web.get("/api/file/{id}/{name}", self._uploaded),
                *self._acts.routes(),
            ]
        )
        return app

    async def _state(self, request: web.Request) -> web.Response:
        user = request.query.get("user", "")
        if user not in {"", *self._scene.slack.users}:
            raise LookupError(user)
        return web.json_response(self._scene.seen_by(user))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Tells at once, and then after every change, that there is another state to read."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        slack, told = self._scene.slack, -1
        while True:
            with suppress(TimeoutError):  # Then the same once more, so that a page that is gone is noticed.
                await slack.until(lambda: slack.version != told, seconds=HEARTBEAT)  # noqa: B023 (called here only)
            told = slack.version
            await response.write(b'data: {"version": %d}\n\n' % told)
            await asyncio.sleep(GAP)

    async def _uploaded(self, request: web.Request) -> web.Response:
        for file in self._scene.slack.files:
            if file.id == request.match_info["id"] and file.ts is not None:
                headers = {"Content-Disposition": "attachment", "Content-Type": "application/octet-stream"}
                return web.Response(body=file.content, headers=headers)
        raise LookupError(request.match_info["id"])


@asynccontextmanager
async def serving(scene: Scene, port: int) -> AsyncIterator[int]:
    """The page on a port; 0 is any that is free, and the block gets its number. Raises Problem where it is taken."""
    runner = web.AppRunner(Site(scene).app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.05)
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
    return await _page("index.html")


async def _file(request: web.Request) -> web.Response:
    return await _page(request.match_info["name"])


async def _page(name: str) -> web.Response:
    path = FILES / name
    if path.parent != FILES or path.suffix not in KINDS or not path.is_file():
        raise LookupError(name)
    return web.Response(body=path.read_bytes(), content_type=KINDS[path.suffix], charset="utf-8")


@web.middleware
async def _in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error is JSON with words and a status."""
    try:
        return await handler(request)
    except web.HTTPError as error:
        return web.json_response({"error": error.reason}, status=error.status)
    except LookupError:
        return _refusal(Problem("playground-gone"))
    except Problem as problem:
        return _refusal(problem)


def _refusal(problem: Problem) -> web.Response:
    words = text(Page("problems/problem", "en", {"problem": problem}))
    return web.json_response({"error": words}, status=STATUS.get(problem.key, HTTPStatus.CONFLICT))


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses what another site in the same browser, or a name that leads to this machine, would ask."""
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
    response.headers.update(HEADERS)
