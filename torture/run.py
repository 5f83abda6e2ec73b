"""One trial, from empty tables to its outcome."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from sqlalchemy.exc import DBAPIError

from bot.digests.clock import Clock, Timing
from bot.digests.runner import open_engine
from bot.digests.stored import StoredDigests
from bot.playground.devin import standin as devin
from bot.playground.devin.sample import ORGS
from bot.playground.slack.standin import Channel, Slack, slack_standin
from bot.problems import Problem
from bot.slack.manifest import OPTIONAL
from bot.store import Store, open_store
from bot.store.digests import add_digest
from bot.store.installation import Installation
from torture.faults import LOOK_UP, POST, Faults
from torture.misfortunes import Stage
from torture.processes import Replica, migrate
from torture.score import Rows, Score, read_planned, read_rows, score, settled
from torture.trial import Trial, Wanted, wanted
from torture.trouble import Restart, Trouble

LONGEST_START = 60.0  # Seconds until all replicas are ready for the first time.
AWAY = (DBAPIError, Problem)
LOOK_EVERY = 0.25  # Seconds between two looks whether all is settled.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial: its score; what was `planned` to befall its processes, and what was `made`; how many faults
    its posts and look-ups met; with which codes processes ended by themselves; and how long all took.
    """

    score: Score
    planned: Mapping[str, int]
    made: Mapping[str, int]
    faults: Mapping[str, int]
    refused_looks: int
    crashes: tuple[int, ...]
    bugs: int
    seconds: float


def now() -> datetime:
    """The world's time: what runs in a trial is the bot as it is."""
    return datetime.now(UTC)


async def run(trial: Trial, database: str, logs: Path, restart: Restart | None = None) -> Outcome:
    """Runs a trial on an empty database; its replicas log into a folder."""
    random, began = Random(trial.seed), time.monotonic()
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(slack_standin(now))
        enterprise = await stack.enter_async_context(devin.devin_standin(now))
        slack.scopes.update(OPTIONAL)
        slack.channels.update({trial.channel(number): Channel(f"c{number}") for number in range(trial.channels)})
        told = settings(trial, database, slack, enterprise.url, logs)
        await migrate(told, logs)
        store = await stack.enter_async_context(open_store(database))
        replicas = [Replica(told, logs, logs / f"replica-{n}.log", random) for n in range(trial.replicas)]
        engine = await stack.enter_async_context(
            open_engine(Installation(store, slack.team_id, now), Clock(now), Timing())
        )
        faults = Faults(slack)
        stage = Stage(trial, StoredDigests(store, slack.team_id, engine), slack, faults, replicas, now)
        async with running(replicas):
            since = now()
            expected = await stage.bring_about() if trial.staged else []
            expected += await add_digests(store, slack.team_id, trial)
            if trial.kills:
                faults.draw(random, len(expected))
            trouble = Trouble(trial, slack, replicas, restart, random, stage.made, len(expected))
            took = time.monotonic() - began
            with suppress(TimeoutError):  # What is open then is too slow.
                async with asyncio.timeout(trial.longest - took), asyncio.TaskGroup() as group:
                    calming = group.create_task(calm(faults, trial.calm - took))
                    group.create_task(trouble.make(trial.calm - took))
                    await until_settled(store, slack.team_id, expected)
                    calming.cancel()
        rows = await read_rows(store, slack.team_id)
        return Outcome(
            score=score(expected, rows, slack.posts, await read_planned(store, slack.team_id), since),
            planned=trial.planned(len(stage.misfortunes())),
            made=Counter(stage.made),
            faults={method: len(faults.met(method)) for method in (POST, LOOK_UP)},
            refused_looks=faults.refused_looks,
            crashes=tuple(code for replica in replicas for code in replica.crashes),
            bugs=count_bugs(logs),
            seconds=time.monotonic() - began,
        )


def settings(trial: Trial, database: str, slack: Slack, devin_url: str, folder: Path) -> dict[str, str]:
    """The environment of a replica, and the file that it names."""
    file = folder / "devin-metrics.toml"
    orgs = "".join(f'{name} = "{id_}"\n' for name, id_ in ORGS.items())
    file.write_text(f'[orgs]\n{orgs}[limits]\ncatch_up = "all"\npace = {trial.pace}\n')
    return {
        "DEVIN_METRICS_CONFIG": str(file),
        "DEVIN_API_KEY": "cog_torture",
        "DEVIN_API_URL": devin_url,
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "DATABASE_URL": database,
        "LOG_FORMAT": "json",
    }


def count_bugs(logs: Path) -> int:
    """How often a replica met what is nobody's fault but the code's."""
    return sum(log.read_text().count('"event": "bug"') for log in logs.glob("replica-*.log"))


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


async def add_digests(store: Store, team: str, trial: Trial) -> list[Wanted]:
    """Adds the trial's digests; the occurrences that have to be posted."""
    async with store.writing(exclusive=True) as connection:
        stored = [(await add_digest(connection, team, digest), count) for digest, count in trial.all_digests(now())]
    return [occurrence for digest, count in stored for occurrence in wanted(digest, count)]


async def calm(faults: Faults, seconds: float) -> None:
    """Has Slack be well again after a while."""
    await asyncio.sleep(seconds)
    faults.end()


async def until_settled(store: Store, team: str, expected: list[Wanted]) -> None:
    """Waits until nothing more will become of any occurrence."""
    while not settled(expected, await _rows(store, team)):
        await asyncio.sleep(LOOK_EVERY)


async def _rows(store: Store, team: str) -> Rows:
    """All deliveries; none while the database restarts."""
    try:
        return await read_rows(store, team)
    except AWAY:
        return {}
