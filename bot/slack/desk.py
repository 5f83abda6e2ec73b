"""Answers under way: so many at once, as many waiting, and none lost at the end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Desk:
    """Runs answers after their command was acknowledged, and holds on to them until they are done."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._places = asyncio.Semaphore(at_once)
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """Whether nobody can wait any more: those asking now get a busy line."""
        return len(self._under_way) >= 2 * self._at_once

    @property
    def under_way(self) -> int:
        """How many answers run or wait."""
        return len(self._under_way)

    def take(self, work: Coroutine[Any, Any, None]) -> None:
        """Starts the work as soon as a place is free."""
        task = asyncio.create_task(self._run(work))
        self._under_way.add(task)
        task.add_done_callback(self._done)

    async def drain(self, seconds: float) -> int:
        """Waits for what is under way; how many answers had to be given up after so many seconds."""
        if not self._under_way:
            return 0
        _, late = await asyncio.wait(self._under_way, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("answer-failed", exc_info=error)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        async with self._places:
            await work
