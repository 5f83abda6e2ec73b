"""PostgreSQL's engine: procrastinate runs each delivery in one of the replicas."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import procrastinate
import psycopg
import psycopg_pool
import structlog
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.digests.clock import Clock
from bot.digests.engine import CONCURRENT_DELIVERIES, SHUTDOWN_GRACE, Deliver
from bot.problems import Problem
from bot.store.deliveries import DeliveryKey
from bot.store.installation import Installation

log = structlog.get_logger(__name__)

TASK = "deliver"
QUEUE = "deliveries "  # And the workspace's id: bots that share a database do not run each other's jobs.
SELECT_WITH_JOB = text(
    "SELECT queue_name, args->>'delivery' FROM procrastinate_jobs"
    " WHERE queue_name = ANY(:queues) AND status IN ('todo', 'doing') AND args->>'delivery' = ANY(:ids)"
)
DATABASE_ERRORS = (ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout, DBAPIError, Problem)
JOB_POLL = 1.0  # Seconds between two looks for jobs whose time has come; new ones are heard of at once.
WORKER_HEARTBEAT, WORKER_STALLED = 5.0, 20.0  # Seconds: a worker without a heartbeat for so long counts as dead.
assert SHUTDOWN_GRACE < WORKER_STALLED  # A worker that shuts down sends no heartbeat.


class ProcrastinateEngine:
    """Writes and runs the jobs of one process. Each job delivers one row; procrastinate's cron is not used."""

    def __init__(self, app: procrastinate.App, jobs: "_Jobs", installation: Installation, clock: Clock) -> None:
        self._app = app
        self._jobs = jobs
        self._installation = installation
        self._clock = clock
        self._deliver: Deliver = _no_worker
        app.task(name=TASK, pass_context=True)(self._work_on)

    async def enqueue(self, connection: AsyncConnection, delivery: DeliveryKey, at: datetime) -> None:
        """Writes the job on the connection that writes the row."""
        raw = (await connection.get_raw_connection()).driver_connection
        wait = round(1000 * self._clock.seconds(at - self._clock.now()))
        deliver, queue = self._app.tasks[TASK], QUEUE + delivery.team
        job = deliver.configure(connection=raw, queue=queue, schedule_in={"milliseconds": wait})
        try:
            await job.defer_async(delivery=delivery.id)
        except ConnectorException as error:
            raise Problem("database-unreachable", url=self._installation.store.url, detail=str(error)) from error

    async def without_job(
        self, connection: AsyncConnection, deliveries: Sequence[DeliveryKey]
    ) -> Sequence[DeliveryKey]:
        """Those of some deliveries that have no job: where many are overdue, most wait in the queue with a job."""
        if not deliveries:
            return ()
        queues = {QUEUE + delivery.team for delivery in deliveries}
        jobs = {"queues": list(queues), "ids": [delivery.id for delivery in deliveries]}
        with_job = {tuple(row) for row in await connection.execute(SELECT_WITH_JOB, jobs)}
        return [delivery for delivery in deliveries if (QUEUE + delivery.team, delivery.id) not in with_job]

    async def run(self, deliver: Deliver, alive: Callable[[], None]) -> None:
        """Runs jobs until it is cancelled, and enqueues those of dead workers again."""
        self._deliver = deliver
        async with asyncio.TaskGroup() as group:
            group.create_task(self._work())
            group.create_task(self._requeue_stalled(alive))

    async def _work_on(self, context: JobContext, delivery: str) -> None:
        await self._deliver(DeliveryKey(context.job.queue.removeprefix(QUEUE), delivery))

    async def _look_up_queues(self) -> None:
        self._jobs.queues = [QUEUE + team for team in await self._installation.all()]

    async def _work(self) -> None:
        while True:
            try:
                await self._look_up_queues()
                await self._app.run_worker_async(
                    queues=self._jobs.queues,
                    concurrency=CONCURRENT_DELIVERIES,
                    fetch_job_polling_interval=JOB_POLL,
                    update_heartbeat_interval=WORKER_HEARTBEAT,
                    stalled_worker_timeout=WORKER_STALLED,
                    shutdown_graceful_timeout=SHUTDOWN_GRACE,
                    delete_jobs="always",
                    install_signal_handlers=False,
                )
            except DATABASE_ERRORS as error:  # The database is away for longer than the worker retries.
                log.warning("worker-ended", reason=str(error))
                if _is_cancelled():  # The worker failed while it ended, and has taken the cancellation for its own.
                    return
            await asyncio.sleep(WORKER_HEARTBEAT)

    async def _requeue_stalled(self, alive: Callable[[], None]) -> None:
        while True:
            alive()
            try:
                await self._look_up_queues()
                for job in await self._jobs.get_stalled_jobs(seconds_since_heartbeat=WORKER_STALLED):
                    if job.queue in self._jobs.queues:
                        log.warning("job-put-back", delivery=job.task_kwargs.get("delivery"))
                        await self._jobs.retry_job(job)
            except DATABASE_ERRORS as error:  # It is tried again.
                log.warning("jobs-unreachable", reason=str(error))
            await asyncio.sleep(WORKER_HEARTBEAT)


@asynccontextmanager
async def open_procrastinate_engine(installation: Installation, clock: Clock) -> AsyncIterator[ProcrastinateEngine]:
    """The engine on the store's own database, with connections of its own."""
    url = installation.store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    # Opened here, and not by the library, which would give up where the database is away at that moment.
    pool = psycopg_pool.AsyncConnectionPool(
        url,
        min_size=2,
        max_size=CONCURRENT_DELIVERIES,
        open=False,
        check=psycopg_pool.AsyncConnectionPool.check_connection,
    )
    app = procrastinate.App(connector=procrastinate.PsycopgConnector())
    app.job_manager = jobs = _Jobs(app.connector)
    async with pool, app.open_async(pool):
        yield ProcrastinateEngine(app, jobs, installation, clock)


class _Jobs(JobManager):
    """Fetches jobs of the present `queues`, which become more while a worker runs; and writes the end of a job again
    while the database is away.

    The library would not try again: the job would stay with a worker that has forgotten it, and its failure be unread.
    """

    queues: Sequence[str] = ()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:  # noqa: ARG002 (the ones at its start)
        """The next job of any of its queues. It is heard of at once in those that there were when the worker began, and
        within JOB_POLL in the others.
        """
        return await super().fetch_job(self.queues, worker_id)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Tries until the database answers, with success or an error: the job may be enqueued again by then."""
        while True:
            try:
                await super().finish_job(job, status, delete_job)
            except ConnectorException as error:
                log.warning("job-not-finished", delivery=job.task_kwargs.get("delivery"), reason=str(error))
                cause = error.__cause__
                if not isinstance(cause, psycopg.OperationalError) or isinstance(cause, psycopg_pool.PoolClosed):
                    return
            else:
                return
            await asyncio.sleep(JOB_POLL)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _no_worker(delivery: DeliveryKey) -> None:
    """The body of the job until `run` gives it one; a process that only enqueues never does."""
    raise RuntimeError(f"this process does not work on jobs: {delivery.id}")
