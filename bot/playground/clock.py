"""Moves the playground's clock forward."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from bot.playground.due import is_sending, next_send
from bot.problems import Problem
from bot.store import Store

MOST_SENDS_IN_A_MOVE = 10
LONGEST_MOVE = 10.0  # Real seconds in which the clock waits for digests during one move.
FURTHEST_MOVE = timedelta(days=366)
POLL_EVERY = 0.05  # Seconds.


class MovableClock:
    """The playground's time: the real time, plus what the clock was moved forward by."""

    def __init__(self, real_time: Callable[[], datetime]) -> None:
        self._real_time = real_time
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """The time now."""
        return self._real_time() + self._ahead

    def move(self, to: datetime) -> None:
        """Moves the clock forward to a moment; a moment in the past changes nothing."""
        self._ahead += max(to - self(), timedelta())


class ClockMover:
    """Moves the clock, and stops where a digest is due until the bot has sent it.

    After MOST_SENDS_IN_A_MOVE stops or LONGEST_MOVE it jumps to the end: for the bot that is an outage, and it catches
    up.
    """

    def __init__(self, clock: MovableClock, store: Store, team: str) -> None:
        self._clock = clock
        self._store = store
        self._team = team
        self._lock = asyncio.Lock()

    async def move(self, to: datetime) -> None:
        """Moves the clock to a moment. Raises Problem where that is not ahead, or too far."""
        async with self._lock:
            if not timedelta() < to - self._clock() <= FURTHEST_MOVE:
                raise Problem("playground-clock", days=FURTHEST_MOVE.days)
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_MOVE):
                    await self._move_send_by_send(to)
            self._clock.move(to)

    async def _move_send_by_send(self, to: datetime) -> None:
        for _ in range(MOST_SENDS_IN_A_MOVE):
            at = await next_send(self._store, self._team)
            if at is None or at > to:
                return
            self._clock.move(at)
            while await is_sending(self._store, self._team, self._clock()):  # noqa: ASYNC110 (the database sends no event)
                await asyncio.sleep(POLL_EVERY)
