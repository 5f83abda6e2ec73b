"""What is restated, what is told as matured, and what is quiet: each at its limit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from bot.devin import Cell, Counts, Reading
from bot.digests.restate import matured, restated, steady
from bot.periods.window import Window
from tests.asking import BEFORE, NOW, report

CLOSED = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = Cell("v3-enterprise", Window(CLOSED - timedelta(days=7), CLOSED))
FINAL = timedelta(hours=48)
TWO_PER_CENT = Fraction(2, 100)


def read(counts: Counts, age: timedelta = timedelta(days=7)) -> Reading:
    return Reading(WEEK, CLOSED + age, counts)


@pytest.mark.parametrize(
    ("sent", "now", "names"),
    [
        (0, 2, []),
        (0, 3, ["sessions"]),
        (100, 102, []),
        (100, 103, ["sessions"]),
        (100, 98, []),
        (100, 97, ["sessions"]),
        (150, 153, []),  # Two per cent of what was sent are three.
        (150, 154, ["sessions"]),
        (150, 147, []),
        (150, 146, ["sessions"]),
        (10_000, 10_200, []),
        (10_000, 10_201, ["sessions"]),
        (None, 100, []),
        (100, None, []),
    ],
)
def test_a_count_is_restated_where_it_differs_by_more_than_two_and_more_than_two_per_cent_of_what_was_sent(
    sent: int | None, now: int | None, names: list[str]
) -> None:
    revised = restated(read(Counts(sessions=sent)), read(Counts(sessions=now)), TWO_PER_CENT)
    assert [one.metric.name for one in revised] == names


def test_a_share_is_restated_where_its_own_count_differs() -> None:
    sent, now = Counts(sessions=100, with_search=10), Counts(sessions=100, with_search=13)
    (revised,) = restated(read(sent), read(now), TWO_PER_CENT)
    assert (revised.metric.name, revised.sent, revised.now) == ("search_share", Fraction(10, 100), Fraction(13, 100))
    assert restated(read(sent), read(replace(now, with_search=12)), TWO_PER_CENT) == []


@pytest.mark.parametrize(("age", "count"), [(FINAL - timedelta(seconds=1), 0), (FINAL, 1)])
def test_nothing_is_restated_before_it_is_final(age: timedelta, count: int) -> None:
    revised = restated(read(Counts(sessions=100)), read(Counts(sessions=200), age), TWO_PER_CENT)
    assert len(revised) == count


def test_what_matures_is_never_restated_and_is_told_however_little_it_moved() -> None:
    sent, now = read(Counts(sessions=1000, shipped=480)), read(Counts(sessions=1000, shipped=481))
    assert restated(sent, read(Counts(sessions=1000, shipped=900)), TWO_PER_CENT) == []
    assert [one.metric.name for one in matured(sent, now)] == ["ship_rate"]
    assert matured(sent, sent) == []


@pytest.mark.parametrize(
    ("now", "quiet"),
    [
        (replace(BEFORE, sessions=110), True),
        (replace(BEFORE, sessions=111), False),
        (replace(BEFORE, sessions=90), True),
        (replace(BEFORE, sessions=89), False),
    ],
)
async def test_a_count_is_quiet_up_to_a_tenth(now: Counts, quiet: bool) -> None:
    alone = replace(Counts(), sessions=now.sessions)
    assert steady(await report("last 7d", alone, Counts(sessions=100))) == quiet


@pytest.mark.parametrize(("with_playbook", "quiet"), [(53, True), (54, False), (47, True), (46, False)])
async def test_a_rate_is_quiet_up_to_three_points(with_playbook: int, quiet: bool) -> None:
    now, before = Counts(sessions=100, with_playbook=with_playbook), Counts(sessions=100, with_playbook=50)
    assert steady(await report("last 7d", now, before)) == quiet


@pytest.mark.parametrize(("sessions", "quiet"), [(5, True), (4, False), (0, False)])
async def test_few_sessions_are_never_a_steady_week(sessions: int, quiet: bool) -> None:
    same = Counts(sessions=sessions)
    assert steady(await report("last 7d", same, same)) == quiet


async def test_rows_do_not_fit_a_quiet_line() -> None:
    assert not steady(await report("last 7d by=size", NOW, NOW))
