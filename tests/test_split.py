"""Which calls a split question takes, and what its rows cover."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.devin import Cell, Filter
from bot.periods.period import Period, resolve
from bot.periods.window import Span, Unit, Window
from bot.problems import Problem
from bot.queries.query import parse
from bot.reports.plan import absolute, check_calls, plan
from bot.reports.split import split_span
from tests.examples import AT, NEW_YORK, ZONES, clock_changes, periods, shown
from tests.test_plan import ENTERPRISE, ORGANIZATION, V2, day, planned, problem

UNITS: tuple[Unit, ...] = ("day", "week", "month")


def bounds(text: str, week_start: int = 0) -> list[tuple[str, str, bool]]:
    """The parts of a question by the reader's clock, and whether each is cut."""
    made = planned(text, week_start=week_start)
    return [
        (f"{part.span.after:%m-%d %H:%M}", f"{part.span.before:%m-%d %H:%M}", part.cut)
        for part in made.parts
        if part.span
    ]


# Time


def test_a_split_by_week_is_a_call_for_each_week_beside_the_whole() -> None:
    made = planned("last 2w by=week org=payments")
    payments = Filter(orgs=("org-1",))
    assert made.cells == (
        Cell("v3-enterprise", Window(day(2), day(16)), payments),
        Cell("v3-enterprise", Window(day(2) - timedelta(days=14, hours=1), day(2)), payments),
        Cell("v3-enterprise", Window(day(2), day(9)), payments),
        Cell("v3-enterprise", Window(day(9), day(16)), payments),
    )
    assert [part.key for part in made.parts] == ["2026-11-02", "2026-11-09"]


def test_weeks_that_a_period_cuts_are_clipped_to_it_and_known_as_cut() -> None:
    assert bounds("2026-11-05..2026-11-17 by=week") == [
        ("11-05 00:00", "11-09 00:00", True),
        ("11-09 00:00", "11-16 00:00", False),
        ("11-16 00:00", "11-18 00:00", True),
    ]


def test_weeks_begin_where_the_settings_say() -> None:
    assert [first for first, _, _ in bounds("last 2w by=week", week_start=6)] == ["11-01 00:00", "11-08 00:00"]
    assert [cut for _, _, cut in bounds("last 2w by=week", week_start=6)] == [False, False]


def test_of_a_running_period_what_has_not_begun_is_no_part_and_the_last_one_runs() -> None:
    made = planned("this week by=day")
    assert [shown(part.span) for part in made.parts][-2:] == [
        ("2026-11-19 00:00", "2026-11-20 00:00", "complete"),
        ("2026-11-20 00:00", "2026-11-20 14:05", "running"),
    ]
    assert (len(made.parts), {part.cut for part in made.parts}) == (5, {False})


def test_rolling_hours_are_cut_at_both_ends() -> None:
    assert bounds("last 36h by=day") == [("11-19 02:05", "11-20 00:00", True), ("11-20 00:00", "11-20 14:05", True)]


def test_months_have_their_own_names() -> None:
    assert [part.key for part in planned("2026-Q3 by=month").parts] == ["2026-07", "2026-08", "2026-09"]


def test_a_part_that_is_the_whole_is_no_second_call() -> None:
    assert len(planned("last week by=week vs=none").cells) == 1


def test_a_day_on_which_the_clocks_change_is_one_part_of_25_hours() -> None:
    (part,) = planned("2026-11-01 by=day").parts
    assert part.cell.window.before - part.cell.window.after == timedelta(hours=25)


def test_a_day_that_a_zone_left_out_is_no_part() -> None:
    apia = ZoneInfo("Pacific/Apia")  # Which crossed the date line, without 30 December 2011.
    bounds = [datetime(2011, 12, 29, tzinfo=apia), datetime(2012, 1, 1, tzinfo=apia)]
    span = Span(Window(*(bound.astimezone(UTC) for bound in bounds)), apia, "complete")
    assert [part.first_day.day for part, _ in split_span(span, "day")] == [29, 31]


moments = st.sampled_from([(tz, change) for tz in ZONES for change in clock_changes(tz)])


