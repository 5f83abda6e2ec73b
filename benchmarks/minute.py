"""A thousand digests that are due in the same minute, against the least time that Slack's limits leave for them.

One process on SQLite posts to the stand-in over sockets, at a pace that lets it end within a minute. The floor is the
busiest channel's posts with a second between them, or all posts at that pace, whichever takes longer. Devin and Slack
are the stand-ins in a process of their own, by the same clock.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from bisect import bisect
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import aiohttp

from bot.commands.answer import COMMANDS
from bot.commands.ports import Services
from bot.devin.cache import ReadingCache
from bot.devin.gather import Gather
from bot.devin.http import http_devin
from bot.digests.clock import Clock, Timing
from bot.digests.context import DigestContext
from bot.digests.runner import Options, open_engine, running
from bot.digests.team_services import TeamServices
from bot.digests.watchdog import Watchdog
from bot.playground.devin.sample import ORGS, SERVICE_USERS, USERS
from bot.queries.query import Query, parse
from bot.queries.request import AS_INSTALLED, Account, Aliases, Names
from bot.reports.plan import plan
from bot.schedules.delivery import Digest
from bot.schedules.schedule import read_rule
from bot.slack.channels import SlackChannels
from bot.slack.client import web_client
from bot.slack.fallback import Fallback
from bot.store import open_store
from bot.store.digests import add_digest
from bot.store.installation import Installation
from bot.store.migrations import migrate
from bot.store.readings import StoredReadings
from bot.telemetry import configure_logs

DIGESTS, CHANNELS, BUSY = 1000, 60, 40  # So many of the digests, the first ones, go to one channel.
PACE = 20.0  # Posts a second.
FLOOR = max(BUSY * Timing().channel_gap.total_seconds(), DIGESTS / PACE)
TARGET, LONGEST = 1.25, 3.0  # Times the floor.
MOST = 3  # Posts to a channel in a second: slots are a second apart, and a process may stutter.
NEW_YORK = ZoneInfo("America/New_York")
DUE = datetime(2026, 11, 23, 9, tzinfo=NEW_YORK).astimezone(UTC)
LEAD = timedelta(seconds=3)  # Until they are due.
ACCOUNT = Account("v3-enterprise", orgs=Aliases(ORGS))

ENDS = """
import asyncio, json, sys
from datetime import datetime, timedelta, UTC
from aiohttp import web
from bot.playground.devin import standin as devin
from bot.playground.slack import standin as slack

