"""Defines what `doctor` finds."""

from dataclasses import dataclass

from bot.problems import Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: a key for its words, what it is about, and the problem where there is one."""

    key: str
    about: object = ""
    problem: Problem | None = None
