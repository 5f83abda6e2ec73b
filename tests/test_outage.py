"""A database that goes away in the middle of a start: the bot waits for it."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.playground.slack.standin import Slack
from bot.problems import Problem
from bot.store import Store, open_store, outage
from bot.store.migrations import migrate, prepare
from bot.store.outage import retry_during_outage
from bot.telemetry import configure_logs
from tests.at_work import Hand, at_work
from tests.in_slack import bot_in_slack

if TYPE_CHECKING:
    from tests.databases import Server


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once, and logs are as the process writes them."""
    monkeypatch.setattr(outage, "FIRST_BACKOFF", 0.02)
    configure_logs("info", "json")


def refuse(postgresql: "Server", url: str) -> Callable[[], None]:
    """Closes all connections to a database and takes no new ones; what it returns takes them again."""
    name = url.partition("?")[0].rpartition("/")[2]
    postgresql.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgresql.run(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")
    return partial(postgresql.run, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


async def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 (a log tells nobody)
            await asyncio.sleep(0.02)


async def test_a_database_that_is_away_when_its_schema_is_looked_at_is_waited_for(
    postgresql: "Server", caplog: pytest.LogCaptureFixture
) -> None:
    url = postgresql.new_database()
    async with open_store(url) as store:
        await migrate(store)
        accept = refuse(postgresql, url)
        preparing = asyncio.create_task(retry_during_outage(partial(prepare, store), asyncio.Event()))
        await until(lambda: caplog.text.count("database-away") >= 2)
        assert not preparing.done()
        accept()
        await asyncio.wait_for(preparing, 20)
    assert "Traceback" not in caplog.text


async def test_a_database_that_is_away_when_digests_are_to_begin_is_waited_for(
    postgresql: "Server", slack: Slack, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    url = postgresql.new_database()
    async with open_store(url) as store:
        await migrate(store)
        async with at_work(store, slack, hand) as world:
            digest = await world.add()
            async with store.writing() as connection:  # As a terminal adds it before the bot knows its workspace.
                await connection.execute(text("UPDATE digests SET team_id = ''"))
        accept = refuse(postgresql, url)
        async with at_work(store, slack, hand) as world, world.working():
            await until(lambda: "round-interrupted" in caplog.text)
            accept()
            await world.until(world.digests.all)
            assert [adopted.id for adopted in await world.digests.all()] == [digest.id]
    assert "Traceback" not in caplog.text


@pytest.mark.usefixtures("nothing_set")
async def test_a_bot_whose_database_goes_away_after_the_first_connection_starts_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outages = [Problem("database-unreachable", url="sqlite:///bot.db", detail="locked")] * 2

    async def prepare_later(store: Store) -> None:
        if outages:
            raise outages.pop()
        await prepare(store)

    monkeypatch.setattr("bot.store.migrations.prepare", prepare_later)
    async with bot_in_slack("socket", tmp_path) as world:
        assert (await world.slack.command("help")).error is None
    assert outages == []


async def test_told_to_stop_while_the_database_is_away_the_start_ends(caplog: pytest.LogCaptureFixture) -> None:
    stop = asyncio.Event()

    async def step() -> None:
        raise Problem("database-unreachable", url="postgresql://db", detail="refused")

    waiting = asyncio.create_task(retry_during_outage(step, stop))
    await until(lambda: "database-away" in caplog.text)
    stop.set()
    await asyncio.wait_for(waiting, 5)


async def test_a_file_that_another_process_has_locked_is_waited_for_and_a_wrong_statement_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(f"sqlite:///{tmp_path}/bot.db") as store:
        other = sqlite3.connect(tmp_path / "bot.db", isolation_level=None, timeout=0)
        other.execute("BEGIN IMMEDIATE")

        async def step(statement: str) -> None:
            async with store.engine.connect() as connection:
                await connection.execute(text("PRAGMA busy_timeout = 0"))
                await connection.execute(text(statement))

        waiting = asyncio.create_task(retry_during_outage(partial(step, "CREATE TABLE one (id)"), asyncio.Event()))
        await until(lambda: "database-away" in caplog.text)
        other.rollback()
        other.close()
        await asyncio.wait_for(waiting, 20)
        with pytest.raises(OperationalError, match="syntax error"):
            await retry_during_outage(partial(step, "CREATE THE TABLE"), asyncio.Event())
