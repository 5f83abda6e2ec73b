"""The targets of a trial, and the counts of trials side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from torture.faults import LOOK_UP, POST
from torture.run import Outcome

Outcomes = Mapping[str, Outcome | None]  # By database; None is a trial that broke off.


@dataclass(frozen=True, slots=True)
class Target:
    """A count, what it has to be, and whether it may be less."""

    count: Callable[[Outcome], int]
    aim: Callable[[Outcome], int] = lambda _: 0
    kind: Literal["exactly", "at most", "at least"] = "exactly"

    def met(self, outcome: Outcome) -> bool:
        """Whether an outcome meets it."""
        count, aim = self.count(outcome), self.aim(outcome)
        return {"exactly": count == aim, "at most": count <= aim, "at least": count >= aim}[self.kind]


def _made(kind: str) -> Target:
    """All that was planned has to have happened: a trial without trouble shows nothing."""
    return Target(lambda outcome: outcome.made.get(kind, 0), lambda outcome: outcome.planned.get(kind, 0))


TARGETS: Mapping[str, Target] = {
    "occurrences": Target(lambda outcome: outcome.score.expected, lambda _: 1, "at least"),
    "posts made": Target(lambda outcome: outcome.score.posted, lambda outcome: outcome.score.expected),
    "misfortunes": _made("misfortunes"),
    "killed": _made("kills"),
    "frozen": _made("freezes"),
    "database restarts": _made("restarts"),
    "posts gone wrong": Target(lambda outcome: outcome.faults[POST], lambda _: 1, "at least"),
    "look-ups gone wrong": Target(lambda outcome: outcome.faults[LOOK_UP], lambda _: 1, "at least"),
    "failed": Target(lambda outcome: outcome.score.failed),
    "missed": Target(lambda outcome: outcome.score.missed),
    # A look-up that Slack refuses is the one fault after which nothing can be known any more.
    "uncertain": Target(lambda outcome: outcome.score.uncertain, lambda outcome: outcome.refused_looks, "at most"),
    "too slow": Target(lambda outcome: len(outcome.score.slow)),
    "lost": Target(lambda outcome: len(outcome.score.lost)),
    "posted twice": Target(lambda outcome: outcome.score.twice),
    "booked wrongly": Target(lambda outcome: outcome.score.odd),
    "ended by themselves": Target(lambda outcome: len(outcome.crashes)),
    "bugs in the logs": Target(lambda outcome: outcome.bugs),
}
ROWS: Mapping[str, Callable[[Outcome], str]] = {
    "found after all": lambda outcome: str(outcome.score.found),
    "delay p50, s": lambda outcome: outcome.score.delay(0.5),
    "delay p95, s": lambda outcome: outcome.score.delay(0.95),
    "delay longest, s": lambda outcome: outcome.score.delay(1),
    "took, s": lambda outcome: f"{outcome.seconds:.0f}",
}
NAME, COLUMN = 22, 22


def missed(outcome: Outcome) -> list[str]:
    """The targets that an outcome misses, each with its count."""
    return [f"{name}: {_told(target, outcome)}" for name, target in TARGETS.items() if not target.met(outcome)]


def all_met(outcomes: Outcomes) -> bool:
    """Whether each trial came to its end, and met all its targets."""
    return bool(outcomes) and all(outcome is not None and not missed(outcome) for outcome in outcomes.values())


def table(outcomes: Outcomes) -> str:
    """A line a count, a column a trial; `MISSED` behind each target that one of them misses."""
    lines = [_line("", list(outcomes))]
    lines += [
        _line(name, ["not measured" if outcome is None else told(outcome) for outcome in outcomes.values()])
        for name, told in ROWS.items()
    ]
    for name, target in TARGETS.items():
        cells = ["not measured" if outcome is None else _told(target, outcome) for outcome in outcomes.values()]
        met = all(outcome is not None and target.met(outcome) for outcome in outcomes.values())
        lines.append(f"{_line(name, cells)}  {'met' if met else 'MISSED'}")
    return "\n".join(lines)


def _told(target: Target, outcome: Outcome) -> str:
    wish = {"exactly": "of", "at most": "at most", "at least": "at least"}[target.kind]
    return f"{target.count(outcome)} ({wish} {target.aim(outcome)})"


def _line(name: str, cells: list[str]) -> str:
    return f"{name:<{NAME}}" + "".join(f"{cell:>{COLUMN}}" for cell in cells)
