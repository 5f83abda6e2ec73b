"""The store: the same on SQLite and on PostgreSQL, for one process and for several."""

import asyncio
import gc
import logging
import os
import re
import sqlite3
import sys
import traceback
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from bot import store as store_module
from bot.messages.page import Page
from bot.messages.render import render
from bot.problems import Problem
from bot.queries.request import Preferences
from bot.store import Store, metadata, migrations, open_store
from bot.store.deliveries import deliveries
from bot.store.digests import digests
from bot.store.events import events
from bot.store.migrations import NEWEST, check_revision, migrate, prepare
from bot.store.notices import notices
from bot.store.people import own_settings, people, save_settings
from bot.store.questions import questions
from bot.store.readings import readings
from bot.store.slots import slots
from bot.store.snapshots import snapshots
from bot.store.workspaces import workspaces

if TYPE_CHECKING:
    from tests.databases import Server


TABLES = (questions, deliveries, digests, events, notices, slots, readings, snapshots, workspaces)
ROOT = Path(__file__).parent.parent
NOBODY = 65534
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

OPEN_PREPARED = """
import asyncio, sys
from bot.store.migrations import prepare
from bot.store import open_store
from bot.store.people import own_settings

async def main():
    async with open_store(sys.argv[1]) as store:
        await prepare(store)
        print(await own_settings(store, "T1", "U1"), "alembic" in sys.modules)

asyncio.run(main())
"""


