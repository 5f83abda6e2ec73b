"""Keeps connections that ask nothing, or ask slowly, from taking an HTTP server away from Slack."""

import asyncio
import resource
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from aiohttp import web

WHOLE_WITHIN = 10.0  # Seconds for the head and the body of a request. aiohttp has no bound of its own for either.
MOST_CONNECTIONS = 200
# asyncio accepts as many as its `backlog` before it reads from one. Were they as many as are let in, a crowd that comes
# at once would push a request out before it is read. The others wait in the kernel's queue.
ACCEPTED_AT_ONCE, LONGEST_BACKLOG = 8, 1024
# Seconds between two requests on a connection: more than the sixty after which load balancers commonly close it, since
# one that the server closes first may carry a request already.
KEEP_ALIVE = 75.0


class Bounds(NamedTuple):
    """How many connections may be open, and how many seconds a request has until it is whole."""

    most: int
    whole_within: float = WHOLE_WITHIN


def bounds() -> Bounds:
    """This machine's: half of the files that the process may open, since what it asks of Slack, Devin and the database
    needs some as well.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Bounds(MOST_CONNECTIONS if files == resource.RLIM_INFINITY else max(1, min(MOST_CONNECTIONS, files // 2)))


async def start_server(
    make: Callable[[], asyncio.Protocol], address: tuple[str, int], within: Bounds
) -> asyncio.Server:
    """Listens for connections with protocols of aiohttp's. Raises OSError where it cannot."""
    connections, loop = Connections(make, within), asyncio.get_running_loop()
    server = await loop.create_server(connections, *address, backlog=ACCEPTED_AT_ONCE)
    for listener in server.sockets:
        with listener.dup() as same:
            same.listen(LONGEST_BACKLOG)
    return server


class Connections:
    """The open connections of a server, which makes a protocol of aiohttp's for each."""

    def __init__(self, make: Callable[[], asyncio.Protocol], bounds: Bounds) -> None:
        self._make, self._most, self.whole_within = make, bounds.most, bounds.whole_within
        # Those without a whole request at hand; in each, the first has waited longest.
        self._new: dict[Connection, None] = {}
        self._idle: dict[Connection, None] = {}  # They have asked before.
        self._working: set[Connection] = set()

    def __call__(self) -> "Connection":
        """A protocol, as asyncio wants one for each connection."""
        return Connection(self._make(), self)

    def admit(self, new: "Connection") -> bool:
        """Whether there is room, which is made at the cost of one that has waited longest: of a new one, since a load
        balancer may be using an idle one this moment, but half of the room is for the new.
        """
        if len(self._new) + len(self._idle) + len(self._working) >= self._most:
            from_idle = not self._new or len(self._idle) > self._most // 2
            waiting = self._idle if from_idle else self._new
            if not waiting:
                return False
            next(iter(waiting)).abort()
        self._new[new] = None
        return True

    def begin(self, connection: "Connection") -> None:
        """A connection has a whole request."""
        self.forget(connection)
        self._working.add(connection)

    def rest(self, connection: "Connection") -> None:
        """A connection waits for its next request."""
        self.forget(connection)
        self._idle[connection] = None

    def forget(self, connection: "Connection") -> None:
        """It is closed."""
        self._new.pop(connection, None)
        self._idle.pop(connection, None)
        self._working.discard(connection)


class Connection(asyncio.Protocol):
    """A protocol of aiohttp's, which is closed where a request is not whole in time."""

    def __init__(self, inner: asyncio.Protocol, connections: Connections) -> None:
        self._inner, self._all = inner, connections
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._working = self._early = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Lets it in, if there is room."""
        assert isinstance(transport, asyncio.Transport)
        if not self._all.admit(self):
            transport.abort()
            return
        self._transport = transport
        self._start_timer()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """The first bytes of a request start its time; where another is worked at, the end of that does."""
        if self._working:
            self._early = True
        elif self._timer is None:
            self._start_timer()
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """As aiohttp has it."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """As aiohttp has it."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """As aiohttp has it."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Makes room."""
        if self._transport is None:
            return
        self._transport = None
        self._stop_timer()
        self._all.forget(self)
        self._inner.connection_lost(exc)

    def abort(self) -> None:
        """Closes it at once."""
        self._all.forget(self)
        if self._transport:
            self._transport.abort()

    @contextmanager
    def working(self) -> Iterator[None]:
        """While the answer to a whole request is made, the connection is not closed for another's sake."""
        self._stop_timer()
        self._working, self._early = True, False
        self._all.begin(self)
        try:
            yield
        finally:
            self._working = False
            if self._transport and not self._transport.is_closing():
                self._all.rest(self)
                if self._early:
                    self._start_timer()

    def _start_timer(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._all.whole_within, self.abort)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None


@web.middleware
async def read_whole(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Reads a request's body before anything is done for it."""
    try:
        await request.read()
    except (web.RequestPayloadError, ConnectionError):
        return web.Response(status=400)
    connection = request.transport.get_protocol() if request.transport else None
    if not isinstance(connection, Connection):  # It is gone.
        return web.Response(status=400)
    with connection.working():
        return await handler(request)
