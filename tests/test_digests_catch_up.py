"""What is sent after an outage: by each policy, and what became of the rest."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.digests.catch_up import MOST_CAUGHT_UP, Policy, choose
from bot.digests.planner import planned_deliveries
from bot.queries.query import parse
from bot.schedules.delivery import Digest
from bot.schedules.schedule import Occurrence, Rule, due, read_rule

BERLIN = ZoneInfo("Europe/Berlin")
QUARTER = timedelta(minutes=15)
# A daily digest at nine and a weekly one on Monday at nine; the bot was away until Monday, 9:05.
BACK = datetime(2026, 11, 23, 9, 5, tzinfo=BERLIN).astimezone(UTC)


def missed_since(rule: str, away: timedelta) -> list[Occurrence]:
    """What came due while the bot was away."""
    return due(read_rule(rule, BACK.date()), BERLIN, BACK - away, BACK)


@pytest.mark.parametrize(
    ("away", "rule", "policy", "first", "thread", "missed"),
    [
        (timedelta(minutes=10), "daily 09:00", "latest", ["11-23"], 0, 0),
        (timedelta(minutes=10), "daily 09:00", "all", ["11-23"], 0, 0),
        (timedelta(minutes=10), "daily 09:00", "skip", ["11-23"], 0, 0),
        (timedelta(days=3), "daily 09:00", "latest", ["11-23"], 0, 2),
        (timedelta(days=3), "daily 09:00", "all", ["11-23"], 2, 0),
        (timedelta(days=3), "daily 09:00", "skip", ["11-23"], 0, 2),
        (timedelta(weeks=5), "daily 09:00", "latest", ["11-23"], 0, 34),
        (timedelta(weeks=5), "daily 09:00", "all", ["11-23"], 30, 4),
        (timedelta(weeks=5), "daily 09:00", "skip", ["11-23"], 0, 34),
        (timedelta(weeks=5), "weekly monday 09:00", "latest", ["11-23"], 0, 4),
        (timedelta(weeks=5), "weekly monday 09:00", "all", ["11-23"], 4, 0),
        (timedelta(weeks=5), "weekly monday 09:00", "skip", ["11-23"], 0, 4),
        (timedelta(weeks=5), "weekly friday 17:00", "skip", [], 0, 5),
        (timedelta(days=3, hours=1), "weekly friday 17:00", "latest", ["11-20"], 0, 0),
    ],
)
def test_after_an_outage_a_policy_sends_and_misses(
    away: timedelta, rule: str, policy: Policy, first: list[str], thread: int, missed: int
) -> None:
    chosen = choose(missed_since(rule, away), BACK, policy, QUARTER)
    sent = [f"{chosen.first.day:%m-%d}"] if chosen.first else []
    assert (sent, len(chosen.thread), len(chosen.missed)) == (first, thread, missed)


@pytest.mark.parametrize("policy", ["latest", "all", "skip"])
@pytest.mark.parametrize("count", [1, 2, 31, 32, 100])
def test_every_occurrence_is_sent_or_missed_and_none_is_both(policy: Policy, count: int) -> None:
    came_due = missed_since("daily 09:00", timedelta(days=count))
    chosen = choose(came_due, BACK, policy, QUARTER)
    accounted = [*chosen.missed, *chosen.thread, *([chosen.first] if chosen.first else [])]
    assert sorted(accounted, key=lambda one: one.at) == came_due
    assert len(chosen.thread) < MOST_CAUGHT_UP


@pytest.mark.parametrize(("seconds", "sent"), [(0, True), (1, False)])
def test_skip_sends_what_is_overdue_by_a_quarter_of_an_hour_and_nothing_that_is_older(seconds: int, sent: bool) -> None:
    (late,) = missed_since("daily 09:00", timedelta(hours=1))
    chosen = choose([late], late.at + QUARTER + timedelta(seconds=seconds), "skip", QUARTER)
    assert (chosen.first, list(chosen.missed)) == ((late, []) if sent else (None, [late]))


def test_those_in_a_thread_follow_each_other_from_the_oldest_on() -> None:
    digest = Digest(
        rule=Rule("daily", time(9)),
        tz=BERLIN,
        query=parse("yesterday"),
        channel="C1",
        lang="en",
        since=BACK - timedelta(days=4),
        id=3,
        secret="0" * 32,
    )
    rows = planned_deliveries(digest, missed_since("daily 09:00", timedelta(days=4)), BACK, "all", QUARTER)
    assert [row.occurrence for row in rows] == ["2026-11-23", "2026-11-20", "2026-11-21", "2026-11-22"]
    assert [row.follows for row in rows] == [None, rows[0].id, rows[1].id, rows[2].id]
    assert rows[0].due == datetime.combine(date(2026, 11, 23), time(9), BERLIN)