async def another_process(url: str) -> str:
    """What a second process finds: the settings of one person, and whether it had to load Alembic."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", OPEN_PREPARED, url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return told.decode().strip()


async def problem(url: str) -> Problem:
    with pytest.raises(Problem) as raised:
        async with open_store(url):
            pass
    return raised.value


# People's settings


async def test_who_never_set_anything_has_nothing_set(store: Store) -> None:
    assert await own_settings(store, "T1", "U1") == Preferences(tz=None, lang=None)


async def test_a_change_leaves_the_other_setting_and_can_be_taken_back(store: Store) -> None:
    await save_settings(store, "T1", "U1", NOON, tz="Europe/Berlin")
    await save_settings(store, "T1", "U1", NOON, lang="ja")
    assert await own_settings(store, "T1", "U1") == Preferences("Europe/Berlin", "ja")
    await save_settings(store, "T1", "U1", NOON, tz=None)
    assert await own_settings(store, "T1", "U1") == Preferences(None, "ja")


async def test_the_same_user_id_in_two_workspaces_is_two_people(store: Store) -> None:
    await save_settings(store, "T1", "U1", NOON, tz="Europe/Berlin", lang="en")
    await save_settings(store, "T2", "U1", NOON, lang="zh")
    assert await own_settings(store, "T1", "U1") == Preferences("Europe/Berlin", "en")
    assert await own_settings(store, "T2", "U1") == Preferences(None, "zh")


async def test_of_changes_at_the_same_moment_none_is_lost(store: Store, database_url: str) -> None:
    users = [f"U{n}" for n in range(30)]
    async with open_store(database_url) as other, asyncio.TaskGroup() as group:
        for user in users:
            group.create_task(save_settings(store, "T1", user, NOON, tz="Asia/Tokyo"))
            group.create_task(save_settings(other, "T1", user, NOON, lang="ja"))
    assert {await own_settings(store, "T1", user) for user in users} == {Preferences("Asia/Tokyo", "ja")}


# Transactions and moments


async def test_a_moment_comes_back_in_utc_whichever_zone_it_or_the_server_is_in(store: Store) -> None:
    in_tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    await save_settings(store, "T1", "U1", in_tokyo)
    async with store.reading() as connection:
        if store.shared:
            await connection.execute(text("SET TIME ZONE 'America/New_York'"))
        found = await connection.scalar(select(people.c.updated_at))
    assert found == NOON
    assert found.tzinfo is UTC


async def test_a_naive_datetime_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="naive"):
        await save_settings(store, "T1", "U1", NOON.replace(tzinfo=None))


async def test_what_fails_in_the_middle_leaves_nothing_behind(store: Store) -> None:
    with suppress(ZeroDivisionError):
        async with store.writing() as connection:
            await connection.execute(insert(people).values(team_id="T1", user_id="U1", lang="ja", updated_at=NOON))
            raise ZeroDivisionError
    assert await own_settings(store, "T1", "U1") == Preferences()


async def test_another_process_reads_what_was_committed_while_this_one_writes(store: Store, database_url: str) -> None:
    await save_settings(store, "T1", "U1", NOON, lang="ja")
    async with store.writing() as connection:
        await connection.execute(people.update().values(lang="zh"))
        assert "lang='ja'" in await another_process(database_url)
    assert "lang='zh'" in await another_process(database_url)


async def test_opening_does_not_wait_for_a_writer(store: Store, database_url: str) -> None:
    async with store.writing(), open_store(database_url) as other:
        assert await own_settings(other, "T1", "U1") == Preferences()


# The schema


async def test_migrating_again_changes_nothing(empty_store: Store) -> None:
    assert [await migrate(empty_store), await migrate(empty_store)] == [True, False]
    await check_revision(empty_store)


async def test_of_two_replicas_that_migrate_at_once_one_does_it(empty_store: Store, database_url: str) -> None:
    async with open_store(database_url) as other:
        done = await asyncio.gather(migrate(empty_store), migrate(other), migrate(empty_store), migrate(other))
    assert sorted(done) == [False, False, False, True]


async def test_the_migrated_schema_is_the_one_in_the_code(store: Store) -> None:
    async with store.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"include_name": _ours}), metadata)
        )
        key = await connection.run_sync(lambda sync: inspect(sync).get_pk_constraint("people"))
    assert {*metadata.tables} == {people.name, *(table.name for table in TABLES)}
    assert differences == []
    assert (key["name"], key["constrained_columns"]) == ("pk_people", ["team_id", "user_id"])


def _ours(name: str | None, _kind: str, _parents: object) -> bool:
    """All but what belongs to the library that carries jobs on PostgreSQL."""
    return not (name or "").startswith("procrastinate_")


def test_the_newest_revision_is_the_one_named_in_the_code() -> None:
    assert migrations.__file__
    script = ScriptDirectory(Path(migrations.__file__).parent)
    numbers = [revision.revision for revision in script.walk_revisions()]
    assert numbers == [f"{number:04}" for number in range(len(numbers), 0, -1)]
    assert numbers[0] == NEWEST


async def test_a_new_database_is_prepared_in_a_file_and_refused_on_a_server(empty_store: Store) -> None:
    with pytest.raises(Problem, match="database-behind") as raised:
        await check_revision(empty_store)
    assert raised.value.data == {"found": "", "newest": NEWEST}
    if empty_store.shared:
        with pytest.raises(Problem, match="database-behind"):
            await prepare(empty_store)
    else:
        await prepare(empty_store)
        await check_revision(empty_store)


Step = Callable[[Store], Awaitable[object]]


@pytest.mark.parametrize("step", [prepare, check_revision, migrate])
async def test_a_database_of_a_newer_version_is_refused(store: Store, step: Step) -> None:
    async with store.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Problem, match="database-ahead") as raised:
        await step(store)
    assert raised.value.data == {"found": "9999", "newest": NEWEST}


async def test_a_migration_that_fails_leaves_the_schema_as_it_was(empty_store: Store) -> None:
    async with empty_store.writing() as connection:
        await connection.execute(text("CREATE TABLE people (theirs INTEGER)"))
    with pytest.raises(DBAPIError):
        await migrate(empty_store)
    async with empty_store.reading() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == ["people"]


@pytest.mark.usefixtures("store")
async def test_alembic_is_not_loaded_where_the_schema_is_current(database_url: str) -> None:
    assert (await another_process(database_url)).endswith(" False")


# SQLite


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "devin-metrics.db"


async def test_a_file_is_named_from_the_working_folder_or_from_the_root(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    for url in ("sqlite:///devin-metrics.db", f"sqlite:///{file}"):
        file.unlink(missing_ok=True)
        async with open_store(url) as opened:
            assert (opened.url, file.exists()) == (url, True)


async def test_every_connection_to_a_file_is_set_up(file: Path) -> None:
    async with open_store(f"sqlite:///{file}") as opened, opened.reading() as first, opened.writing() as second:
        for connection in (first, second):
            pragmas = ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
            found = [(await connection.execute(text(f"PRAGMA {pragma}"))).scalar() for pragma in pragmas]
            assert found == ["wal", 10_000, 1, 2]


async def test_writers_that_read_first_wait_for_each_other(file: Path) -> None:
    async def count(opened: Store) -> None:
        async with opened.writing() as connection:
            value = await connection.scalar(text("SELECT value FROM counter"))
            await connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    async with open_store(f"sqlite:///{file}") as opened:
        async with opened.writing() as connection:
            await connection.execute(text("CREATE TABLE counter AS SELECT 0 AS value"))
        await asyncio.gather(*(count(opened) for _ in range(10)))
        async with opened.reading() as connection:
            assert await connection.scalar(text("SELECT value FROM counter")) == 10


async def add_one(store: Store, has_read: asyncio.Event) -> None:
    """Reads a number, and writes the next one."""
    async with store.writing() as connection:
        value = await connection.scalar(text("SELECT value FROM counter"))
        has_read.set()
        await connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})


async def test_of_two_processes_that_read_before_they_write_the_second_reads_what_the_first_has_written(
    file: Path,
) -> None:
    has_read = asyncio.Event()
    async with open_store(f"sqlite:///{file}") as first, open_store(f"sqlite:///{file}") as second:
        async with first.writing() as connection:
            await connection.execute(text("CREATE TABLE counter AS SELECT 0 AS value"))
        async with first.writing() as connection:
            value = await connection.scalar(text("SELECT value FROM counter"))
            waiting = asyncio.create_task(add_one(second, has_read))
            with suppress(TimeoutError):
                await asyncio.wait_for(has_read.wait(), 0.3)
            await connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})
            assert not has_read.is_set()
        await waiting
        async with first.reading() as connection:
            assert await connection.scalar(text("SELECT value FROM counter")) == 2


async def test_whoever_is_about_to_write_has_the_file_to_itself_before_it_has_read(file: Path) -> None:
    async with open_store(f"sqlite:///{file}") as opened, opened.writing():
        another = closing(sqlite3.connect(file, timeout=0, isolation_level=None))
        with another as other, pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


async def test_a_writer_that_is_cancelled_leaves_no_lock_wherever_it_was(file: Path) -> None:
    async with open_store(f"sqlite:///{file}") as store:
        async with store.writing() as connection:
            await connection.exec_driver_sql("CREATE TABLE counter (value INTEGER)")

        async def write() -> None:
            async with store.writing() as connection:
                await connection.exec_driver_sql("INSERT INTO counter VALUES (1), (2) RETURNING value")

        cancelled = []  # Each keeps what its statement has left behind.
        for steps in range(60):
            cancelled.append(asyncio.create_task(write()))
            for _ in range(steps):
                await asyncio.sleep(0)
            cancelled[-1].cancel()
            await asyncio.wait(cancelled[-1:])
            async with asyncio.timeout(5), store.writing():
                pass


async def test_processes_that_start_at_once_on_a_new_file_all_start(file: Path) -> None:
    told = await asyncio.gather(*(another_process(f"sqlite:///{file}") for _ in range(4)))
    assert sorted(line.rpartition(" ")[0] for line in told) == [str(Preferences())] * 4


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder in which nobody can write: files that can and cannot be written, and an open folder."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "open").mkdir()
        for file, mode in (("locked.db", 0o444), ("kept.db", 0o666), ("open/locked.db", 0o444)):
            with closing(sqlite3.connect(folder / file)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("CREATE TABLE people (name TEXT)")
            (folder / file).chmod(mode)
        (folder / "open").chmod(0o777)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root may write everywhere, so for a while it is nobody."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.parametrize("name", ["new.db", "locked.db", "kept.db", "open/locked.db", "missing/new.db", "."])
async def test_a_file_that_cannot_be_written_is_a_problem_at_the_start(locked_folder: Path, name: str) -> None:
    with without_privileges():
        found = await problem(f"sqlite:///{locked_folder}/{name}")
    assert (found.key, found.data["url"]) == ("database-unreachable", f"sqlite:///{locked_folder}/{name}")
    assert re.search("unable to open|readonly|Permission denied", str(found.data["detail"]))


async def test_a_file_that_is_no_database_is_a_problem_at_the_start(file: Path) -> None:
    file.write_text("These are notes. " * 100)
    found = await problem(f"sqlite:///{file}")
    assert (found.key, found.data["detail"]) == ("database-unreachable", "file is not a database")


# PostgreSQL


def all_told(found: Problem, caplog: pytest.LogCaptureFixture) -> str:
    return "".join([str(found), repr(found), *traceback.format_exception(found), caplog.text])


@pytest.mark.parametrize("address", ["locked:SECRET@/{0}?host={1}", "/{0}?user=locked&password=SECRET&host={1}"])
async def test_a_wrong_password_is_a_problem_that_does_not_repeat_it(
    postgresql: "Server", caplog: pytest.LogCaptureFixture, address: str
) -> None:
    caplog.set_level(logging.DEBUG)
    found = await problem("postgresql://" + address.format("postgres", postgresql.socket))
    assert found.key == "database-unreachable"
    assert str(found.data["url"]).endswith(f"/postgres?host={postgresql.socket}")
    assert 'password authentication failed for user "locked"' in str(found.data["detail"])
    assert "SECRET" not in all_told(found, caplog)


async def test_the_right_password_opens(postgresql: "Server") -> None:
    async with open_store(postgresql.url(user="locked:right")) as opened:
        assert "right" not in f"{opened!r} {opened.engine!r} {opened.engine.sync_engine!r}"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("bot:SECRET@127.0.0.1:1/metrics?sslmode=disable", "bot@127.0.0.1:1/metrics"),
        ("bot:SEC%40SECRET@[::1]:1/metrics", "bot@[::1]:1/metrics"),
        ("bot:SECRET@/metrics?host=/nowhere", "bot@/metrics?host=/nowhere"),
        ("bot:SECRET@no..where/metrics", "bot@no..where/metrics"),
        ("bot:SECRET@127.0.0.1:1/metrics?sslmode=SECRET", "bot@127.0.0.1:1/metrics"),
        ("bot:SECRET@127.0.0.1:1/metrics?nonsense=SECRET", "bot@127.0.0.1:1/metrics"),
    ],
)
async def test_a_server_that_is_not_there_is_a_problem_that_names_it(
    caplog: pytest.LogCaptureFixture, address: str, shown: str
) -> None:
    caplog.set_level(logging.DEBUG)
    found = await problem(f"postgresql://{address}")
    assert (found.key, found.data["url"]) == ("database-unreachable", f"postgresql://{shown}")
    assert 0 < len(str(found.data["detail"])) <= 300
    assert "SECRET" not in all_told(found, caplog)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "devin-metrics.db",
        "mysql://bot:SECRET@localhost/metrics",
        "mysql+psycopg://bot:SECRET@localhost/metrics",
        "postgresql+psycopg://bot:SEC@SECRET@localhost/metrics",
        "postgresql://bot:SEC@SECRET@localhost/metrics",
        "postgresql://bot:SEC@SECRET/SECRET@localhost/metrics",
        "postgresql://bot:SECRET@localhost:port/metrics",
        "postgresql://bot:SECRET@localhost/metrics?port=SECRET",
        "sqlite://",
        "sqlite://devin-metrics.db",
        "sqlite://data/devin-metrics.db",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "sqlite:///file:devin-metrics.db?uri=true",
    ],
)
async def test_a_url_that_cannot_be_right_is_a_problem_and_is_not_repeated(
    caplog: pytest.LogCaptureFixture, url: str
) -> None:
    caplog.set_level(logging.DEBUG)
    found = await problem(url)
    assert (found.key, found.data) == ("database-url-odd", {})
    assert "SECRET" not in all_told(found, caplog)


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("postgresql+asyncpg://bot:SECRET@localhost/metrics", "postgresql+psycopg://user:password@host/name"),
        ("postgresql+psycopg2://bot:SECRET@localhost/metrics", "postgresql+psycopg://user:password@host/name"),
        ("postgres+psycopg://bot:SECRET@localhost/metrics", "postgresql+psycopg://user:password@host/name"),
        ("sqlite+pysqlite:///devin-metrics.db", "sqlite+aiosqlite:///devin-metrics.db"),
    ],
)
async def test_another_driver_is_a_problem_that_says_which_form_to_use(url: str, form: str) -> None:
    found = await problem(url)
    said = render(Page("problems/problem", "en", {"problem": found})).text
    assert found.key == "database-driver-other"
    assert form in said
    assert "SECRET" not in said


async def test_the_driver_may_be_named_as_sqlalchemy_names_it(database_url: str) -> None:
    driver = "sqlite+aiosqlite" if database_url.startswith("sqlite") else "postgresql+psycopg"
    async with open_store(database_url.replace(database_url.partition(":")[0], driver, 1)) as opened:
        assert opened.url == database_url.replace("%2F", "/")


async def test_without_the_extra_postgresql_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert (await problem("postgresql:///metrics")).key == "postgres-extra-missing"


async def test_a_silent_server_is_noticed_and_the_url_may_say_otherwise(postgresql: "Server") -> None:
    async with open_store(postgresql.url() + "&keepalives_idle=7") as opened, opened.reading() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver
        told = driver.info.get_parameters()
    assert (told["tcp_user_timeout"], told["keepalives_idle"]) == ("30000", "7")


async def test_a_process_that_is_frozen_in_a_transaction_does_not_hold_up_the_others_for_long(
    postgresql: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "LOCK_TIMEOUT", 1)
    url = postgresql.url()
    async with open_store(url) as frozen, open_store(url) as other:
        with pytest.raises(DBAPIError):
            async with frozen.writing(exclusive=True), other.writing(exclusive=True):  # Which waits for the first one.
                pass


async def test_a_connection_that_the_server_closed_is_replaced(postgresql: "Server") -> None:
    async with open_store(postgresql.new_database()) as opened:
        async with opened.reading() as connection:
            number = await connection.scalar(text("SELECT pg_backend_pid()"))
        postgresql.run(f"SELECT pg_terminate_backend({number}, 5000)")
        async with opened.reading() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1


async def test_who_may_not_make_tables_is_told(postgresql: "Server") -> None:
    url = postgresql.new_database().replace("postgres@", "guest@")
    async with open_store(url) as opened:
        with pytest.raises(Problem, match="database-forbidden") as raised:
            await migrate(opened)
    assert raised.value.data == {"url": url, "detail": "permission denied for schema public"}


@pytest.mark.parametrize("steps", range(0, 30, 3))
async def test_a_connection_is_closed_when_its_caller_is_cancelled_while_it_opens(tmp_path: Path, steps: int) -> None:
    """Python 3.13 warns of each that is not."""

    async def read(store: Store) -> None:
        async with store.reading():
            pass

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", ResourceWarning)
        async with open_store(f"sqlite:///{tmp_path}/devin-metrics.db") as store:
            await store.engine.dispose()  # The next one who reads opens a connection.
            readers = [asyncio.create_task(read(store)) for _ in range(4)]
            for _ in range(steps):
                await asyncio.sleep(0)
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)
        gc.collect()
    assert [str(one.message) for one in heard] == []
