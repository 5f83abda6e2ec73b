"""The counts of trials side by side, with what was missed."""

from collections.abc import Callable, Mapping

from torture.run import Outcome
from torture.trial import Trial

Told = Callable[[Trial, Outcome], object]

ROWS: Mapping[str, Told] = {
    "replicas": lambda trial, _: trial.replicas,
    "digests x days": lambda trial, _: f"{trial.digests} x {trial.days}",
    "killed": lambda _, outcome: outcome.trouble["kills"],
    "frozen": lambda _, outcome: outcome.trouble["freezes"],
    "database restarts": lambda _, outcome: outcome.trouble["restarts"],
    "ended by themselves": lambda _, outcome: outcome.crashes,
    "posts expected": lambda _, outcome: outcome.score.expected,
    "posts made": lambda _, outcome: outcome.score.posted,
    "found after all": lambda _, outcome: outcome.score.found,
    "uncertain": lambda _, outcome: outcome.score.uncertain,
    "failed": lambda _, outcome: outcome.score.failed,
    "missed, superseded": lambda _, outcome: outcome.score.missed,
    "delay p50, s": lambda _, outcome: f"{outcome.score.delay(0.5):.1f}",
    "delay p95, s": lambda _, outcome: f"{outcome.score.delay(0.95):.1f}",
    "delay longest, s": lambda _, outcome: f"{outcome.score.delay(1):.1f}",
    "took, s": lambda _, outcome: f"{outcome.seconds:.0f}",
}

# What has to be none.
TARGETS: Mapping[str, Callable[[Outcome], int]] = {
    "lost": lambda outcome: len(outcome.score.lost),
    "posted twice": lambda outcome: outcome.score.twice,
    "booked wrongly": lambda outcome: outcome.score.odd,
    "bugs in the logs": lambda outcome: outcome.bugs,
}
NAME, COLUMN = 22, 14


def table(outcomes: Mapping[str, tuple[Trial, Outcome]]) -> str:
    """A line a count, a column a trial."""
    lines = [_line("", outcomes)]
    lines += [_line(name, [told(*one) for one in outcomes.values()]) for name, told in ROWS.items()]
    for name, count in TARGETS.items():
        counts = [count(outcome) for _, outcome in outcomes.values()]
        lines.append(_line(name, counts) + (f"  {'MISSED' if any(counts) else 'met'} (target 0)"))
    return "\n".join(lines)


def missed(outcomes: Mapping[str, tuple[Trial, Outcome]]) -> bool:
    """Whether one of them missed a target."""
    return any(count(outcome) for _, outcome in outcomes.values() for count in TARGETS.values())


def _line(name: str, values: object) -> str:
    assert isinstance(values, list | Mapping)
    return f"{name:<{NAME}}" + "".join(f"{value!s:>{COLUMN}}" for value in values)
