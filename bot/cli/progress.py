"""Shows a progress line on stderr, erased before the answer is printed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from bot.devin.gather import OnProgress, Progress
from bot.messages.render import say

SHOW_AFTER = 1.0  # Seconds in which most answers have come.
ERASE = "\r\x1b[K"


@contextmanager
def progress_line(stream: TextIO, lang: str) -> Iterator[OnProgress]:
    """The callback for progress, which shows it after a second. On a stream that is no terminal nothing is shown."""
    line = _Line(stream, lang)
    timer = asyncio.get_running_loop().call_later(SHOW_AFTER, line.begin) if stream.isatty() else None
    try:
        yield line.tell
    finally:
        if timer:
            timer.cancel()
        line.end()


class _Line:
    def __init__(self, stream: TextIO, lang: str) -> None:
        self._stream = stream
        self._lang = lang
        self._progress: Progress | None = None
        self._begun = False

    def tell(self, progress: Progress) -> None:
        self._progress = progress
        self._show()

    def begin(self) -> None:
        self._begun = True
        self._show()

    def end(self) -> None:
        if self._begun:
            print(ERASE, end="", file=self._stream, flush=True)

    def _show(self) -> None:
        if self._begun and self._progress:
            words = say("cli/_progress", "calls_done", self._progress, self._lang)
            print(f"{ERASE}{words}", end="", file=self._stream, flush=True)
