"""Runs a trial on each database, and prints their counts; exits with 1 where a target is missed."""

import asyncio
import sys
from pathlib import Path
from tempfile import mkdtemp

from torture.postgresql import postgresql
from torture.run import run
from torture.table import missed, table
from torture.trial import Trial

POSTGRESQL = Trial(replicas=3, digests=400, days=8, day=20, channels=100, kills=9, freezes=1, restarts=1, longest=60)
SQLITE = Trial(replicas=1, digests=100, days=5, day=8, channels=50, kills=5)


def main() -> int:
    """Both trials, one after the other."""
    logs = Path(mkdtemp(prefix="devin-metrics-torture-"))
    print(f"about four minutes; logs in {logs}", flush=True)
    for folder in (logs / "postgresql", logs / "sqlite"):
        folder.mkdir()
    with postgresql() as server:
        on_postgresql = asyncio.run(run(POSTGRESQL, server.url, logs / "postgresql", server.restart))
    on_sqlite = asyncio.run(run(SQLITE, f"sqlite:///{logs}/sqlite/devin-metrics.db", logs / "sqlite"))
    outcomes = {"PostgreSQL": (POSTGRESQL, on_postgresql), "SQLite": (SQLITE, on_sqlite)}
    for name, (_, outcome) in outcomes.items():
        for lost in outcome.score.lost:
            print(f"lost on {name}: {lost}")
    print(table(outcomes))
    return int(missed(outcomes))


if __name__ == "__main__":
    sys.exit(main())
