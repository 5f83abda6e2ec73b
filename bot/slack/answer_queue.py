"""Runs answers with a concurrency limit and a bounded queue; drains them on shutdown."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import structlog

from bot.telemetry import log_failure

log = structlog.get_logger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]
WORDS_FOR = 3.0  # Seconds for telling those whose answers were given up.


class AnswerQueue:
    """Runs answers after their command was acknowledged, and keeps a reference to each task until it is done."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._places = asyncio.Semaphore(at_once)
        self._under_way: set[asyncio.Task[None]] = set()
        self._given_up: dict[asyncio.Task[None], Work] = {}

    @property
    def full(self) -> bool:
        """Whether the queue is full: the next command gets a busy line."""
        return len(self._under_way) >= 2 * self._at_once

    @property
    def under_way(self) -> int:
        """How many answers run or wait."""
        return len(self._under_way)

    def take(self, work: Work, given_up: Work) -> None:
        """Starts the work when a slot is free; `given_up` runs instead if the bot ends first."""
        task = asyncio.create_task(self._run(work))
        self._under_way.add(task)
        self._given_up[task] = given_up
        task.add_done_callback(self._done)

    async def drain(self, seconds: float) -> int:
        """Waits up to `seconds` for running and waiting answers, then cancels the rest and tells their askers.

        Returns how many were cancelled.
        """
        if not self._under_way:
            return 0
        _, late = await asyncio.wait(self._under_way, timeout=seconds)
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

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        del self._given_up[task]
        log_failure(task, "answer-failed")

    async def _run(self, work: Work) -> None:
        async with self._places:
            await work()
