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
        """Notes that a loop has begun a round."""
        self._heard[loop] = time.monotonic()

    def start(self) -> None:
        """Starts the thread."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Ends the thread: the loops are shutting down."""
        self._stop.set()

    def exit_later(self) -> None:
        """Exits the process after EXIT_GRACE: a loop that does not end would keep it running."""
        self.stop()
        last = threading.Timer(EXIT_GRACE, self._end, (EX_SOFTWARE,))
        last.daemon = True  # Where the process ends by itself before, it does not wait for this.
        last.start()

    def stuck(self, now: float) -> list[str]:
        """The names of the loops that have not been alive for LONGEST_ROUND."""
        return [loop for loop, heard in list(self._heard.items()) if now - heard > LONGEST_ROUND.total_seconds()]

    def check(self, now: float, since_last: float) -> None:
        """Checks once, and exits the process where a loop hangs."""
        if since_last > 2 * CHECK_EVERY:  # The whole process was frozen, and no loop is to blame for it.
            self._heard = dict.fromkeys(self._heard, now)
        elif hanging := self.stuck(now):
            log.critical("standing-still", loops=hanging)
            self._end(EX_SOFTWARE)

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self._stop.wait(CHECK_EVERY):
            now = time.monotonic()
            self.check(now, now - looked)
            looked = now
