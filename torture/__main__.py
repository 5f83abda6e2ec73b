"""Runs a trial on each database at the same time, and prints their counts; exits with 1 where a target is missed."""

import asyncio
import sys
from pathlib import Path
from tempfile import mkdtemp

from torture.postgresql import postgresql
from torture.run import Outcome, run
from torture.table import all_met, table
from torture.trial import Trial
from torture.trouble import Restart

POSTGRESQL = Trial(replicas=3, digests=150, channels=75, kills=6, freezes=1, restarts=1, longest=265)
SQLITE = Trial(replicas=1, digests=60, channels=30, kills=3, longest=265)
LONGEST = 290.0  # Seconds.
MOST_TOLD = 10  # Lines about occurrences that were lost or too slow.


async def main() -> int:
    """Both trials."""
    logs = Path(mkdtemp(prefix="devin-metrics-torture-"))
    print(f"about four minutes, five at most; logs in {logs}", flush=True)
    for folder in (logs / "postgresql", logs / "sqlite"):
        folder.mkdir()
    with postgresql() as server:
        on_postgresql, on_sqlite = await asyncio.gather(
            outcome(POSTGRESQL, server.url, logs / "postgresql", server.restart),
            outcome(SQLITE, f"sqlite:///{logs}/sqlite/devin-metrics.db", logs / "sqlite"),
        )
    outcomes = {"PostgreSQL": on_postgresql, "SQLite": on_sqlite}
    for name, one in outcomes.items():
        for standing in (*one.score.lost, *one.score.slow)[:MOST_TOLD] if one else ():
            print(f"{name}: {standing}")
        if one and one.crashes:
            print(f"{name}: ended by themselves with the exit codes {one.crashes}")
    print(table(outcomes))
    return 0 if all_met(outcomes) else 1


async def outcome(trial: Trial, database: str, logs: Path, restart: Restart | None = None) -> Outcome | None:
    """What comes of a trial; None where it takes too long."""
    found = None
    try:
        async with asyncio.timeout(LONGEST):
            found = await run(trial, database, logs, restart)
    except* TimeoutError:
        print(f"the trial in {logs} took too long, and was broken off", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
