"""A process that works on digests: real SQL, real slack_sdk over sockets to the stand-in, and a clock in the hand."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from bot.commands.answer import COMMANDS
from bot.commands.ports import Services
from bot.devin import Cell, Devin, Reading
from bot.devin.cache import ReadingCache
from bot.devin.gather import Gather
from bot.digests.clock import Clock, Timing
from bot.digests.context import DigestContext
from bot.digests.planner import Planner
from bot.digests.runner import Options, open_engine, running
from bot.digests.stored import StoredDigests
from bot.digests.team_services import TeamServices
from bot.digests.watchdog import Watchdog
from bot.playground.devin.sample import ORGS, SampleDevin
from bot.playground.slack.standin import Slack, slack_standin
from bot.problems import Problem
from bot.queries.query import parse
from bot.queries.request import AS_INSTALLED, Account, Aliases
from bot.schedules.delivery import FINAL_STATES, Delivery, DeliveryState, Digest
from bot.schedules.schedule import read_rule
from bot.slack.channels import SlackChannels
from bot.slack.client import web_client
from bot.slack.fallback import Fallback
from bot.slack.manifest import OPTIONAL
from bot.slack.names import WorkspaceNames
from bot.store import Store, open_store
from bot.store.deliveries import CLAIMED, UNCLAIMED
from bot.store.installation import Installation
from bot.store.readings import StoredReadings
from tests.databases import make_migrated_file

TEAM = "T01STANDIN"
CHANNEL = "C01REPORTS"
NEW_YORK = ZoneInfo("America/New_York")
FRIDAY = datetime(2026, 11, 20, 14, 5, tzinfo=NEW_YORK).astimezone(UTC)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=NEW_YORK).astimezone(UTC)
WEEK = timedelta(weeks=1)
PATIENCE = 60.0  # Seconds of the world until a test gives up.


class Hand:
    """A clock that stands still until it is moved; whoever sleeps by it sleeps a thousandth of the time."""

    def __init__(self, at: datetime = FRIDAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def go(self, **time: float) -> None:
        """Lets time pass."""
        self.at += timedelta(**time)


@dataclass
class AsOf:
    """The made-up Devin, as it stands when it is asked; told to fail so many times first."""

    now: Callable[[], datetime]
    problems: list[Problem] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)

    async def read(self, cell: Cell) -> Reading:
        """The sample's reading, or the next problem."""
        self.cells.append(cell)
        if self.problems:
            raise self.problems.pop(0)
        return await SampleDevin(self.now()).read(cell)


