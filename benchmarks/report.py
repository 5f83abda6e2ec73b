"""CPU of one report, from typed words to JSON, against the least that any bot would have to do for it.

The floor: two GETs with httpx, two bodies through pydantic, one ready message through `json.dumps`. Devin is the
stand-in in a process of its own, so that only the client's CPU counts.
"""

import asyncio
import json
import statistics
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import process_time

import httpx

from bot.commands.answer import COMMANDS, answer
from bot.commands.ports import Services
from bot.devin.gather import Gather
from bot.devin.http import http_devin
from bot.devin.v3 import counts
from bot.messages import locales
from bot.messages.page import Page
from bot.messages.render import render
from bot.queries.request import Account, Aliases, Request

TEXT = "last 7d org=payments tz=America/New_York"
AT = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
KEY = "cog_benchmark"
ROUNDS, PER_ROUND = 15, 40
TARGET = 2.5

SERVER = """
import asyncio, sys
from datetime import datetime, UTC
from bot.playground.devin.standin import devin_standin

async def main():
    async with devin_standin(lambda: datetime(2026, 11, 20, 19, 5, tzinfo=UTC)) as devin:
        print(devin.url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""


async def measure(url: str) -> tuple[float, float]:
    """Milliseconds of CPU for one report and for its floor: medians over rounds that take turns."""
    async with (
        http_devin(KEY, url, timedelta(seconds=10), lambda: AT) as devin,
        httpx.AsyncClient(base_url=url) as client,
    ):
        account = Account("v3-enterprise", orgs=Aliases({"Payments": "org-payments"}))
        services = Services(account, Gather(devin, 8), COMMANDS)
        ready = render(await answer(Request(TEXT, AT), services)).as_dict()

        async def report() -> str:
            locales._printed_number.cache_clear()  # Reports have other numbers each time.
            page: Page = await answer(Request(TEXT, AT), services)
            return json.dumps(render(page).as_dict())

        async def floor() -> str:
            for after, before in (("1794546000", "1795150800"), ("1793941200", "1794546000")):
                query = {"time_after": after, "time_before": before, "org_ids": "org-payments"}
                answered = await client.get(
                    "/v3/enterprise/metrics/sessions", params=query, headers={"Authorization": f"Bearer {KEY}"}
                )
                counts(answered.content)
            return json.dumps(ready)

        reports, floors = [], []
        for _ in range(ROUNDS):
            reports.append(await _cpu(report))
            floors.append(await _cpu(floor))
    return statistics.median(reports), statistics.median(floors)


async def _cpu(work: Callable[[], Awaitable[object]]) -> float:
    start = process_time()
    for _ in range(PER_ROUND):
        await work()
    return 1000 * (process_time() - start) / PER_ROUND


def main() -> int:
    """Prints the figures; 1 over the target."""
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        report, floor = asyncio.run(measure(server.stdout.readline().strip()))
    finally:
        server.communicate(timeout=10)
    print(f"one report {report:.2f} ms of CPU, its floor {floor:.2f} ms: {report / floor:.2f} times (at most {TARGET})")
    return int(report / floor > TARGET)
