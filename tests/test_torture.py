"""A short run of `make torture`: whatever goes wrong at the worst moment, each digest is posted once."""

from pathlib import Path

from tests.databases import Server
from torture.run import run
from torture.table import missed
from torture.trial import Trial


async def test_replicas_meet_the_targets_through_misfortunes(postgresql: Server, tmp_path: Path) -> None:
    trial = Trial(replicas=2, digests=6, channels=6, longest=120, minutes=0, behind=1)
    assert missed(await run(trial, postgresql.new_database(), tmp_path)) == []


async def test_a_process_alone_meets_the_targets_through_misfortunes(tmp_path: Path) -> None:
    trial = Trial(replicas=1, digests=6, channels=6, longest=120, minutes=0, behind=1)
    assert missed(await run(trial, f"sqlite:///{tmp_path}/devin-metrics.db", tmp_path)) == []
