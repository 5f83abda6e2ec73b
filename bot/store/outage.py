"""A database that goes away in the middle of a start is waited for."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.problems import Problem

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # Seconds between two tries.


async def outlast(step: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Takes a step of the start, again while the database is away, until told to stop."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        try:
            return await step()
        except (OperationalError, InterfaceError, Problem) as error:
            if not _away(error):
                raise
            log.warning("database-away", reason=str(error), next_try_in=pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return None


def _away(error: OperationalError | InterfaceError | Problem) -> bool:
    """Whether it may be there in a moment. SQLite calls everything operational, a wrong statement included; the low
    byte of its code is the kind (https://sqlite.org/rescode.html).
    """
    if isinstance(error, Problem):
        return error.key == "database-unreachable"
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is None or code & 0xFF == sqlite3.SQLITE_BUSY
