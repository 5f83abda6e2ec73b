"""Waits for a database that is away during the start."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.problems import Problem

log = structlog.get_logger(__name__)

FIRST_BACKOFF, LONGEST_BACKOFF = 1.0, 30.0  # Seconds between two tries.


async def retry_during_outage(step: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Runs a step of the start, and again with a growing backoff while the database is away, until `stop` is set."""
    pause = FIRST_BACKOFF
    while not stop.is_set():
        try:
            return await step()
        except (OperationalError, InterfaceError, Problem) as error:
            if not _is_outage(error):
                raise
            log.warning("database-away", reason=str(error), next_try_in=pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = min(2 * pause, LONGEST_BACKOFF)
    return None


def _is_outage(error: OperationalError | InterfaceError | Problem) -> bool:
    """Whether the database may be back in a moment. SQLite calls everything operational, a wrong statement
    included; the low byte of its code is the kind (https://sqlite.org/rescode.html).
    """
    if isinstance(error, Problem):
        return error.key == "database-unreachable"
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is None or code & 0xFF == sqlite3.SQLITE_BUSY
