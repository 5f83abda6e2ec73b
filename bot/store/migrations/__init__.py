"""Brings the schema to the revision that the code needs."""

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.problems import Problem
from bot.store import Store

# Revisions are numbers of four digits, so a newer one is a greater one. Alembic takes as long to import as the rest
# of the store; as the newest revision stands here, it is needed only where a schema has to change.
NEWEST = "0006"

INSUFFICIENT_PRIVILEGE = "42501"


async def prepare(store: Store) -> None:
    """Makes sure that the schema is the code's. A SQLite file is brought up to date; PostgreSQL waits for `migrate`."""
    if store.shared:  # A replica of the version before may still be at work on it.
        await check_revision(store)
    else:
        await migrate(store)


async def check_revision(store: Store) -> None:
    """Raises Problem where the schema is not the code's."""
    async with store.reading() as connection:
        found = await _revision(connection)
    _refuse_newer(found)
    if found < NEWEST:
        raise Problem("database-behind", found=found, newest=NEWEST)


async def migrate(store: Store) -> bool:
    """Brings the schema up to date: all of the way, or not at all. Whether that changed anything."""
    async with store.reading() as connection:  # A reader does not wait for writers.
        found = await _revision(connection)
    _refuse_newer(found)
    return found < NEWEST and await _upgrade(store)


async def _revision(connection: AsyncConnection) -> str:
    """The revision that Alembic has left in the database; that of an empty one is an empty text."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
        return ""
    found: str | None = await connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
    return found or ""


def _refuse_newer(found: str) -> None:
    if found > NEWEST:
        raise Problem("database-ahead", found=found, newest=NEWEST)


async def _upgrade(store: Store) -> bool:
    try:
        async with store.writing(exclusive=True) as connection:
            if await _revision(connection) >= NEWEST:  # Another process was waited for, and has done it.
                return False
            await connection.run_sync(_run_alembic)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        raise Problem("database-forbidden", url=store.url, detail=str(error.orig).partition("\n")[0]) from None
    return True


def _run_alembic(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 (see NEWEST)
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "bot.store:migrations")
    command.upgrade(config, "head")