@dataclass
class World:
    """What a test looks at and changes: all of the installation, and the workspace TEAM of it."""

    context: DigestContext
    of_teams: TeamServices
    digests: StoredDigests
    slack: Slack
    hand: Hand
    devin: Devin
    options: Options

    @property
    def here(self) -> DigestContext:
        """The workspace's own."""
        return self.context.of(TEAM)

    @property
    def services(self) -> Services:
        """The workspace's own."""
        return self.of_teams.of(TEAM)

    async def add(self, rule: str = "weekly monday 09:00", query: str = "last week", **changes: object) -> Digest:
        """A digest of the stand-in's reports channel, set up now."""
        value = Digest(
            rule=read_rule(rule, self.hand.at.date()),
            tz=NEW_YORK,
            query=parse(query),
            channel=CHANNEL,
            lang="en",
            since=self.hand.at,
            steward="U01NEWYORK",
            steward_name="Newyork",
        )
        return await self.digests.add(replace(value, **changes))  # type: ignore[arg-type]

    async def last(self, digest: Digest) -> Delivery:
        """Its newest delivery."""
        return (await self.digests.deliveries(digest.id, 1))[0]

    async def states(self, digest: Digest) -> dict[str, DeliveryState]:
        """Where each occurrence stands."""
        return {one.occurrence: one.state for one in await self.digests.deliveries(digest.id, 100)}

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A process at work until the end of the block."""
        async with running(self.context, self.of_teams, self.options, Watchdog(os._exit)):
            yield

    async def until(self, holds: Callable[[], Awaitable[object]]) -> None:
        """Waits until something holds."""
        async with asyncio.timeout(PATIENCE):
            while not await holds():  # noqa: ASYNC110 (the database tells nobody)
                await asyncio.sleep(0.01)

    async def until_state(self, digest: Digest, *states: DeliveryState) -> Delivery:
        """Waits until its newest delivery is in one of the states."""

        async def holds() -> bool:
            found = await self.digests.deliveries(digest.id, 1)
            return bool(found) and found[0].state in states

        with suppress(TimeoutError):  # What it is then says more than that it took too long.
            await self.until(holds)
        return await self.last(digest)

    async def through_all_tries(self, digest: Digest) -> Delivery:
        """Moves the clock from try to try until its newest delivery has ended."""
        while True:

            async def holds() -> bool:
                last = await self.last(digest)
                return last.state in FINAL_STATES or (last.state == "waiting" and last.run_at > self.hand.at)

            await self.until_state(digest, *get_args(DeliveryState))
            await self.until(holds)
            if (last := await self.last(digest)).state in FINAL_STATES:
                return last
            self.hand.at = last.run_at

    async def until_idle(self) -> None:
        """Waits until nobody holds a delivery, and none could be taken."""

        def busy(delivery: Delivery) -> bool:
            return delivery.state in CLAIMED or (delivery.state in UNCLAIMED and delivery.run_at <= self.hand.at)

        async def holds() -> bool:
            found = [await self.digests.deliveries(digest.id, 100) for digest in await self.digests.all()]
            return not any(busy(delivery) for deliveries in found for delivery in deliveries)

        await self.until(holds)

    async def sees(self, state: DeliveryState, *digests: Digest) -> None:
        """Lets time pass, second by second, until the newest deliveries of some digests are in a state."""

        async def holds() -> bool:
            found = [delivery for digest in digests for delivery in await self.digests.deliveries(digest.id, 1)]
            return len(found) == len(digests) and all(delivery.state == state for delivery in found)

        async with asyncio.timeout(PATIENCE):
            while not await holds():
                await self.until_idle()
                self.hand.go(seconds=1)
                await asyncio.sleep(0.01)

    async def until_sent(self, digest: Digest, count: int) -> None:
        """Waits until so many of its occurrences were sent."""

        async def holds() -> bool:
            return list((await self.states(digest)).values()).count("sent") == count

        await self.until(holds)

    async def plan(self) -> None:
        """One round of a planner, without anybody to carry what it plans."""
        await Planner(self.context, self.options.policy, self.options.post_gap).plan()

    def texts(self, channel: str = CHANNEL) -> list[str]:
        """What stands in a channel or a direct message."""
        return [post.text for post in self.slack.posts if post.channel == channel]


@asynccontextmanager
async def at_work(
    store: Store,
    slack: Slack,
    hand: Hand,
    *,
    devin: Devin | None = None,
    options: Options | None = None,
    installation: Installation | None = None,
) -> AsyncIterator[World]:
    """A process of the bot on a database, in the stand-in's workspace or others, with a made-up Devin."""
    asked = devin or AsOf(hand)
    installation = installation or Installation(store, TEAM, hand)
    clock, timing = (
        Clock(hand, speed=1000),
        Timing(tick=timedelta(seconds=20), longest_slot_wait=timedelta(seconds=1.5)),
    )
    async with aiohttp.ClientSession() as session, open_engine(installation, clock, timing) as engine:
        names = WorkspaceNames(store, AS_INSTALLED.bot, hand)
        client = web_client(slack.bot_token, slack.api_url, session)
        channels = SlackChannels(client, Fallback(), hand, names.of)
        digests = StoredDigests(store, TEAM, engine)
        account = Account("v3-enterprise", orgs=Aliases(ORGS))
        gather = Gather(asked, 8, ReadingCache(StoredReadings(store, installation.key), hand, timedelta(days=30)))
        shared = Services(account, gather, COMMANDS, tz=NEW_YORK.key, made_up=True, channels=channels)
        context = DigestContext(store, installation, engine, channels, clock, timing)
        of_teams = TeamServices(shared, store, engine)
        yield World(context, of_teams, digests, slack, hand, asked, options or Options(pace=1000))


@pytest.fixture
def hand() -> Hand:
    """Friday afternoon in New York."""
    return Hand()


@pytest.fixture
async def slack(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Slack]:
    """A workspace that has granted everything that the bot asks for."""
    for proxy in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):  # slack_sdk asks them even for loopback.
        monkeypatch.delenv(proxy, raising=False)
    async with slack_standin(hand) as running:
        running.scopes.update(OPTIONAL)
        yield running


@pytest.fixture
async def world(store: Store, slack: Slack, hand: Hand) -> AsyncIterator[World]:
    """A process on each kind of database."""
    async with at_work(store, slack, hand) as opened:
        yield opened


@pytest.fixture
async def file_store(tmp_path: Path) -> AsyncIterator[Store]:
    """A SQLite file, for what has nothing to do with the database."""
    await make_migrated_file(tmp_path / "devin-metrics.db")
    async with open_store(f"sqlite:///{tmp_path}/devin-metrics.db") as opened:
        yield opened
