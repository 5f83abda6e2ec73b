"""A short run of `make torture`: however processes and Slack's answers break off, each digest is posted once."""

from pathlib import Path

from tests.databases import Server
from torture.run import Outcome, run
from torture.trial import Trial


def check(outcome: Outcome) -> None:
    """Counts only: how long it took is the machine's affair."""
    score = outcome.score
    assert list(score.lost) == []
    assert (score.twice, score.odd, outcome.bugs) == (0, 0, 0)
    assert outcome.trouble["kills"] > 0


async def test_replicas_that_are_killed_lose_nothing_and_post_nothing_twice(postgresql: Server, tmp_path: Path) -> None:
    trial = Trial(replicas=2, digests=40, days=3, day=3, channels=20, kills=3, longest=150)
    check(await run(trial, postgresql.new_database(), tmp_path))


async def test_a_process_that_is_killed_loses_nothing_and_posts_nothing_twice(tmp_path: Path) -> None:
    trial = Trial(replicas=1, digests=40, days=3, day=3, channels=20, kills=2, longest=150, policy="all")
    check(await run(trial, f"sqlite:///{tmp_path}/devin-metrics.db", tmp_path))
