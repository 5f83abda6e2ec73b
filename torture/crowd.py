"""Counts the commands that a bot over HTTP loses to a crowd of connections that ask nothing, with few files to open."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from bot.playground.devin import standin as devin_end
from bot.playground.slack import standin as slack_end
from tests.in_slack import free_port
from torture.processes import BOT, environment, migrate

FILES = 256  # What macOS lets a process open, and less than any Linux does.
MOST_LOGGED = 1_000_000  # Bytes.


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many connections say nothing, and how many a byte a second; how many commands come in each second."""

    idle: int = 300
    dripping: int = 50
    rate: int = 20
    seconds: int = 20


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of it."""

    commands: int
    lost: int
    slowest: float  # Seconds until an ack.
    logged: int  # Bytes.


async def count(crowd: Crowd, folder: Path) -> Counted:
    """Runs a bot in a folder, with that crowd before it."""
    now = lambda: datetime.now(UTC)  # noqa: E731
    async with slack_end.slack_standin(now) as slack, devin_end.devin_standin(now) as devin:
        settings = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "DEVIN_API_KEY": "cog_test",
            "DEVIN_API_URL": devin.url,
            "DATABASE_URL": f"sqlite:///{folder}/bot.db",
        }
        await migrate(settings, folder)
        port, log = free_port(), folder / "log"
        slack.http_url = f"http://127.0.0.1:{port}/slack/events"
        async with running(settings, folder, log, port), around(crowd, port):
            await asyncio.sleep(1)
            acks = await asyncio.gather(*[command(slack, at / crowd.rate) for at in range(crowd.rate * crowd.seconds)])
        taken = [ack for ack in acks if ack is not None]
        return Counted(len(acks), len(acks) - len(taken), max(taken, default=0.0), log.stat().st_size)


async def command(slack: slack_end.Slack, after: float) -> float | None:
    """Types a command in so many seconds; how long the ack took, None where there was none."""
    await asyncio.sleep(after)
    delivery = await slack.command("help")
    return None if delivery.error else delivery.ack_seconds


@asynccontextmanager
async def running(settings: dict[str, str], folder: Path, log: Path, port: int) -> AsyncIterator[None]:
    """The bot, with few files that it may open."""
    run = ["sh", "-c", f'ulimit -n {FILES}; exec "$@"', "sh", *BOT, "run", "--http", f"127.0.0.1:{port}"]
    with log.open("wb") as logged:
        process = await asyncio.create_subprocess_exec(*run, cwd=folder, env=environment(settings), stderr=logged)
        try:
            async with asyncio.timeout(60):
                await until_ready(port)
            yield
        finally:
            process.kill()
            await process.wait()


async def until_ready(port: int) -> None:
    """Asks until it is."""
    async with aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def around(crowd: Crowd, port: int) -> AsyncIterator[None]:
    """The crowd; whoever is sent away comes again after a second."""
    kinds: list[Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]]] = [
        *[wait] * crowd.idle,
        *[drip] * crowd.dripping,
    ]
    there = [asyncio.create_task(come(kind, port)) for kind in kinds]
    try:
        yield
    finally:
        for one in there:
            one.cancel()
        await asyncio.gather(*there, return_exceptions=True)


async def come(do: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]], port: int) -> None:
    """One of the crowd."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await do(reader, writer)
            finally:
                writer.close()
        await asyncio.sleep(1)


async def wait(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Says nothing."""
    await reader.read()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends a head that has no end."""
    writer.write(b"POST /slack/events HTTP/1.1\r\nX-Long: ")
    while not reader.at_eof() and not writer.is_closing():
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(1)


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        counted = asyncio.run(count(Crowd(), Path(place)))
    print(counted)
    sys.exit(1 if counted.lost or counted.logged > MOST_LOGGED else 0)
