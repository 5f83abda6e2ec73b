"""A server that strangers can neither stop nor make fill the log."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web

from bot.slack.connection import listening
from bot.slack.server import Bounds, Connection, Connections
from bot.slack.server_log import accepting
from tests.in_slack import bot_in_slack

pytestmark = pytest.mark.usefixtures("nothing_set")

HEAD = b"POST / HTTP/1.1\r\nHost: bot\r\n"
WHOLE = HEAD + b"Content-Length: 2\r\n\r\nhi"

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def greet(request: web.Request) -> web.Response:
    return web.Response(text=await request.text())


@asynccontextmanager
async def server(most: int = 20, whole_within: float = 5) -> AsyncIterator[int]:
    async with listening([web.post("/", greet)], ("127.0.0.1", 0), Bounds(most, whole_within)) as port:
        yield port


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def said(line: Line, data: bytes = WHOLE) -> bytes:
    """The first line of what the server answers; empty where it closes the connection."""
    line[1].write(data)
    return await read(line)


async def read(line: Line) -> bytes:
    try:
        async with asyncio.timeout(5):
            return (await line[0].read(4096)).partition(b"\r\n")[0]
    except ConnectionError:
        return b""


@pytest.mark.parametrize("begun", [b"", b"POST / HT", HEAD, HEAD + b"Content-Length: 9\r\n\r\nhi"])
async def test_a_request_that_is_not_whole_in_time_is_given_up(begun: bytes) -> None:
    async with server(whole_within=0.2) as port, line_to(port) as line:
        assert await said(line, begun) == b""


async def test_a_byte_now_and_then_gives_a_request_no_more_time() -> None:
    async with server(whole_within=0.3) as port, line_to(port) as line:
        for byte in HEAD[:20]:
            line[1].write(bytes([byte]))
            await asyncio.sleep(0.03)
        assert await read(line) == b""


async def test_between_two_requests_a_connection_may_rest_longer_and_the_next_one_has_its_own_time() -> None:
    async with server(whole_within=0.2) as port, line_to(port) as line:
        assert await said(line) == b"HTTP/1.1 200 OK"
        await asyncio.sleep(0.3)
        assert await said(line) == b"HTTP/1.1 200 OK"
        assert await said(line, HEAD) == b""


async def test_a_crowd_that_says_nothing_costs_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.connection.bounds", lambda: Bounds(20))
    async with bot_in_slack("http", tmp_path) as world, AsyncExitStack() as stack:
        port = int(str(world.slack.http_url).rpartition(":")[2].partition("/")[0])
        crowd = [await stack.enter_async_context(line_to(port)) for _ in range(60)]
        acks = [await world.slack.command("help") for _ in range(20)]
        assert [ack.error for ack in acks] == [None] * 20
        assert await read(crowd[0]) == b""


class Made(asyncio.Transport):
    """The connection of a test."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted


def connected(connections: Connections) -> tuple[Connection, Made]:
    made, transport = connections(), Made()
    made.connection_made(transport)
    return made, transport


async def test_room_is_made_by_the_one_that_has_waited_longest_for_its_first_request() -> None:
    connections = Connections(asyncio.Protocol, Bounds(most=4))
    ends = [connected(connections) for _ in range(4)]
    with ends[0][0].working():
        pass  # It has asked, and is idle now.
    connected(connections)
    assert [transport.aborted for _, transport in ends] == [False, True, False, False]


async def test_half_of_the_room_is_for_connections_that_have_not_asked_yet() -> None:
    connections = Connections(asyncio.Protocol, Bounds(most=4))
    ends = [connected(connections) for _ in range(4)]
    for connection, _ in ends[:3]:
        with connection.working():
            pass
    connected(connections)
    assert [transport.aborted for _, transport in ends] == [True, False, False, False]


async def test_while_all_connections_are_worked_at_a_new_one_is_closed_and_when_one_has_gone_there_is_room() -> None:
    connections = Connections(asyncio.Protocol, Bounds(most=1))
    (first, kept) = connected(connections)
    with first.working():
        assert connected(connections)[1].aborted
        assert not kept.aborted
    first.connection_lost(None)
    assert not connected(connections)[1].aborted


@pytest.mark.parametrize(
    "odd",
    [
        HEAD + b"X-Long: " + b"a" * 9000 + b"\r\n\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
        HEAD + b":\r\n\r\n",
    ],
)
async def test_a_head_that_is_too_long_or_odd_is_a_bad_request_and_one_line_a_minute(
    odd: bytes, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with server() as port:
        for _ in range(3):
            async with line_to(port) as line:
                assert await said(line, odd) == b"HTTP/1.0 400 Bad Request"
    assert capsys.readouterr().out.count("request-malformed") == 1
    assert not caplog.records


async def test_an_odd_body_is_a_bad_request_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async with server() as port, line_to(port) as line:
        body = b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\njunk"
        assert await said(line, HEAD + body) == b"HTTP/1.1 400 Bad Request"
    assert not caplog.records


async def test_too_many_open_files_are_told_once_a_minute(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    with accepting():
        for _ in range(3):
            error = OSError(errno.EMFILE, "Too many open files")
            loop.call_exception_handler({"message": "out of resource", "exception": error, "socket": None})
        assert not caplog.records
        loop.call_exception_handler({"message": "another failure"})
    assert [record.getMessage() for record in caplog.records] == ["another failure"]
    logged = capsys.readouterr().out
    assert logged.count("cannot-accept") == 1
    assert "Too many open files" in logged
    assert loop.get_exception_handler() is None
