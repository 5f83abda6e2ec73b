"""One trial, from empty tables to its score."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random

from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from bot.migrations import migrate
from bot.playground.slack import Channel, Slack, standin
from bot.problems import Problem
from bot.store import Store, open_store
from bot.store.digests import add_digest, digests
from torture.faults import history_faults, post_faults
from torture.processes import Replica
from torture.replica import Told
from torture.score import Rows, Score, read_rows, score, settled
from torture.trial import START, FastClock, Trial, Wanted, wanted
from torture.trouble import Restart, Trouble

LOOKS = {"users:read", "channels:read", "channels:history"}
FAULTS_A_POST = 4  # So many faults are drawn; after them Slack would be without fault.
LONGEST_START = 60.0  # Seconds until all replicas are ready for the first time.
AWAY = (DBAPIError, Problem)
LOOK_EVERY = 0.25  # Seconds between two looks whether all is settled.


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trial's score, what befell its processes, how often they ended by themselves, and how long all took."""

    score: Score
    trouble: Counter[str]
    crashes: int
    bugs: int
    seconds: float


async def run(trial: Trial, database: str, logs: Path, restart: Restart | None = None) -> Outcome:
    """Runs a trial on an empty database; its replicas log into a folder."""
    random, began = Random(trial.seed), time.time()
    clock = FastClock(began, trial.speed)
    async with standin(clock) as slack, open_store(database) as store:
        await migrate(store)
        prepare(slack, trial, random)
        told = Told(
            database, slack.api_url, slack.bot_token, slack.team_id, began, trial.speed, trial.pace, trial.policy
        )
        replicas = [Replica(str(told), logs / f"replica-{n}.log", random) for n in range(trial.replicas)]
        async with running(replicas):
            expected = await add_digests(store, slack.team_id, trial, clock)
            trouble = Trouble(trial, slack, replicas, restart, random)
            async with making(trouble):
                await until_settled(store, slack.team_id, expected, trial, clock)
        rows = await read_rows(store, slack.team_id)
        return Outcome(
            score=score(expected, rows, slack.posts, trial.speed),
            trouble=trouble.made,
            crashes=sum(replica.crashes for replica in replicas),
            bugs=count_bugs(logs),
            seconds=time.time() - began,
        )


def count_bugs(logs: Path) -> int:
    """How often a replica met what is nobody's fault but the code's."""
    return sum(log.read_text().count('"event": "bug"') for log in logs.glob("replica-*.log"))


def prepare(slack: Slack, trial: Trial, random: Random) -> None:
    """A workspace with the trial's channels, all scopes, and trouble ahead."""
    slack.scopes.update(LOOKS)
    slack.channels.update({trial.channel(number): Channel(f"c{number}") for number in range(trial.channels)})
    for method, faults in (("chat.postMessage", post_faults), ("conversations.history", history_faults)):
        slack.faults[method].extend(islice(faults(random, trial.speed), FAULTS_A_POST * trial.posts))


@asynccontextmanager
async def running(replicas: list[Replica]) -> AsyncIterator[None]:
    """Keeps replicas running, from when all are ready."""
    async with asyncio.TaskGroup() as group:
        for replica in replicas:
            group.create_task(replica.run())
        try:
            async with asyncio.timeout(LONGEST_START):
                for replica in replicas:
                    await replica.ready.wait()
            yield
        finally:
            await asyncio.gather(*(replica.end() for replica in replicas))


async def add_digests(store: Store, team: str, trial: Trial, clock: FastClock) -> list[Wanted]:
    """Adds the trial's digests; the occurrences that have to be posted."""
    async with store.writing(alone=True) as connection:
        stored = [await add_digest(connection, team, digest) for digest in trial.all_digests(clock())]
    return [occurrence for digest in stored for occurrence in wanted(digest, trial.days)]


@asynccontextmanager
async def making(trouble: Trouble) -> AsyncIterator[None]:
    """Makes trouble during the block, as long as there is work."""
    task = asyncio.create_task(trouble.make())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until_settled(store: Store, team: str, expected: list[Wanted], trial: Trial, clock: FastClock) -> None:
    """Waits until nothing more will become of any occurrence, but not for ever: what is open then is lost."""
    last = max(one.due for one in expected)
    ended = False
    with suppress(TimeoutError):
        async with asyncio.timeout((last - clock()).total_seconds() / trial.speed + trial.longest):
            while not settled(expected, rows := await _rows(store, team)):
                if not ended and all(one.key in rows for one in expected):
                    ended = await _end(store)
                await asyncio.sleep(LOOK_EVERY)


async def _end(store: Store) -> bool:
    """Has nothing more come due, so that those who are behind can catch up. Whether that worked."""
    try:
        async with store.writing() as connection:
            await connection.execute(update(digests).values(next_due=START + timedelta(days=10_000)))
    except AWAY:
        return False
    return True


async def _rows(store: Store, team: str) -> Rows:
    """All deliveries; none while the database restarts."""
    try:
        return await read_rows(store, team)
    except AWAY:
        return {}