@settings(max_examples=300)
@given(
    periods, moments, st.sampled_from(UNITS), st.integers(0, 6), st.timedeltas(timedelta(days=-9), timedelta(days=9))
)
def test_parts_cover_their_period_and_do_not_overlap(
    period: Period, moment: tuple[ZoneInfo, datetime], unit: Unit, week_start: int, near: timedelta
) -> None:
    """Around each clock change, whatever the zone does with its midnights."""
    tz, change = moment
    try:
        span = resolve(period, change + near, tz, week_start)
    except Problem:
        return
    parts = [part for part, _ in split_span(span, unit, week_start)]
    assert parts[0].window.after == span.window.after
    assert parts[-1].window.before == span.window.before
    assert all(one.window.before == other.window.after for one, other in pairwise(parts))
    assert all(part.window.after < part.window.before for part in parts)
    cut = [cut for _, cut in split_span(span, unit, week_start)]
    assert not any(cut[1:-1])


# Organizations


def test_a_split_by_organization_takes_all_that_have_a_name_now_and_earlier() -> None:
    made = planned("last 7d by=org")
    assert [part.name for part in made.parts] == ["Payments", "Search", "R & D", "<!channel> & *x*", 'O\'Brien "Q"']
    assert len(made.cells) == 2 + 2 * 5
    assert made.cells[0].filter == Filter()
    assert made.cells[2:4] == tuple(
        replace(cell, filter=Filter(orgs=("org-1",))) for cell in (made.cell, made.earlier_cell) if cell
    )


def test_organizations_that_are_named_are_the_parts_of_their_own_total() -> None:
    made = planned("last 7d by=org org=search,payments user=nick vs=none")
    assert [part.key for part in made.parts] == ["org-2", "org-1"]
    assert [cell.filter for cell in made.cells] == [
        Filter(("org-2", "org-1"), ("user-1",)),
        Filter(("org-2",), ("user-1",)),
        Filter(("org-1",), ("user-1",)),
    ]


def test_the_key_of_an_organization_has_one_part_and_no_further_call() -> None:
    made = planned("last 7d by=org", ORGANIZATION)
    assert [part.name for part in made.parts] == ["Payments"]
    assert len(made.cells) == 2


def test_a_default_organization_does_not_narrow_a_split_by_organization() -> None:
    account = replace(ENTERPRISE, default_org="payments")
    assert planned("by=org", account).cell.filter.orgs == ()
    assert planned("by=week", account).cell.filter.orgs == ("org-1",)


def test_without_a_name_for_any_there_is_nothing_to_split_by() -> None:
    nameless = replace(ENTERPRISE, orgs=type(ENTERPRISE.orgs)({}))
    assert problem("by=org", nameless)[0] == "no-organizations"
    assert len(planned("by=org org=org-7,org-8", nameless).parts) == 2


# Limits


@pytest.mark.parametrize("by", ["origin", "size"])
def test_origins_and_sizes_are_in_every_answer_and_take_no_call(by: str) -> None:
    assert planned(f"last 7d by={by} top=3").cells == planned("last 7d").cells


@pytest.mark.parametrize("by", ["day", "week", "month", "org"])
def test_v2_splits_by_time_and_organization(by: str) -> None:
    assert {cell.source for cell in planned(f"last 4w by={by}", V2).cells} == {"v2-enterprise"}


@pytest.mark.parametrize(
    ("text", "key", "data"),
    [
        ("top=5", "top-of-what", {"top": 5}),
        ("by=day top=5", "top-of-time", {"top": 5, "by": "day"}),
        ("by=month top=1", "top-of-time", {"top": 1, "by": "month"}),
    ],
)
def test_the_largest_are_of_things_that_have_no_order_of_their_own(
    text: str, key: str, data: dict[str, object]
) -> None:
    assert problem(text) == (key, data)


@pytest.mark.parametrize(
    ("text", "calls", "data"),
    [
        ("last 8w by=day", 58, None),
        ("last 60d by=day", 62, {"by": "day", "orgs": 0, "compared": True}),
        ("last 60d by=day vs=none", 61, {"by": "day", "orgs": 0, "compared": False}),
        ("last 3y by=month vs=none", 37, None),
    ],
)
def test_a_plan_with_more_calls_than_are_allowed_is_refused(
    text: str, calls: int, data: dict[str, object] | None
) -> None:
    made = planned(text)
    assert len(made.cells) == calls
    if data is None:
        check_calls(made, 60)
    else:
        with pytest.raises(Problem) as raised:
            check_calls(made, 60)
        assert (raised.value.key, raised.value.data) == ("too-many-calls", {"calls": calls, "most": 60, **data})


def test_the_question_with_dates_keeps_its_split() -> None:
    made = planned("last 4w by=week org=payments")
    again = plan(absolute(made), ENTERPRISE, AT + timedelta(days=31), NEW_YORK)
    assert [part.cell for part in again.parts] == [part.cell for part in made.parts]
    assert parse(str(again.query)) == again.query
