"""Opens the database."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import (
    URL,
    Connection,
    DateTime,
    Dialect,
    MetaData,
    Table,
    TypeDecorator,
    event,
    func,
    select,
)
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.problems import Problem
from bot.store.address import read_address, without_password
from bot.telemetry import redact

LOCK_TIMEOUT = 10  # Seconds that a writer waits for the lock of another process.
PRAGMAS = (
    f"busy_timeout = {LOCK_TIMEOUT * 1000}",
    "synchronous = FULL",  # A power cut must not make the bot forget that it was about to post.
    "foreign_keys = ON",
)

# A server that went silent is noticed within about a minute, instead of after the hours that TCP takes by itself.
CONNECTION_OPTIONS = {
    "application_name": "devin-metrics",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}

LONGEST_DRIVER_ERROR = 300

# Any number will do that no other program locks in the same database.
ADVISORY_LOCK = 0x646576696E

# A migration can only change a constraint that has a name.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment: an aware datetime, which comes back in UTC. SQLite keeps its digits only."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The moment in UTC. A naive one is refused: it would be taken for the machine's zone."""
        if value is not None and value.tzinfo is None:
            raise TypeError("a naive datetime is no moment")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The moment in UTC, whichever zone the server's session is in."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Store:
    """An open database. `url` is how to name it to a reader: without its password. A writer takes `writer_lock`."""

    url: str
    engine: AsyncEngine
    writer_lock: AbstractAsyncContextManager[object]

    @property
    def shared(self) -> bool:
        """Whether several replicas may use it: PostgreSQL. A SQLite file belongs to one process."""
        return self.engine.dialect.name == "postgresql"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that is never committed."""
        async with self._connected(self.engine) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, exclusive: bool = False) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that an exception rolls back, and the end commits. Not to be nested.

        `exclusive` writers wait for each other, in all replicas.
        """
        engine = self.engine.execution_options(writes=True)
        async with self.writer_lock, self._connected(engine) as connection, connection.begin():
            if exclusive and self.shared:  # SQLite's writers wait for each other as they are.
                await connection.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
            yield connection

    def upsert(self, table: Table, row: Mapping[str, object], changing: Iterable[str]) -> Insert:
        """One statement that adds a row or, where its key is there already, changes the columns in `changing`."""
        statement = self.insert(table).values(row)
        changes = {name: statement.excluded[name] for name in changing}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)

    def insert_once(self, table: Table, row: Mapping[str, object], key: Iterable[str]) -> Insert:
        """One statement that adds a row, or does nothing where its key is there already."""
        return self.insert(table).values(row).on_conflict_do_nothing(index_elements=[table.c[name] for name in key])

    def insert(self, table: Table) -> Insert:
        """An insert that may have a conflict. Both dialects write it alike; the engine has loaded its own, and loading
        the other's would take 35 ms.
        """
        statement: Insert = import_module(f"sqlalchemy.dialects.{self.engine.dialect.name}").insert(table)
        return statement

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(engine.connect())
            except (DBAPIError, PoolTimeoutError, UnicodeError) as error:  # The last for a host such as "a..b".
                raise unreachable(self, getattr(error, "orig", error)) from None
            yield connection


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[Store]:
    """The database that a `DATABASE_URL` names, with a first connection made. Its tables may be missing or old."""
    address = read_address(url)
    alone = address.get_backend_name() == "sqlite"
    engine = sqlite_engine(address) if alone else _postgresql(address)
    # SQLite's writers wait by sleeping and trying again, and each with a connection that a reader could use.
    store = Store(without_password(address), engine, asyncio.Lock() if alone else nullcontext())
    try:
        await _check_reachable(store)
        yield store
    finally:
        await engine.dispose()


async def _check_reachable(store: Store) -> None:
    if not store.shared:
        try:
            await asyncio.to_thread(_check_file, store.engine.url.database or "")
        except sqlite3.Error as error:
            raise unreachable(store, error) from None
    async with store.reading():
        pass


def unreachable(store: Store, error: BaseException | None) -> Problem:
    """The Problem of a database that a driver cannot open. None is known to repeat a password; it is taken out all the
    same.
    """
    said, password = " ".join(str(error).split()), store.engine.url.password
    detail = said.replace(str(password), "…") if password else said
    return Problem("database-unreachable", url=store.url, detail=redact(detail)[:LONGEST_DRIVER_ERROR])


def sqlite_engine(address: URL) -> AsyncEngine:
    """An engine for a file."""
    # Without an isolation level the driver starts no transactions of its own, and `_begin_transaction` can.
    options = {"isolation_level": None, "async_creator_fn": _open_connection}
    engine = create_async_engine(address, hide_parameters=True, connect_args=options)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin_transaction)
    event.listen(engine.sync_engine, "invalidate", _end_transaction)
    return engine


async def _open_connection(*args: Any, **options: Any) -> aiosqlite.Connection:
    """Opens a connection. Where the caller is cancelled meanwhile, it is closed: aiosqlite would leave it open."""
    connection = aiosqlite.connect(*args, **options)
    connection._thread.daemon = True  # As SQLAlchemy has it: a thread that is left over does not keep the process.
    opening = asyncio.ensure_future(connection)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(sqlite3.Error):
            await (await opening).close()
        raise


def _check_file(file: str) -> None:
    """Opens the file without aiosqlite, whose thread outlives a failure, and sees whether it can be written."""
    _make_private(file)
    with closing(sqlite3.connect(file, timeout=LOCK_TIMEOUT, isolation_level=None)) as connection:
        # Readers and a writer do not wait for each other then. It stays with the file.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("BEGIN")
        try:
            connection.execute("PRAGMA user_version = 1")  # Any change will do. Closing takes it back.
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:  # Where another process writes, this one can too.
                raise


def _make_private(file: str) -> None:
    """Makes the file, where there is none, for its owner alone; SQLite gives its WAL and SHM the mode of the file.

    One that is there is not opened: closing it would end the locks that this process has on it.
    """
    # SQLite finds the same in a moment, and says it in its own words. RuntimeError is Python's for a loop of links.
    with suppress(OSError, RuntimeError):
        Path(file).resolve().touch(0o600, exist_ok=False)


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _end_transaction(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _error: BaseException | None) -> None:
    """Rolls back before a connection is given up, as one is whose task was cancelled.

    SQLite keeps a closed connection, with its lock, for as long as any of its cursors is not collected.
    """
    with suppress(sqlite3.Error):
        connection.rollback()


def _begin_transaction(connection: Connection) -> None:
    """Takes the lock of a writer at the start: one that has read before can fail in the middle instead of waiting."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(address: URL) -> AsyncEngine:
    query = {**CONNECTION_OPTIONS, **address.query}
    try:
        engine = create_async_engine(address.set(query=query), hide_parameters=True, pool_pre_ping=True)
    except ImportError:
        raise Problem("postgres-extra-missing") from None
    except ArgumentError:
        raise Problem("database-url-odd") from None
    event.listen(engine.sync_engine, "connect", _set_idle_timeout)
    return engine


def _set_idle_timeout(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """A process that is frozen in a transaction must not hold its locks: the others would wait as long."""
    cursor = connection.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{LOCK_TIMEOUT}s'")
    cursor.close()
    connection.commit()
