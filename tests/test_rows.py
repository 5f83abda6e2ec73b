"""The rows of a split report: what each counts, what is left of the total, and what is odd about them."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.answer import answer
from bot.devin import Cell, Counts, Reading
from bot.devin.cache import ReadingCache
from bot.devin.gather import Gather
from bot.messages.alignment import aligned, fitting
from bot.queries.query import parse
from bot.queries.request import Account, Aliases, Request
from bot.reports.breakdown import columns, with_rows
from bot.reports.counts import add_counts, subtract_counts, total_acus
from bot.reports.metrics import METRICS
from bot.reports.plan import plan
from bot.reports.report import Report, Row, missing_comparable, summarise
from bot.reports.trend import trend
from bot.store import Store
from bot.store.readings import StoredReadings
from tests.asking import AT, BEFORE, NEW_YORK, NOW, ORGS, services
from tests.splits import MONTHS_LATER, Counting, by_day, counted, report

WEEK = "2026-11-09..2026-11-15"
NOW_BY_ORG = {"org-1": counted(171, 86, "6.5"), "org-2": counted(112, 55, "6"), "org-3": counted(138, 73, "6.2")}
EARLIER_BY_ORG = {"org-1": counted(158, 85, "6.4"), "org-2": counted(107, 55, "6"), "org-3": counted(124, 67, "6.1")}

THEN_BY_ORG = {  # The earlier ones, when they were as old as those of now.
    (): counted(400, 195, "6"),
    ("org-1",): counted(158, 80, "6"),
    ("org-2",): counted(107, 50, "5.5"),
    ("org-3",): counted(124, 60, "5.8"),
}
SETTLE = timedelta(days=30)


def by_org(cell: Cell) -> Counts:
    """Three organizations, and 29 sessions now of others."""
    now = cell.window.after.day >= 9
    if not cell.filter.orgs:
        return counted(450, 220, "6.3") if now else counted(400, 210, "6.3")
    return add_counts([(NOW_BY_ORG if now else EARLIER_BY_ORG)[org] for org in cell.filter.orgs])


def sessions(made: Report) -> dict[str, tuple[object, object]]:
    """Each row's sessions, now and earlier."""
    return {row.key: (row.figures["sessions"].value, row.figures["sessions"].previous) for row in made.rows}


def caveats(made: Report) -> dict[str, object]:
    return {caveat.key: dict(caveat.data) for caveat in made.caveats}


async def split(text: str, now: Counts, earlier: Counts = BEFORE, **more: object) -> Report:
    """A report of one cell now and one earlier."""
    return await report(text, lambda cell: now if cell.window.after.day >= 9 else earlier, **more)


# Time


async def test_rows_of_time_are_in_its_order_and_compared_with_nothing() -> None:
    counts = {"11-02": counted(389, 207, "6"), "11-09": counted(421, 222, "6.4")}
    made = await report("last 2w by=week", by_day(counts, counted(810, 429, "6.2")))
    assert sessions(made) == {"2026-11-02": (389, None), "2026-11-09": (421, None)}
    assert made.rows[1].figures["ship_rate"].value == Fraction(222, 421)
    assert set(made.rows[0].figures) == set(METRICS)
    assert {figure.comparison for row in made.rows for figure in row.figures.values()} == {"none"}


async def test_rows_that_do_not_add_up_are_said_as_devin_counts_them() -> None:
    counts = {"11-02": counted(389), "11-09": counted(420)}
    made = await report("last 2w by=week", by_day(counts, counted(810)))
    assert sum(row.figures["sessions"].value or 0 for row in made.rows) == 809
    assert caveats(made)["rows-differ"] == {"rows": 809, "total": 810}


async def test_a_row_that_devin_does_not_report_is_nothing_and_is_named() -> None:
    counts = {"11-02": Counts(sessions=389, average_acus=Decimal(6)), "11-09": counted(421, 222, "6.4")}
    made = await report("last 2w by=week", by_day(counts, counted(810, 429, "6.2")))
    assert made.rows[0].figures["shipped"].value is None
    assert caveats(made)["rows-gaps"] == {"figures": ["shipped"]}


