"""Who may read a SQLite database: its owner alone, unless the file says otherwise."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.problems import Problem
from bot.store import open_store
from bot.store.migrations import migrate

READ_AND_CLOSE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM people").fetchall()
connection.close()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "devin-metrics.db"


def modes(file: Path) -> dict[str, str]:
    return {path.name: f"{path.stat().st_mode & 0o777:o}" for path in file.parent.glob(f"{file.name}*")}


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0o022, 0o000, 0o077])
async def test_a_new_file_its_wal_and_its_shm_are_their_owner_s_alone(file: Path, mask: int) -> None:
    with umask(mask):
        async with open_store(f"sqlite:///{file}") as opened:
            await migrate(opened)
            assert modes(file) == {file.name: "600", f"{file.name}-wal": "600", f"{file.name}-shm": "600"}


@pytest.mark.parametrize("mode", ["600", "640"])
async def test_a_file_that_is_there_keeps_its_mode_and_its_wal_and_shm_have_the_same(file: Path, mode: str) -> None:
    file.touch(int(mode, 8))
    file.chmod(int(mode, 8))
    with umask(0):
        async with open_store(f"sqlite:///{file}") as opened:
            await migrate(opened)
            assert modes(file) == {file.name: mode, f"{file.name}-wal": mode, f"{file.name}-shm": mode}


async def test_a_file_behind_a_link_is_its_owner_s_alone(file: Path) -> None:
    file.symlink_to(file.parent / "elsewhere.db")
    with umask(0o022):
        async with open_store(f"sqlite:///{file}"):
            assert modes(file.parent / "elsewhere.db")["elsewhere.db"] == "600"


async def test_a_process_that_opens_its_file_twice_keeps_its_locks(file: Path) -> None:
    async with open_store(f"sqlite:///{file}") as opened:
        await migrate(opened)
        async with opened.reading() as connection:
            await connection.execute(text("SELECT count(*) FROM people"))
            async with open_store(f"sqlite:///{file}"):
                pass
            other = await asyncio.create_subprocess_exec(sys.executable, "-c", READ_AND_CLOSE, str(file))
            assert await other.wait() == 0
            # The last one to close takes the WAL away; without locks, a process is not seen to be there.
            assert file.with_name(f"{file.name}-wal").exists()


async def test_links_that_go_round_are_no_database(tmp_path: Path) -> None:
    (tmp_path / "loop.db").symlink_to("loop.db")
    with pytest.raises(Problem) as caught:
        async with open_store(f"sqlite:///{tmp_path}/loop.db"):
            pass
    assert caught.value.key == "database-unreachable"
