"""Ends the process when one of its loops hangs, so that its supervisor restarts it."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

log = structlog.get_logger(__name__)

LONGEST_ROUND = timedelta(
    minutes=3
)  # The longest that a loop may take for one round; a lost connection is noticed sooner.
CHECK_EVERY = 5.0  # Seconds.
EXIT_GRACE = 20.0  # Seconds for answers under way, after loops had theirs.
EX_SOFTWARE = 70  # The exit code that sysexits.h has for an internal error.


class Watchdog:
    """A plain thread, because an event loop that hangs cannot watch itself. `end` exits the process with a code."""

    def __init__(self, end: Callable[[int], object]) -> None:
        self._end = end
        self._heard: dict[str, float] = {}
        self._stop = threading.Event()

    def alive(self, loop: str) -> None:
        """A loop says that it goes round."""
        self._heard[loop] = time.monotonic()

    def start(self) -> None:
        """Begins to watch."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watches no longer: loops end in their own time."""
        self._stop.set()

    def end_later(self) -> None:
        """Ends the process when its other parts have had time to end: a loop that refuses would hold it up for ever."""
        self.stop()
        last = threading.Timer(EXIT_GRACE, self._end, (EX_SOFTWARE,))
        last.daemon = True  # Where the process ends by itself before, it does not wait for this.
        last.start()

    def still(self, now: float) -> list[str]:
        """The loops that have stood still for too long."""
        return [loop for loop, heard in list(self._heard.items()) if now - heard > LONGEST_ROUND.total_seconds()]

    def look(self, now: float, since_last: float) -> None:
        """Looks once; the process ends where a loop stands still."""
        if since_last > 2 * CHECK_EVERY:  # The whole process was frozen, and no loop is to blame for it.
            self._heard = dict.fromkeys(self._heard, now)
        elif stuck := self.still(now):
            log.critical("standing-still", loops=stuck)
            self._end(EX_SOFTWARE)

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self._stop.wait(CHECK_EVERY):
            now = time.monotonic()
            self.look(now, now - looked)
            looked = now
