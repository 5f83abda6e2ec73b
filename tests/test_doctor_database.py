"""Doctor tells where the database is and how it stands, and changes nothing there."""

import asyncio
import os
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.cli.doctor_database import look_at_database
from bot.messages.page import Page
from bot.messages.render import text as words
from bot.store import Store, open_store
from bot.store.migrations import NEWEST
from tests.databases import Server, make_migrated_file


async def told(url: str) -> list[str]:
    return words(Page("cli/doctor", "en", {"findings": [await look_at_database(url)], "well": False})).splitlines()


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    await make_migrated_file(tmp_path / "bot.db")
    return tmp_path / "bot.db"


async def revise(url: str, revision: str) -> None:
    async with open_store(url) as store, store.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


async def test_a_file_is_told_by_its_absolute_path(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    assert await told("sqlite:///bot.db") == [f"✓ Database: {file}, with the schema of this version ({NEWEST})"]


async def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    assert await told(f"sqlite:///{path}") == [
        f"– Database: {path} is not there yet; the first start makes it, in a folder that can be written"
    ]
    assert [*tmp_path.iterdir()] == []


async def test_looking_makes_no_file_and_changes_none(file: Path) -> None:
    before = file.read_bytes(), file.stat().st_mtime_ns
    await told(f"sqlite:///{file}")
    assert [*file.parent.iterdir()] == [file]
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


async def test_a_file_that_the_bot_has_open_is_read_with_what_is_in_its_wal(file: Path) -> None:
    async with open_store(f"sqlite:///{file}") as store, store.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
        # Not committed yet, and no reader waits for it.
        assert f"({NEWEST})" in (await asyncio.wait_for(told(f"sqlite:///{file}"), 5))[0]
    async with open_store(f"sqlite:///{file}") as store, store.reading() as reader:
        await reader.execute(text("SELECT * FROM alembic_version"))  # What is written now stays in the WAL.
        await revise(f"sqlite:///{file}", "0004")
        assert "with the schema 0004" in (await told(f"sqlite:///{file}"))[0]


@pytest.mark.parametrize("folder", ["a b", "c#d%20e?f", "ä"])
async def test_any_path_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    await make_migrated_file(Path("bot.db"))
    assert await told("sqlite:///bot.db") == [
        f"✓ Database: {tmp_path / folder / 'bot.db'}, with the schema of this version ({NEWEST})"
    ]


async def test_an_older_file_is_brought_up_to_date_by_the_next_start(file: Path) -> None:
    await revise(f"sqlite:///{file}", "0004")
    assert await told(f"sqlite:///{file}") == [
        f"– Database: {file}, with the schema 0004; the next start brings it to {NEWEST}, as “devin-metrics migrate” "
        "does now"
    ]


async def test_an_empty_file_gets_its_tables_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "bot.db").touch()
    assert await told(f"sqlite:///{tmp_path}/bot.db") == [
        f"– Database: {tmp_path}/bot.db, without tables; the next start makes them, as “devin-metrics migrate” does now"
    ]


async def test_what_is_no_database_is_told_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "bot.db").write_text("not one, but long enough to be taken for a header of a file" * 20, "utf-8")
    lines = await told(f"sqlite:///{tmp_path}/bot.db")
    assert lines[:3] == [
        "✗ Database",
        f"The database “sqlite:///{tmp_path}/bot.db” cannot be opened.",
        "file is not a database",
    ]


@pytest.mark.parametrize(("locked", "path"), [("folder", ""), ("file", "/bot.db")])
async def test_what_cannot_be_written_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch, locked: str, path: str
) -> None:
    place = file.parent if locked == "folder" else file
    monkeypatch.setattr(os, "access", lambda asked, _: asked != place)  # Root may write everywhere.
    assert (await told(f"sqlite:///{file}"))[1] == (
        f"This user may not write to “{file.parent}{path}”, and the database has to."
    )


async def test_a_newer_schema_asks_for_the_newer_version(store: Store, database_url: str) -> None:
    async with store.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert (await told(database_url))[1] == (
        f"The database is newer than this version (it has 9999, this version knows {NEWEST})."
    )


async def test_a_server_is_told_without_its_password_and_waits_for_migrate(postgresql: Server) -> None:
    url = await postgresql.new_migrated()
    (line,) = await told(url)
    assert line.startswith("✓ Database: postgresql://postgres@/test")
    await revise(url, "0004")
    assert (await told(url))[1:3] == [
        f"The database is older than this version (it has 0004, this version needs {NEWEST}).",
        "Run “devin-metrics migrate” once, then start again.",
    ]
    refused = "\n".join(await told(url.replace("postgres@", "locked:wrong@")))
    assert refused.startswith("✗ Database\nThe database “postgresql://locked@/")
    assert "wrong" not in refused
