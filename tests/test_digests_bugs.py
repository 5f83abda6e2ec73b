"""A bug in one notice, digest, steward or round: it is logged with a reference, and the others go on."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from bot.commands.ports import Person
from bot.digests.clock import Clock
from bot.digests.nightly import NightlyRound
from bot.digests.notices import NoticeSender
from bot.digests.runner import _repeat
from bot.playground.slack.standin import Channel
from bot.problems import Problem
from bot.schedules.delivery import Digest
from bot.store.notices import Notice, add_notice
from bot.store.notices import notices as told
from bot.telemetry import configure_logs
from tests.at_work import CHANNEL, FRIDAY, MONDAY, NEW_YORK, TEAM, World
from tests.digests_told import ToldChannels

STEWARD = "U01NEWYORK"
WELL = Problem("channel-archived", channel=CHANNEL)


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """As the process writes them: structlog's own show whatever stood in each frame, which takes seconds."""
    configure_logs("info", "json")


def bugs(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What the log says of bugs."""
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [line for line in lines if line["event"] == "bug"]


async def failed(world: World, digest: Digest, problem: Problem) -> None:
    """That a digest failed, not told yet."""
    async with world.context.store.writing() as connection:
        await add_notice(connection, TEAM, Notice(digest.id, "failed", problem, world.hand.at))


async def test_a_notice_that_cannot_be_told_does_not_keep_the_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    broken, well = await world.add(), await world.add(query="last 4w")
    await failed(world, broken, WELL)
    await failed(world, well, WELL)
    await misread(world, broken, "/no/zone")
    async with world.working():
        await world.slack.until(lambda: world.texts(STEWARD))
    (said,) = world.texts(STEWARD)
    assert "is archived" in said
    (bug,) = bugs(caplog)
    assert "ValueError: ZoneInfo keys" in bug["exception"]
    assert bug["reference"]


async def test_a_notice_whose_words_cannot_print_what_an_earlier_version_kept_is_told_in_general_words(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await failed(world, await world.add(), Problem("just-begun", start="2026-11-23 12:00:00+00:00", tz="UTC"))
    assert await NoticeSender(world.context, admin_channel=None).send_next()
    (said,) = world.texts(STEWARD)
    assert "“just-begun”" in said
    assert len(bugs(caplog)) == 1


async def test_a_notice_that_cannot_be_told_is_put_off_ever_longer_and_given_up_after_six_hours(world: World) -> None:
    digest = await world.add()
    await failed(world, digest, WELL)
    await misread(world, digest, "/no/zone")
    notices = NoticeSender(world.context, admin_channel=None)
    tried: list[timedelta] = []
    while len(tried) < 50 and await notices.send_next():
        tried.append(world.hand.at - FRIDAY)
        assert not await notices.send_next()
        async with world.context.store.reading() as connection:
            world.hand.at = await connection.scalar(select(told.c.run_at)) or world.hand.at
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(minutes=15)
    assert timedelta(hours=5.7) < tried[-1] < timedelta(hours=6.3)
    assert len(tried) < 40


async def misread(world: World, digest: Digest, tz: str) -> None:
    """Gives a stored digest a zone that Python does not take for the name of one."""
    async with world.context.store.writing() as connection:
        await connection.execute(text(f"UPDATE digests SET tz = '{tz}' WHERE id = {digest.id}"))


async def test_a_digest_whose_planning_hits_a_bug_keeps_neither_the_others_nor_its_own_turn(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    broken, well = await world.add(), await world.add(query="last 4w")
    await misread(world, broken, "/no/zone")
    world.hand.at = MONDAY
    await world.plan()
    await world.plan()
    assert (await world.last(well)).state == "due"
    assert await world.digests.deliveries(broken.id, 1) == []
    assert [bug["digest"] for bug in bugs(caplog)] == [broken.id]  # Not at each round.
    await misread(world, broken, NEW_YORK.key)
    world.hand.go(minutes=5)
    await world.plan()
    delivery = await world.last(broken)
    assert (delivery.due, delivery.state) == (MONDAY, "due")


async def test_more_digests_than_are_planned_at_once_that_cannot_be_planned_do_not_keep_a_later_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.digests.planner.MOST_PLANNED", 2)
    for number in range(4):
        world.slack.channels[f"C{number}"] = Channel(f"channel-{number}")
        await misread(world, await world.add(channel=f"C{number}"), "/no/zone")
    well = await world.add("weekly monday 09:01")
    world.hand.at = MONDAY + timedelta(minutes=1)
    await world.plan()
    assert (await world.last(well)).state == "due"


@dataclass
class OddChannels(ToldChannels):
    """A Slack of which one answer about a person hits a bug."""

    async def person(self, user: str) -> Person:
        """Somebody who has left, except for the first one."""
        if user == "U00ODD":
            raise ValueError("a bug")
        return Person("Gone", gone=True)


async def test_a_steward_whose_look_up_hits_a_bug_does_not_keep_the_others(world: World) -> None:
    odd, left = await world.add(steward="U00ODD"), await world.add(steward="U01GONE", query="last 4w")
    context = replace(world.context, channels=OddChannels())
    assert await NightlyRound(context, NEW_YORK, frozenset(), timedelta(days=400)).run()
    assert (await world.digests.find(odd.id)).steward == "U00ODD"
    assert (await world.digests.find(left.id)).steward is None


class Enough(BaseException):
    """Ends a loop that has no end."""


@dataclass(frozen=True)
class Counted(Clock):
    """A clock that only counts the seconds that are slept by it."""

    slept: list[float] = field(default_factory=list)

    async def sleep(self, length: timedelta) -> None:
        """Counts them."""
        self.slept.append(length.total_seconds())


async def test_after_a_bug_a_loop_goes_on_with_longer_pauses_until_a_round_is_made_again() -> None:
    bug, away = ValueError("a bug"), OperationalError("SELECT 1", {}, Exception("gone"))
    rounds: list[BaseException | None] = [None, away, away, *[bug] * 8, None, bug, Enough()]

    async def once() -> None:
        if failure := rounds.pop(0):
            raise failure

    clock = Counted(lambda: FRIDAY)
    with pytest.raises(Enough):
        await _repeat(once, timedelta(seconds=1), clock)
    assert clock.slept == [1, 1, 1, 2, 4, 8, 16, 32, 60, 60, 60, 1, 2]