async def test_of_young_rows_it_is_said_that_they_may_rise_and_of_cut_ones_that_they_are() -> None:
    counts = {"11-06": counted(5, 1), "11-09": counted(9, 4)}
    made = await report("2026-11-06..2026-11-15 by=week", by_day(counts, counted(14, 5)))
    assert [row.cut for row in made.rows] == [True, False]
    assert caveats(made)["rows-cut"] == caveats(made)["rows-mature"] == {"by": "week"}
    settled = await report("2026-11-06..2026-11-15 by=week", by_day(counts, counted(14, 5)), at=MONTHS_LATER)
    assert "rows-mature" not in caveats(settled)


# Organizations


async def test_what_no_organization_of_the_settings_has_is_the_total_without_them() -> None:
    made = await report(f"{WEEK} by=org", by_org)
    assert sessions(made) == {"org-1": (171, 158), "org-3": (138, 124), "org-2": (112, 107), "other": (29, 11)}
    other = made.rows[-1].figures
    assert other["shipped"].value == 6
    assert other["ship_rate"].value == Fraction(6, 29)
    assert other["acus"].value == pytest.approx(
        float(Fraction("6.3") * 450 - sum(total_acus(c) or 0 for c in NOW_BY_ORG.values()))
    )
    assert [row.name for row in made.rows] == ["Payments", "Platform", "Search", ""]


async def test_organizations_that_are_named_have_no_others() -> None:
    assert sessions(await report(f"{WEEK} by=org org=payments,search", by_org)) == {
        "org-1": (171, 158),
        "org-2": (112, 107),
    }


async def test_others_are_never_negative() -> None:
    def count(cell: Cell) -> Counts:
        return by_org(cell) if cell.filter.orgs else counted(400, 230, "6.2")

    made = await report(f"{WEEK} by=org", count)
    assert [row.key for row in made.rows] == ["org-1", "org-3", "org-2"]
    assert caveats(made)["rows-exceed"] == {"figures": ["sessions", "acus"]}


async def test_where_only_one_figure_exceeds_the_others_still_have_the_rest() -> None:
    def count(cell: Cell) -> Counts:
        return by_org(cell) if cell.filter.orgs else counted(450, 200, "6.3")

    made = await report(f"{WEEK} by=org", count)
    assert made.rows[-1].figures["sessions"].value == 29
    assert made.rows[-1].figures["shipped"].value is None
    assert caveats(made)["rows-exceed"] == {"figures": ["shipped"]}


async def test_averages_that_are_rounded_exceed_nothing() -> None:
    whole = add_counts(list(NOW_BY_ORG.values()))
    low = replace(whole, average_acus=round(whole.average_acus or Decimal(), 3) - Decimal("0.001"))
    made = await report(f"{WEEK} by=org vs=none", lambda cell: by_org(cell) if cell.filter.orgs else low)
    assert list(sessions(made)) == ["org-1", "org-3", "org-2"]
    assert "rows-exceed" not in caveats(made)


async def test_organizations_are_compared_at_the_same_age_like_the_total() -> None:
    young, settled = [await report(f"{WEEK} by=org", by_org, at=at) for at in (AT, MONTHS_LATER)]
    assert {row.figures["ship_rate"].comparison for row in young.rows} == {"maturing"}
    assert {row.figures["ship_rate"].comparison for row in settled.rows} == {"change"}
    assert {row.figures["sessions"].comparison for row in young.rows} == {"change"}


def read_then(*orgs: str) -> Report:
    """A week by organization, where the week before was read a week ago, too: the whole of it, and of these."""
    planned = plan(parse(f"{WEEK} by=org"), Account("v3-enterprise", orgs=Aliases(ORGS)), AT, NEW_YORK)
    read = {cell: Reading(cell, AT, by_org(cell)) for cell in planned.cells}
    comparable = {
        cell: Reading(cell, AT - timedelta(weeks=1), THEN_BY_ORG[cell.filter.orgs])
        for cell in missing_comparable(planned, read, SETTLE)
        if not cell.filter.orgs or cell.filter.orgs[0] in orgs
    }
    return with_rows(summarise(planned, read, SETTLE, comparable=comparable), planned, read, SETTLE, comparable)