async def main(ahead, channels):
    now = lambda: datetime.now(UTC) + timedelta(seconds=ahead)
    async with devin.devin_standin(now) as one, slack.slack_standin(now) as other:
        other.channels |= {name: slack.Channel(name.lower()) for name in channels}

        async def told(request):
            posts = [(post.metadata["event_payload"]["delivery"], post.channel, float(post.ts)) for post in other.posts]
            return web.json_response({"posts": posts, "calls": [asked.path + asked.query for asked in one.requests]})

        app = web.Application()
        app.add_routes([web.get("/told", told)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(json.dumps({"devin": one.url, "slack": other.api_url, "token": other.bot_token, "team": other.team_id,
                          "told": f"http://127.0.0.1:{runner.addresses[0][1]}/told"}), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main(*json.loads(sys.argv[1])))
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What the stand-ins saw: each post's delivery, channel and time, and each call of Devin's API."""

    posts: list[tuple[str, str, float]]
    calls: list[str]

    @property
    def most(self) -> int:
        """The most posts that a channel got in any second."""
        times = sorted(self.posts, key=lambda post: post[2])
        channels = {name: [at for _, channel, at in times if channel == name] for _, name, _ in times}
        return max((bisect(ats, at + 1) - n for ats in channels.values() for n, at in enumerate(ats)), default=0)


def queries() -> list[Query]:
    """Forty questions."""
    periods = ("last week", "last 4w", "last 7d", "last month")
    filters = ("", *(f"org={org}" for org in ORGS), *(f"user={user}" for user in USERS[:4]))
    filters += tuple(f"service_user={user}" for user in SERVICE_USERS)
    return [parse(f"{period} {filtered}") for period, filtered in product(periods, filters)]


def digests(since: datetime) -> list[Digest]:
    """All of them, no two the same."""
    rule, asked = read_rule("weekly monday 09:00", since.date()), queries()
    channels = [*[0] * BUSY, *(1 + number % (CHANNELS - 1) for number in range(DIGESTS - BUSY))]
    return [
        Digest(rule, NEW_YORK, asked[number % len(asked)], f"C{channel:03}", "en", since)
        for number, channel in enumerate(channels)
    ]


async def measure(ends: dict[str, str], ahead: timedelta) -> tuple[Told, float]:
    """Has them all posted; what the stand-ins saw of it, and the seconds of CPU that it took."""

    def now() -> datetime:
        return datetime.now(UTC) + ahead

    clock, timing = Clock(now), Timing()
    async with (
        aiohttp.ClientSession() as session,
        http_devin("cog_benchmark", ends["devin"], timedelta(seconds=10), now) as devin,
        open_store(f"sqlite:///{tempfile.mkdtemp()}/minute.db") as store,
    ):
        await migrate(store)
        async with store.writing() as connection:
            for digest in digests(now()):
                await add_digest(connection, ends["team"], digest)
        installation = Installation(store, ends["team"], now)
        async with open_engine(installation, clock, timing) as engine:
            channels = SlackChannels(web_client(ends["token"], ends["slack"], session), Fallback(), now, _as_installed)
            cache = ReadingCache(StoredReadings(store, ends["team"]), now, timedelta(days=30))
            services = Services(ACCOUNT, Gather(devin, 8, cache), COMMANDS, channels=channels)
            context = DigestContext(store, installation, engine, channels, clock, timing)
            start = time.process_time()
            async with running(context, TeamServices(services, store, engine), Options(pace=PACE), Watchdog(os._exit)):
                told = await _until_posted(session, ends["told"])
            return told, time.process_time() - start


async def _as_installed(_team: str) -> Names:
    return AS_INSTALLED


async def _until_posted(session: aiohttp.ClientSession, url: str) -> Told:
    """Looks until all are there; what is not there after LONGEST is lost."""
    deadline = time.monotonic() + LEAD.total_seconds() + LONGEST * FLOOR
    while True:
        await asyncio.sleep(1)
        async with session.get(url) as response:
            told = Told(**await response.json())
        if len(told.posts) >= DIGESTS or time.monotonic() > deadline:
            await asyncio.sleep(2)  # What comes twice comes now.
            return told


def report(told: Told, cpu: float) -> int:
    """Prints the figures; how many targets were missed."""
    cells = {cell for query in queries() for cell in plan(query, ACCOUNT, DUE, NEW_YORK).cells}
    times = Counter(delivery for delivery, *_ in told.posts)
    twice = sum(times.values()) - len(times)
    took = max((at for *_, at in told.posts), default=0) - DUE.timestamp()
    print(
        f"{DIGESTS} digests due at once: {len(times)} posted, {twice} twice; {1000 * cpu / DIGESTS:.0f} ms of CPU each"
    )
    print(f"{len(queries())} questions: {len(told.calls)} calls of Devin's API (at most {len(cells)}, one a cell)")
    print(f"last post after {took:.1f} s, the floor {FLOOR:.1f} s: {took / FLOOR:.2f} times (at most {TARGET})")
    print(f"{BUSY} of them for one channel: at most {told.most} in a second (at most {MOST})")
    missed = [len(times) != DIGESTS, twice > 0, len(told.calls) > len(cells), took / FLOOR > TARGET, told.most > MOST]
    return sum(missed)


def main() -> int:
    """Starts the ends, and ends them again; 1 over a target."""
    configure_logs("warning", None)
    ahead = DUE - LEAD - datetime.now(UTC)
    arguments = json.dumps([ahead.total_seconds(), [f"C{channel:03}" for channel in range(CHANNELS)]])
    start = [sys.executable, "-c", ENDS, arguments]
    with subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ends:
        assert ends.stdout
        told, cpu = asyncio.run(measure(json.loads(ends.stdout.readline()), ahead))
        ends.communicate()
    return int(report(told, cpu) > 0)
