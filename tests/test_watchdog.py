"""A process whose loops stand still is ended, and one that was frozen as a whole is not; loops end when told to."""

import asyncio
import threading
import time
from datetime import timedelta

from bot.digests.run import end
from bot.digests.watchdog import SOFTWARE, Watchdog


def test_a_loop_that_stands_still_ends_the_process() -> None:
    ended = threading.Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    watchdog = Watchdog(timedelta(milliseconds=20), end, look_every=0.005)
    watchdog.alive("planner")
    watchdog.start()
    assert ended.wait(5)
    watchdog.stop()
    assert codes[0] == SOFTWARE


def test_only_loops_that_were_not_heard_of_for_too_long_stand_still() -> None:
    watchdog = Watchdog(timedelta(minutes=3))
    watchdog.alive("planner")
    heard = time.monotonic()
    assert watchdog.still(heard + 179) == []
    assert watchdog.still(heard + 181) == ["planner"]


def test_a_process_that_was_frozen_as_a_whole_is_given_time_to_go_on() -> None:
    watchdog = Watchdog(timedelta(minutes=3))
    watchdog.alive("planner")
    frozen_until = time.monotonic() + 3600
    watchdog.look(frozen_until, since_last=3600)
    assert watchdog.still(frozen_until) == []


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
    await end([task], patience=0.01)
    assert task.cancelled()
    assert lost == ["the first"]
