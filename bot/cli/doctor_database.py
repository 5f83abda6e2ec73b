"""Looks at the database: whether it can be reached, and whether its schema is this version's. Nothing is changed."""

import os
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from bot.cli.findings import Finding
from bot.problems import Problem
from bot.store import Store, unreachable
from bot.store.looking import open_to_look, sqlite_file
from bot.store.migrations import NEWEST, check_revision


async def look_at_database(url: str) -> Finding:
    """What there is at a `DATABASE_URL`."""
    try:
        file = sqlite_file(url)
        if file:
            _check_writable(file)
            if not file.exists():
                return Finding("database-new", {"place": str(file)})
        async with open_to_look(url) as store:
            return await _schema(store, file)
    except Problem as problem:
        return Finding("database", problem=problem)


def _check_writable(file: Path) -> None:
    """SQLite makes files beside its own, so that the folder has to be writable, too. Raises Problem."""
    if not file.parent.is_dir():
        raise Problem("database-folder-missing", path=str(file.parent))
    for place in (file.parent, file):
        if place.exists() and not os.access(place, os.W_OK):
            raise Problem("database-not-writable", path=str(place))


async def _schema(store: Store, file: Path | None) -> Finding:
    """The next start brings a SQLite file up to date; a server waits for `migrate`."""
    place = str(file or store.url)
    try:
        await check_revision(store)
    except DBAPIError as error:
        raise unreachable(store, error.orig) from None
    except Problem as problem:
        if file is None or problem.key != "database-behind":
            raise
        return Finding("database-behind", {"place": place, **problem.data})
    return Finding("database", {"place": place, "newest": NEWEST})
