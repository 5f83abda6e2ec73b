"""One replica of a trial: all that works on digests in a bot, by a fast clock. `python -m torture.replica TOLD`."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import aiohttp

from bot.devin import Cell, Reading, reuse
from bot.devin.gather import Gather
from bot.digests import replicas, run
from bot.digests.catch_up import Policy
from bot.digests.clock import Clock
from bot.digests.office import Office
from bot.digests.run import Options, open_engine, running
from bot.digests.stored import StoredDigests
from bot.digests.watchdog import Watchdog
from bot.playground.sample import ORGS, SampleDevin
from bot.request import Account, Aliases
from bot.services import Services
from bot.slack import client
from bot.slack.channels import SlackChannels
from bot.slack.ladder import Ladder
from bot.store import open_store
from bot.store.readings import KeptReadings
from bot.telemetry import configure_logs
from torture.trial import DEADLINE, FastClock, timing

READY = "ready"


@dataclass(frozen=True, slots=True)
class Told:
    """What a replica is told. `pace` is posts in one of the world's seconds."""

    database: str
    slack: str
    token: str
    team: str
    began: float
    speed: float
    pace: float
    policy: Policy

    def __str__(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Sample:
    """The made-up Devin, as it stands when it is asked."""

    now: Callable[[], datetime]

    async def read(self, cell: Cell) -> Reading:
        """The sample's reading."""
        return await SampleDevin(self.now()).read(cell)


def hurry(speed: float) -> None:
    """Brings what is no part of Timing into proportion with it."""
    client.DEADLINE = DEADLINE
    replicas.POLL, replicas.HEARTBEAT, replicas.STALLED = 0.2, 0.5, 2.0
    reuse.SCHEDULED, run.CARE_EVERY = (timedelta(seconds=speed * length) for length in (2.0, 1.0))


async def work(told: Told) -> None:
    """Works until standard input ends, and says so when it begins."""
    now = FastClock(told.began, told.speed)
    clock, times = Clock(now, told.speed), timing(told.speed)
    async with (
        aiohttp.ClientSession() as session,
        open_store(told.database) as store,
        open_engine(store, told.team, clock, times) as engine,
    ):
        channels = SlackChannels(client.web_client(told.token, told.slack, session), Ladder(), now)
        services = Services(
            Account("v3-enterprise", orgs=Aliases(ORGS)),
            Gather(Sample(now), 8, reuse.Reuse(KeptReadings(store, told.team), now, timedelta(days=30))),
            made_up=True,
            digests=StoredDigests(store, told.team, engine),
            channels=channels,
        )
        office = Office(store, told.team, engine, channels, clock, times)
        async with running(office, services, Options(told.policy, pace=told.pace / told.speed), Watchdog()):
            print(READY, flush=True)
            await _until_standard_input_ends()


async def _until_standard_input_ends() -> None:
    """Without a thread, which would keep a process alive whose work has failed."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == "__main__":
    told = Told(**json.loads(sys.argv[1]))
    configure_logs("info", "json")
    hurry(told.speed)
    asyncio.run(work(told))