def shipped(made: Report) -> dict[str, tuple[object, object]]:
    """How the shipped sessions of each row, and of the total, stand to which earlier ones."""
    figures = {"total": made.figures} | {row.key: row.figures for row in made.rows}
    return {key: (of["shipped"].comparison, of["shipped"].previous) for key, of in figures.items()}


def test_an_organization_is_compared_with_its_own_reading_of_the_same_age_or_shows_no_change() -> None:
    made = read_then("org-1", "org-3")
    assert shipped(made) == {
        "total": ("change", 195),
        "org-1": ("change", 80),
        "org-3": ("change", 60),
        "org-2": ("maturing", 55),
        "other": ("maturing", 3),
    }
    assert [caveats(made)[key] for key in ("same-age", "maturing")] == [{"days": 4}, {"running": False}]


def test_where_all_organizations_were_read_then_the_others_are_compared_with_what_that_total_held_beyond() -> None:
    made = read_then("org-1", "org-2", "org-3")
    assert shipped(made)["other"] == ("change", 5)
    assert "maturing" not in caveats(made)


async def test_what_was_asked_a_week_ago_is_what_each_organization_of_this_week_is_compared_with(
    file_store: Store,
) -> None:
    async def asked(at: datetime) -> Report:
        cache = ReadingCache(StoredReadings(file_store, "T1"), lambda: at, SETTLE)
        as_kept = replace(services(Counting(by_org)), gather=Gather(Counting(by_org, at), 8, cache))
        made = (await answer(Request("last week by=org", at), as_kept)).data["report"]
        assert isinstance(made, Report)
        return made

    assert {comparison for comparison, _ in shipped(await asked(AT - timedelta(weeks=1))).values()} == {"maturing"}
    assert {comparison for comparison, _ in shipped(await asked(AT)).values()} == {"change"}


async def test_the_largest_stay_and_the_others_come_together() -> None:
    made = await report(f"{WEEK} by=org top=1", by_org)
    assert sessions(made) == {"org-1": (171, 158), "more": (250, 231), "other": (29, 11)}
    assert made.rows[1].count == 2
    assert made.rows[1].figures["shipped"].value == 128
    assert made.rows[1].figures["ship_rate"].value == Fraction(128, 250)


# Origins and sizes


class Walked(dict[str, int]):
    """Sessions by origin, which count how often all of them were walked through."""

    walks = 0

    def values(self) -> Any:
        """All counts."""
        self.walks += 1
        return super().values()


class Compared(str):
    """A name that counts how often it was compared."""

    __slots__ = ()
    times = 0

    def __eq__(self, other: object) -> bool:
        Compared.times += 1
        return str.__eq__(self, str(other))

    __hash__ = str.__hash__


async def test_the_work_of_30_000_origins_grows_with_their_number_and_not_with_its_square() -> None:
    count = 30_000
    names: list[str] = [Compared(f"origin-{number:05}") for number in range(count)]
    now, earlier = Walked(dict.fromkeys(names, 1)), Walked(dict.fromkeys(names, 1))
    made = await split(f"{WEEK} by=origin top=2", Counts(count, by_origin=now), Counts(count, by_origin=earlier))
    assert sessions(made) == {"origin-00000": (1, 1), "origin-00001": (1, 1), "more": (count - 2, count - 2)}
    assert now.walks + earlier.walks < 20
    assert Compared.times < 20 * count


async def test_origins_add_up_to_the_total_with_other() -> None:
    made = await split(f"{WEEK} by=origin top=3", NOW)
    assert sessions(made) == {
        "slack": (58, 60),
        "webapp": (47, 102),
        "automation": (41, 0),
        "more": (35, 0),
        "other": (3, 0),
    }
    assert sum(row.figures["sessions"].value or 0 for row in made.rows) == 184
    assert columns(made.rows) == ["sessions"]


