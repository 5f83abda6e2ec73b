"""One word on the way to an answer that takes long: how many of its calls to Devin are done."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.devin.gather import Progress

log = structlog.get_logger(__name__)
PATIENCE = 3.0  # Seconds in which most answers have come, and nothing needs to be said.


class Patience:
    """Says once how far the answer is that is made within its block, unless it comes soon or makes no calls.

    After the block nothing is said any more: what is being said just then is waited for, so that the answer, which
    takes its place, comes later.
    """

    def __init__(self, say: Callable[[Progress], Awaitable[None]]) -> None:
        self._say = say
        self._progress = Progress(0, 0)
        self._begun = asyncio.Event()
        self._saying = False

    async def __aenter__(self) -> "Patience":
        self._task = asyncio.create_task(self._wait())
        return self

    def tell(self, progress: Progress) -> None:
        """Takes down how far the answer is."""
        self._progress = progress
        self._begun.set()

    async def __aexit__(self, _: type[BaseException] | None, error: BaseException | None, __: object) -> None:
        if not self._saying or isinstance(error, asyncio.CancelledError):
            self._task.cancel()
        (failed,) = await asyncio.gather(self._task, return_exceptions=True)
        if isinstance(failed, Exception):
            log.error("progress-not-said", exc_info=failed)

    async def _wait(self) -> None:
        await asyncio.sleep(PATIENCE)
        await self._begun.wait()
        if self._progress.done < self._progress.calls:
            self._saying = True
            await self._say(self._progress)
