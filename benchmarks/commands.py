"""Commands in Slack, against the least that any bot on Bolt would have to do: acknowledging, and answering.

One server holds the bot and two listeners beside it: an empty one (the floor of an acknowledgement), and one that makes
two GETs and one post (the floor of an answer). Devin and Slack are the stand-ins in a process of their own; the load
comes from this one.
"""

import asyncio
import hashlib
import hmac
import json
import statistics
import subprocess
import sys
import time
import uuid
from urllib.parse import urlencode

import aiohttp

PER_SECOND, SECONDS = 100, 10
ANSWERS, ROUNDS = 200, 3
LONGEST_WAIT = 20.0  # Seconds for the last answers; what has not come by then is lost.
ACK_TARGET, ANSWER_TARGET = 1.3, 0.6

ENDS = """
import asyncio, json, sys
from datetime import datetime, UTC
from aiohttp import web
from bot.playground.devin import standin as devin
from bot.playground.slack import standin as slack

posted = 0

async def take(request):
    global posted
    await request.read()
    posted += 1
    return web.Response(text="ok")

async def count(request):
    return web.json_response(posted)

async def main():
    app = web.Application()
    app.add_routes([web.post("/response", take), web.get("/posted", count)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    now = lambda: datetime.now(UTC)
    async with devin.devin_standin(now) as one, slack.slack_standin(now) as other:
        print(json.dumps({"devin": one.url, "slack": other.api_url, "token": other.bot_token,
                          "secret": other.signing_secret,
                          "response": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""


class Load:
    """Sends signed commands to the server, and counts what is answered."""

    def __init__(self, session: aiohttp.ClientSession, ends: dict[str, str], port: int) -> None:
        self._session = session
        self._ends = ends
        self._base = f"http://127.0.0.1:{port}"

    async def send(self, path: str) -> float:
        """Sends one command; how many seconds its acknowledgement took."""
        command = {
            "command": "/devin-metrics",
            "text": "last week org=org-payments",
            "user_id": "U01",
            "team_id": "T01STANDIN",
            "response_url": f"{self._ends['response']}/response",
            "trigger_id": str(uuid.uuid4()),  # As Slack's, so that no two bodies are the same.
        }
        body, timestamp = urlencode(command), str(int(time.time()))
        signed = hmac.new(self._ends["secret"].encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signed}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        start = time.perf_counter()
        async with self._session.post(self._base + path, data=body, headers=headers) as response:
            await response.read()
            assert response.status == 200
        return time.perf_counter() - start

    async def posted(self) -> int:
        """How many answers have come in."""
        async with self._session.get(f"{self._ends['response']}/posted") as response:
            count: int = await response.json()
            return count

    async def steadily(self) -> dict[str, list[float]]:
        """Acknowledgement times at a steady rate: at each tick one to the bot, one to the empty listener."""
        tasks: dict[str, list[asyncio.Task[float]]] = {"/slack/events": [], "/empty": []}
        start = time.perf_counter()
        for tick in range(PER_SECOND * SECONDS):
            for position, path in enumerate(tasks):
                at = start + (tick + position / 2) / PER_SECOND
                await asyncio.sleep(max(0, at - time.perf_counter()))
                tasks[path].append(asyncio.create_task(self.send(path)))
        return {path: await asyncio.gather(*sent) for path, sent in tasks.items()}

    async def answered(self, path: str) -> float:
        """Commands answered per second, when all are sent at once."""
        before, start = await self.posted(), time.perf_counter()
        await asyncio.gather(*(self.send(path) for _ in range(ANSWERS)))
        while await self.posted() - before < ANSWERS:
            assert time.perf_counter() - start < LONGEST_WAIT, "answers were lost"
            await asyncio.sleep(0.01)
        return ANSWERS / (time.perf_counter() - start)


async def measure(ends: dict[str, str], port: int) -> int:
    """Prints the figures; how many targets were missed."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        load = Load(session, ends, port)
        for path in ("/slack/events", "/floor"):  # Once each, so that connections are open and templates compiled.
            await load.answered(path)
        await load.send("/empty")
        before = await load.posted()
        times = await load.steadily()
        sent = PER_SECOND * SECONDS
        deadline = time.perf_counter() + LONGEST_WAIT
        while (answered := await load.posted() - before) < sent and time.perf_counter() < deadline:
            await asyncio.sleep(0.05)
        rates: dict[str, list[float]] = {path: [] for path in ("/slack/events", "/floor")}
        for _ in range(ROUNDS):
            for path, measured in rates.items():
                measured.append(await load.answered(path))
    missed = int(answered != sent)
    for name, quantile in (("p50", 0.5), ("p99", 0.99)):
        bot, empty = (sorted(times[path])[int(quantile * sent)] for path in ("/slack/events", "/empty"))
        missed += bot / empty > ACK_TARGET
        print(f"ack {name}: {1000 * bot:.1f} ms, an empty listener's {1000 * empty:.1f} ms", end=": ")
        print(f"{bot / empty:.2f} times (at most {ACK_TARGET})")
    print(f"{sent} commands at {PER_SECOND}/s: {answered} answered, {sent - answered} lost")
    bot, floor = (statistics.median(rates[path]) for path in rates)
    missed += bot / floor < ANSWER_TARGET
    print(f"answered {bot:.0f} commands/s, the floor {floor:.0f}/s: {bot / floor:.2f} times (at least {ANSWER_TARGET})")
    return missed


def main() -> int:
    """Starts the ends and the server, and ends them again; 1 over a target."""
    start = [sys.executable, "-c", ENDS]
    with subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ends:
        assert ends.stdout
        told = json.loads(ends.stdout.readline())
        serve = [sys.executable, "-m", "benchmarks.server", json.dumps(told)]
        with subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            missed = asyncio.run(measure(told, int(server.stdout.readline())))
            server.communicate()
        ends.communicate()
    return int(missed > 0)
