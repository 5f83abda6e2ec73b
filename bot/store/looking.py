"""Opens the database to look at it: no file is made, and nothing in one is changed."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, nullcontext
from pathlib import Path

from sqlalchemy import URL

from bot.store import LOCK_TIMEOUT, Store, open_store, sqlite_engine, unreachable
from bot.store.address import SQLITE, read_address, without_password


@asynccontextmanager
async def open_to_look(url: str) -> AsyncIterator[Store]:
    """As `open_store`, but that a SQLite file has to be there, and is only read."""
    file = sqlite_file(url)
    if file is None:
        async with open_store(url) as store:
            yield store
        return
    address = _read_only(file)
    store = Store(without_password(read_address(url)), sqlite_engine(address), nullcontext())
    try:
        try:
            await asyncio.to_thread(_try_file, f"{address.database}?mode={address.query['mode']}")
        except sqlite3.Error as error:
            raise unreachable(store, error) from None
        yield store
    finally:
        await store.engine.dispose()


def sqlite_file(url: str) -> Path | None:
    """The absolute path of a SQLite file; None where a `DATABASE_URL` names a server. Raises Problem."""
    address = read_address(url)
    return Path(address.database or "").absolute() if address.get_backend_name() == "sqlite" else None


def _read_only(file: Path) -> URL:
    """A reader of a file in WAL mode makes the WAL and the SHM where there is none, unless the file counts as
    immutable: sqlite.org/wal.html, "Read-Only Databases".
    """
    written_to = Path(f"{file}-wal").exists()
    query = {"uri": "true", "mode": "ro", **({} if written_to else {"immutable": "1"})}
    return URL.create(SQLITE, database=file.as_uri(), query=query)


def _try_file(uri: str) -> None:
    """Reads a little without aiosqlite, whose thread outlives a failure."""
    with closing(sqlite3.connect(f"{uri}&immutable=1", uri=True, timeout=LOCK_TIMEOUT)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master")