async def test_an_origin_that_is_no_longer_used_stays_in_sight() -> None:
    now = replace(NOW, by_origin={"slack": 184, "teams": 0})
    made = await split(f"{WEEK} by=origin", now, replace(BEFORE, by_origin={"slack": 100, "teams": 2, "jira": 60}))
    assert sessions(made) == {"slack": (184, 100), "jira": (0, 60), "teams": (0, 2)}


async def test_an_origin_that_is_not_listed_may_be_among_the_others() -> None:
    made = await split(
        f"{WEEK} by=origin", replace(NOW, by_origin={"slack": 180}), replace(BEFORE, by_origin={"jira": 160})
    )
    assert sessions(made) == {"slack": (180, None), "other": (4, None)}


async def test_more_origins_than_sessions_leave_no_rest_and_are_said() -> None:
    made = await split(f"{WEEK} by=origin", replace(NOW, by_origin={"slack": 200}))
    assert sessions(made) == {"slack": (200, 60)}
    assert caveats(made)["rows-exceed"] == {"figures": ["sessions"]}
    assert "origins-exceed" not in caveats(made)


@pytest.mark.parametrize(
    ("by", "now"), [("origin", replace(NOW, by_origin=None)), ("size", replace(NOW, by_size=None))]
)
async def test_what_devin_does_not_split_has_no_rows_and_that_is_said(by: str, now: Counts) -> None:
    made = await split(f"{WEEK} by={by}", now)
    assert made.rows == ()
    assert caveats(made)["rows-none"] == {"by": by}


async def test_where_no_origin_is_listed_all_are_other() -> None:
    made = await split(f"{WEEK} by=origin vs=none", replace(NOW, by_origin={}))
    assert sessions(made) == {"other": (184, None)}


async def test_sizes_stand_in_their_order_with_a_ship_rate_each() -> None:
    made = await split(f"{WEEK} by=size", NOW)
    assert sessions(made) == {"xs": (38, 36), "s": (62, 60), "m": (53, 46), "l": (26, 17), "xl": (5, 3)}
    assert made.rows[0].figures["ship_rate"].value == Fraction(20, 38)
    assert made.rows[0].figures["acus"].value is None
    assert columns(made.rows) == ["sessions", "shipped", "ship_rate"]


async def test_the_number_of_sessions_of_a_size_matures_since_a_session_may_grow() -> None:
    made = await split(f"{WEEK} by=size", NOW)
    assert {row.figures["sessions"].comparison for row in made.rows} == {"maturing"}
    assert made.figures["sessions"].comparison == "change"


async def test_sessions_without_a_size_are_a_row_of_their_own() -> None:
    made = await split(f"{WEEK} by=size top=2", replace(NOW, sessions=190, shipped=93))
    assert list(sessions(made)) == ["s", "m", "more", "other"]
    assert [made.rows[-1].figures[name].value for name in ("sessions", "shipped")] == [6, 2]
    assert sum(row.figures["sessions"].value or 0 for row in made.rows) == 190


async def test_a_rate_above_100_percent_stays_as_it_is() -> None:
    made = await split(f"{WEEK} by=size", replace(NOW, shipped_by_size={"xs": 50, "s": 33, "m": 27, "l": 10, "xl": 1}))
    assert made.rows[0].figures["ship_rate"].value == Fraction(50, 38)


# At a glance


def weeks(*counts: Counts, cut: tuple[int, ...] = (), text: str = "last 4w by=week") -> tuple[Row, ...]:
    """The rows of a report whose weeks count this."""
    planned = plan(parse(text), Account("v3-enterprise"), AT, NEW_YORK)
    cells = [part.cell for part in planned.parts]
    told = dict(zip(cells, counts, strict=True))
    read = {cell: Reading(cell, AT, told.get(cell, NOW)) for cell in planned.cells}
    rows = with_rows(summarise(planned, read, SETTLE), planned, read, SETTLE).rows
    return tuple(replace(row, cut=at in cut) for at, row in enumerate(rows))


def test_a_series_goes_from_its_first_to_its_last_whole_week() -> None:
    rows = weeks(counted(268, 131), counted(900, 9), counted(300, 160), counted(421, 222), cut=(1,))
    seen = trend(rows)
    rates = Fraction(131, 268), Fraction(160, 300)
    assert seen == (Fraction(268), Fraction(421), Fraction(268), Fraction(421), rates, False)


