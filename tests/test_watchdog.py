"""A process whose loops stand still is ended, and one that was frozen as a whole is not; loops end when told to."""

import asyncio
import os
import re
import threading
import time
from contextlib import suppress
from datetime import timedelta

import pytest

from bot.digests import runner
from bot.digests.engine import InProcessEngine
from bot.digests.runner import cancel_loop, running
from bot.digests.watchdog import EX_SOFTWARE, Watchdog
from bot.playground.slack.standin import Slack
from bot.store import Store
from tests.at_work import Hand, at_work


def test_a_loop_that_stands_still_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.digests.watchdog.LONGEST_ROUND", timedelta(milliseconds=20))
    monkeypatch.setattr("bot.digests.watchdog.CHECK_EVERY", 0.005)
    ended = threading.Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    watchdog = Watchdog(end)
    watchdog.alive("planner")
    watchdog.start()
    assert ended.wait(5)
    watchdog.stop()
    assert codes[0] == EX_SOFTWARE


def test_only_loops_that_were_not_heard_of_for_too_long_stand_still() -> None:
    watchdog = Watchdog(os._exit)
    watchdog.alive("planner")
    heard = time.monotonic()
    assert watchdog.stuck(heard + 179) == []
    assert watchdog.stuck(heard + 181) == ["planner"]


def test_a_process_that_was_frozen_as_a_whole_is_given_time_to_go_on() -> None:
    watchdog = Watchdog(os._exit)
    watchdog.alive("planner")
    frozen_until = time.monotonic() + 3600
    watchdog.check(frozen_until, since_last=3600)
    assert watchdog.stuck(frozen_until) == []


async def test_a_loop_that_loses_a_cancellation_is_cancelled_again() -> None:
    lost: list[str] = []

    async def loop() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            lost.append("the first")
        await asyncio.sleep(60)

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    await cancel_loop(task, timeouts=(0.01, 5))
    assert task.cancelled()
    assert lost == ["the first"]


async def stubborn(until: asyncio.Event) -> None:
    """Refuses to end before, but not for ever: a test that fails must not hold up all others."""
    ends = time.monotonic() + 30
    while not until.is_set() and time.monotonic() < ends:
        with suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(until.wait(), 30)


async def test_a_loop_that_refuses_to_end_is_named_and_waited_for_no_longer(capsys: pytest.CaptureFixture[str]) -> None:
    until = asyncio.Event()
    task = asyncio.create_task(stubborn(until), name="planner")
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await cancel_loop(task, timeouts=(0.01, 0.01))
    assert not task.done()
    assert re.search("loop-not-ended .*loop=planner", capsys.readouterr().out)
    until.set()
    await task


async def test_a_process_whose_loop_refuses_to_end_lets_the_rest_end_and_is_ended_then(
    file_store: Store, slack: Slack, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CANCEL_TIMEOUTS", (0.01, 0.01))
    monkeypatch.setattr("bot.digests.watchdog.EXIT_GRACE", 0.1)
    until, codes = asyncio.Event(), list[int]()
    async with at_work(file_store, slack, hand) as world:
        monkeypatch.setattr(InProcessEngine, "run", lambda *_: stubborn(until))
        async with (
            asyncio.timeout(10),
            running(world.context, world.of_teams, world.options, Watchdog(codes.append)),
        ):
            pass
        assert codes == []
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                while not codes:  # noqa: ASYNC110 (a thread tells nobody)
                    await asyncio.sleep(0.01)
        until.set()
        await asyncio.sleep(0.01)
        assert codes == [EX_SOFTWARE]


async def test_where_several_loops_fail_each_failure_is_in_the_log_and_that_of_the_block_is_raised(
    file_store: Store, slack: Slack, hand: Hand, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = asyncio.Event()

    async def fail(what: str) -> None:
        await failing.wait()
        raise ValueError(what)

    async with at_work(file_store, slack, hand) as world:
        monkeypatch.setattr(runner, "_run_engine", lambda *_: fail("the engine"))
        monkeypatch.setattr(runner, "_run_planner", lambda *_: fail("the planner"))

        async def block() -> None:
            async with world.working():
                failing.set()
                await asyncio.sleep(0)  # Both loops fail; the block does not know of it yet.
                raise KeyError("the block")

        with pytest.raises(KeyError, match="the block"):
            await block()
    said = capsys.readouterr().out
    assert "ValueError: the engine" in said
    assert "ValueError: the planner" in said


async def test_a_loop_that_fails_ends_the_block_with_its_failure(
    file_store: Store, slack: Slack, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise ValueError("the engine")

    async with at_work(file_store, slack, hand) as world:
        monkeypatch.setattr(runner, "_run_engine", lambda *_: fail())
        with pytest.raises(ValueError, match="the engine"):
            async with asyncio.timeout(10), world.working():
                await asyncio.sleep(60)
