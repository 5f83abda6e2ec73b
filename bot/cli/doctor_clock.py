"""Compares this machine's clock with that of another end, as its answers date themselves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from bot.cli.findings import Finding
from bot.problems import Problem

MOST_SKEW = timedelta(minutes=2)  # Slack's requests are refused from five minutes on; an answer may take its time.


def clock_from(at: datetime) -> Callable[[], datetime]:
    """The time that has gone on since a moment: an examination takes longer than a clock may be wrong."""
    began = monotonic()
    return lambda: at + timedelta(seconds=monotonic() - began)


def clock_findings(end: str, theirs: datetime | None, ours: datetime) -> list[Finding]:
    """Whether two clocks go together; nothing where the other end has not said what its own says."""
    if theirs is None:
        return []
    skew = abs(theirs - ours)
    problem = Problem("clock-skew", end=end, seconds=round(skew.total_seconds())) if skew > MOST_SKEW else None
    return [Finding("clock", end, problem)]
