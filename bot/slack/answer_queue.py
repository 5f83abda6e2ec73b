"""Limits how many answers run at once, bounds those that wait, and drains them on shutdown."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog

from bot.telemetry import log_failure

log = structlog.get_logger(__name__)

Tell = Callable[[], Coroutine[Any, Any, None]]
WORDS_FOR = 3.0  # Seconds for telling those whose answers were given up.


class AnswerQueue:
    """A queue of the tasks that answer. It keeps a reference to each until its answer is sent: Bolt keeps none."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._places = asyncio.Semaphore(at_once)
        self._given_up: dict[asyncio.Task[Any], Tell] = {}

    @property
    def full(self) -> bool:
        """Whether the queue is full: the next question gets a busy line."""
        return len(self._given_up) >= 2 * self._at_once

    @property
    def under_way(self) -> int:
        """How many answers run or wait."""
        return len(self._given_up)

    @asynccontextmanager
    async def turn(self, given_up: Tell) -> AsyncIterator[None]:
        """Runs its block when it is the present task's turn; `given_up` runs instead if the bot ends first.

        What the block raises is logged: a listener that raises can lose its acknowledgement.
        """
        task = asyncio.current_task()
        assert task
        self._given_up[task] = given_up
        try:
            async with self._places:
                yield
        except Exception:
            log.exception("answer-failed")
        finally:
            self._given_up.pop(task, None)

    async def drain(self, seconds: float) -> int:
        """Waits up to `seconds` for running and waiting answers, then cancels the rest and tells their askers.

        Returns how many were cancelled.
        """
        try:
            async with asyncio.timeout(seconds):
                await asyncio.sleep(0)  # What was acknowledged a moment ago has begun then.
                while self._given_up:
                    await asyncio.wait([*self._given_up])
        except TimeoutError:
            log.info("answers-not-waited-for", count=len(self._given_up))
        late = [*self._given_up]
        sorry = [self._given_up[task]() for task in late]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            log.warning("answers-given-up", count=len(late))
            telling = [asyncio.create_task(words) for words in sorry]
            for words in telling:
                words.add_done_callback(partial(log_failure, event="answer-failed"))
            await asyncio.wait(telling, timeout=WORDS_FOR)
        return len(late)
