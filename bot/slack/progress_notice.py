"""One progress line for an answer that takes long: how many calls to Devin it takes."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.devin.gather import Progress

log = structlog.get_logger(__name__)
NOTICE_AFTER = 1.0  # Seconds; most answers have come by then.


class ProgressNotice:
    """Sends one progress line for the answer made within its block, unless that comes soon or makes no calls.

    The end of the block waits for a line that is being sent, so that the answer comes below it.
    """

    def __init__(self, say: Callable[[Progress], Awaitable[None]]) -> None:
        self._say = say
        self._progress = Progress(0, 0)
        self._begun = asyncio.Event()
        self._saying = False

    async def __aenter__(self) -> "ProgressNotice":
        self._task = asyncio.create_task(self._wait())
        return self

    def tell(self, progress: Progress) -> None:
        """Records how far the answer is."""
        self._progress = progress
        self._begun.set()

    async def __aexit__(self, _: type[BaseException] | None, error: BaseException | None, __: object) -> None:
        if not self._saying or isinstance(error, asyncio.CancelledError):
            self._task.cancel()
        (failed,) = await asyncio.gather(self._task, return_exceptions=True)
        if isinstance(failed, Exception):
            log.error("progress-not-said", exc_info=failed)

    async def _wait(self) -> None:
        await asyncio.sleep(NOTICE_AFTER)
        await self._begun.wait()
        if self._progress.done < self._progress.calls:
            self._saying = True
            await self._say(self._progress)
