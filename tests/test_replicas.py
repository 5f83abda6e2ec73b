"""PostgreSQL's engine where the database goes away: nothing is left unread, undone or for another start."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.digests.clock import Clock, Timing
from bot.digests.runner import open_engine
from bot.store import Store, open_store
from bot.store.deliveries import DeliveryKey
from bot.store.installation import Installation
from bot.store.migrations import migrate
from bot.telemetry import configure_logs
from tests.at_work import FRIDAY, TEAM
from tests.complaints import Complaints

if TYPE_CHECKING:
    from tests.databases import Server

# What ends a job fails as in the moment in which a server shuts down.
SHUT_DOWN = """
ALTER FUNCTION procrastinate_finish_job_v1 RENAME TO finish_job;
CREATE FUNCTION procrastinate_finish_job_v1(job_id bigint, end_status procrastinate_job_status, delete_job boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'shutting down' USING ERRCODE = '57P01';
END $$;
"""
UP_AGAIN = """
DROP FUNCTION procrastinate_finish_job_v1;
ALTER FUNCTION finish_job RENAME TO procrastinate_finish_job_v1;
"""
D1 = DeliveryKey(TEAM, "d1")
JOBS = text("SELECT count(*) FROM procrastinate_jobs")


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """As the process writes them."""
    configure_logs("info", "json")


async def run_script(store: Store, script: str) -> None:
    """Runs statements as they are."""
    async with store.writing() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw
        await raw.execute(script)


async def test_the_end_of_a_job_is_written_when_the_database_is_back(
    postgresql: "Server", complaints: Complaints, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.digests.replicas.JOB_POLL", 0.05)
    brought = list[DeliveryKey]()

    async def deliver(delivery: DeliveryKey) -> None:
        brought.append(delivery)

    async with open_store(postgresql.new_database()) as store:
        await migrate(store)
        await run_script(store, SHUT_DOWN)
        async with open_engine(Installation(store, TEAM, lambda: FRIDAY), Clock(lambda: FRIDAY), Timing()) as engine:
            async with store.writing() as connection:
                await engine.enqueue(connection, D1, FRIDAY)
            working = asyncio.create_task(engine.run(deliver, lambda: None))
            await until(lambda: caplog.text.count("job-not-finished") >= 2)
            await run_script(store, UP_AGAIN)
            async with asyncio.timeout(20):
                while await jobs(store):  # noqa: ASYNC110 (the database tells nobody)
                    await asyncio.sleep(0.05)
            working.cancel()
            await asyncio.wait([working])
    assert brought == [D1]
    assert complaints() == []


async def test_a_job_that_was_put_back_meanwhile_is_left_to_whoever_has_it(
    postgresql: "Server", complaints: Complaints, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(postgresql.new_database()) as store:
        await migrate(store)
        async with open_engine(Installation(store, TEAM, lambda: FRIDAY), Clock(lambda: FRIDAY), Timing()) as engine:
            async with store.writing() as connection:
                await engine.enqueue(connection, D1, FRIDAY)

            async def deliver(_: DeliveryKey) -> None:
                await run_script(store, "UPDATE procrastinate_jobs SET status = 'succeeded'")

            working = asyncio.create_task(engine.run(deliver, lambda: None))
            await until(lambda: "job-not-finished" in caplog.text)
            working.cancel()
            await asyncio.wait([working])
    assert caplog.text.count("job-not-finished") == 1
    assert complaints() == []


async def jobs(store: Store) -> int:
    """How many there are."""
    async with store.reading() as connection:
        return int(await connection.scalar(JOBS) or 0)


async def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 (a log tells nobody)
            await asyncio.sleep(0.02)
