"""A question of many calls, against the fewest round trips to Devin that any bot could answer it in.

Twelve weeks of two organizations are fourteen calls, of which eight may be under way at once. The question is asked of
an empty database, once more a moment later, and two hours later, when only what has not settled is read again. Devin is
the stand-in in a process of its own, and takes 200 ms for each call; the floor is one call alone. Of each the fastest
round counts, since what else the machine does meanwhile says nothing of the bot.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil

import httpx

from bot.commands.answer import COMMANDS, answer
from bot.commands.ports import Services
from bot.devin import Cell, Devin, Reading
from bot.devin.cache import ReadingCache
from bot.devin.gather import Gather
from bot.devin.http import http_devin
from bot.messages.render import render
from bot.playground.devin.sample import ORGS
from bot.queries.request import Account, Aliases, Request
from bot.store import open_store
from bot.store.migrations import migrate
from bot.store.readings import StoredReadings
from bot.telemetry import configure_logs

TEXT = "last 12w by=week org=payments,search vs=previous tz=America/New_York"
AT = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
MOMENTS = {"cold": timedelta(), "at once again": timedelta(seconds=5), "two hours later": timedelta(hours=2)}
CALLS = {"cold": 14, "at once again": 0, "two hours later": 5}  # The whole, and four weeks that have not settled.
PLACES, ROUNDS = 8, 7
TARGET = 1.2

SERVER = """
import asyncio, sys
from datetime import datetime, UTC
from bot.playground.devin.standin import DevinFault, devin_standin

async def main():
    async with devin_standin(datetime(2026, 11, 20, 19, 5, tzinfo=UTC)) as devin:
        devin.faults.extend(DevinFault(delay=0.2) for _ in range(10_000))
        print(devin.url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""


@dataclass
class Counted:
    """Devin, and how many calls were made."""

    devin: Devin
    cells: list[Cell] = field(default_factory=list)

    async def read(self, cell: Cell) -> Reading:
        self.cells.append(cell)
        return await self.devin.read(cell)


@dataclass
class Asked:
    """Seconds and calls that a question took, in each round."""

    seconds: list[float] = field(default_factory=list)
    calls: set[int] = field(default_factory=set)


async def measure(url: str) -> tuple[dict[str, Asked], float]:
    """What each moment's question took, and the seconds of one round trip, which take turns."""
    taken, trips = {name: Asked() for name in MOMENTS}, list[float]()
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": "Bearer cog_benchmark"}) as client:
        for round_ in range(ROUNDS + 1):
            told = await _asked_of_an_empty_database(url)
            trip = await _seconds(partial(_one_call, client))
            if round_:  # Before that templates were compiled, and connections opened.
                trips.append(trip)
                for name, (seconds, calls) in told.items():
                    taken[name].seconds.append(seconds)
                    taken[name].calls.add(calls)
    return taken, min(trips)


async def _asked_of_an_empty_database(url: str) -> dict[str, tuple[float, int]]:
    """Seconds and calls of the question at each moment."""
    at = AT
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_devin("cog_benchmark", url, timedelta(seconds=10), lambda: at))
        store = await stack.enter_async_context(open_store(f"sqlite:///{tempfile.mkdtemp()}/questions.db"))
        await migrate(store)
        devin = Counted(http)
        gather = Gather(devin, PLACES, ReadingCache(StoredReadings(store, "T1"), lambda: at, timedelta(days=30)))
        services = Services(Account("v3-enterprise", orgs=Aliases(ORGS)), gather, COMMANDS)
        told = {}
        for name, later in MOMENTS.items():
            at, before = AT + later, len(devin.cells)
            seconds = await _seconds(partial(_answered, services, at))
            told[name] = seconds, len(devin.cells) - before
        return told


async def _answered(services: Services, at: datetime) -> None:
    page = await answer(Request(TEXT, at), services)
    assert page.template == "report/report", page.data
    render(page)


async def _one_call(client: httpx.AsyncClient) -> None:
    week = {"time_after": "1794546000", "time_before": "1795150800", "org_ids": ["org-payments", "org-search"]}
    (await client.get("/v3/enterprise/metrics/sessions", params=week)).raise_for_status()


async def _seconds(work: Callable[[], Awaitable[None]]) -> float:
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start


def report(taken: dict[str, Asked], trip: float) -> int:
    """Prints the figures; how many targets were missed."""
    missed = 0
    print(f"one round trip to Devin {1000 * trip:.0f} ms, at most {PLACES} at a time; a question of twelve weeks:")
    for name, asked in taken.items():
        calls, took = max(asked.calls), min(asked.seconds)
        trips = max(ceil(CALLS[name] / PLACES), 1)
        ratio = took / (trips * trip)
        missed += (asked.calls != {CALLS[name]}) + (ratio > TARGET)
        print(f"{name}: {calls} calls ({CALLS[name]} needed) in {1000 * took:.0f} ms", end=", ")
        print(f"{trips} round trip{'s' if trips > 1 else ''}: {ratio:.2f} times (at most {TARGET})")
    return missed


def main() -> int:
    """Starts the stand-in, and ends it again; 1 over a target."""
    configure_logs("warning", None)
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as end:
        assert end.stdout
        taken, trip = asyncio.run(measure(end.stdout.readline().strip()))
        end.communicate()
    return int(report(taken, trip) > 0)
