"""Chooses which occurrences are sent that came due while no process ran."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.schedules.schedule import Occurrence

Policy = Literal["latest", "all", "skip"]
MOST_CAUGHT_UP = 31  # A month of days; more would bury a channel.


class Chosen(NamedTuple):
    """The occurrence that goes into the channel, those that follow in its thread, and those that are not sent."""

    first: Occurrence | None
    thread: Sequence[Occurrence]
    missed: Sequence[Occurrence]


def choose(due: Sequence[Occurrence], at: datetime, policy: Policy, skip_after: timedelta) -> Chosen:
    """Sorts what is due at a moment, oldest first, by the policy.

    `latest` sends the newest alone. `all` sends the newest, and the others in its thread from the oldest on, at most
    MOST_CAUGHT_UP in all. `skip` sends what is overdue by no more than `skip_after`, which a restart is.
    """
    if policy == "skip":
        fresh = [one for one in due if at - one.at <= skip_after]
        return Chosen(fresh[-1] if fresh else None, (), due[: -len(fresh[-1:]) or None])
    thread = due[-MOST_CAUGHT_UP:-1] if policy == "all" else ()
    return Chosen(due[-1], thread, due[: len(due) - 1 - len(thread)])