def test_rates_of_few_sessions_are_no_range() -> None:
    seen = trend(weeks(counted(268, 131), counted(4, 4), counted(300, 160), counted(421, 222)))
    assert seen
    assert seen.rates is None


@pytest.mark.parametrize(
    ("counts", "cut"),
    [
        ((counted(1), Counts(), counted(3), counted(4)), ()),
        ((counted(1), counted(2), counted(3), counted(4)), (0, 1, 2)),
    ],
)
def test_what_is_not_reported_or_not_whole_shows_no_series(counts: tuple[Counts, ...], cut: tuple[int, ...]) -> None:
    assert trend(weeks(*counts, cut=cut)) is None


# Sums

any_count = st.none() | st.integers(0, 10**9)
sizes = st.none() | st.fixed_dictionaries({size: st.integers(0, 10**6) for size in ("xs", "s", "m", "l", "xl")})
any_counts = st.builds(
    Counts,
    sessions=any_count,
    by_size=sizes,
    by_origin=st.none() | st.dictionaries(st.text(max_size=9), st.integers(0, 99), max_size=9),
    with_playbook=any_count,
    with_search=any_count,
    shipped=any_count,
    shipped_by_size=sizes,
    average_acus=st.none() | st.decimals(0, 10**6, allow_nan=False, places=4),
)


@given(st.lists(any_counts, min_size=1, max_size=5), any_counts)
def test_a_total_without_its_parts_is_what_it_holds_beyond_them(several: list[Counts], more: Counts) -> None:
    whole, parts = add_counts([*several, more]), add_counts(several)
    rest = subtract_counts(whole, parts)
    for name in ("sessions", "shipped", "with_playbook", "by_size"):
        if getattr(whole, name) is not None:
            assert getattr(rest, name) == getattr(more, name)
    if total_acus(whole) is not None:
        assert float(total_acus(rest) or 0) == pytest.approx(float(total_acus(more) or 0), rel=1e-6, abs=1e-6)


@given(
    any_counts,
    any_counts,
    st.sampled_from(["day", "week", "month", "org", "origin", "size", "org org=org-1,org-2"]),
    st.none() | st.integers(1, 5),
)
def test_any_counts_make_rows(now: Counts, earlier: Counts, by: str, top: int | None) -> None:
    text = f"last 3w by={by}" + (f" top={top}" if top and by[0] == "o" else "")
    planned = plan(parse(text), Account("v3-enterprise", orgs=Aliases(ORGS)), AT, NEW_YORK)
    read = {cell: Reading(cell, AT, now if at % 2 else earlier) for at, cell in enumerate(planned.cells)}
    made = with_rows(summarise(planned, read, SETTLE), planned, read, SETTLE)
    assert all((figure.value or 0) >= 0 for row in made.rows for figure in row.figures.values())
    known = [row.figures["sessions"].value for row in made.rows]
    total = made.figures["sessions"].value
    if total is not None and None not in known and by in {"org", "origin", "size"} and made.rows:
        exceed = "rows-exceed" in caveats(made)
        assert exceed or sum(count or 0 for count in known) == total


# Columns


def test_numbers_of_a_column_end_together_and_words_begin_together() -> None:
    lines = [
        ["Nov 9: ", "1,421", " sessions, ", "2", " shipped"],
        ["支払い: ", "9", " sessions (new), ", "10", " shipped"],
    ]
    assert aligned(lines) == ["Nov 9:  1,421 sessions,        2 shipped", "支払い:     9 sessions (new), 10 shipped"]


def test_a_code_that_moves_the_cursor_widens_no_column() -> None:
    assert aligned([["a\x1b[900Cb ", "1"], ["cde ", "1"]]) == ["a\x1b[900Cb  1", "cde 1"]


def test_as_many_lines_are_kept_as_have_room() -> None:
    assert fitting(["aaa", "bbb", "c"], 8) == ["aaa", "bbb"]
    assert fitting(["aaa", "bbb", "c"], 7) == ["aaa"]
    assert fitting(["aaa"], -1) == []
