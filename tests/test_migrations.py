"""The schema's revisions: each makes one schema, and a later one keeps what is stored."""

from importlib.metadata import version
from pathlib import Path

from procrastinate.schema import SchemaManager

from bot import migrations

assert migrations.__file__
FOLDER = Path(migrations.__file__).parent


def test_the_jobs_tables_are_those_of_the_installed_procrastinate() -> None:
    (shipped,) = FOLDER.glob("procrastinate_*.sql")
    notice, _, schema = shipped.read_text("utf-8").partition("-- ----\n")
    assert "Permission is hereby granted, free of charge" in notice
    assert schema == SchemaManager.get_schema(), (
        f"procrastinate {version('procrastinate')} has another schema than {shipped.name}: write a new migration with "
        "its changes, and leave the old file to the revision that loads it"
    )
