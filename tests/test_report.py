"""What readings say."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.answer import answer
from bot.devin import Counts, Reading
from bot.messages.render import render
from bot.queries.query import parse
from bot.queries.request import Account, Request
from bot.reports.metrics import METRICS, cost
from bot.reports.plan import plan
from bot.reports.report import Report, summarise
from tests.asking import AT, BEFORE, NEW_YORK, NOW, Told, report, services

MONTHS_LATER = AT + timedelta(days=60)
WEEK = "2026-11-09..2026-11-15"


def caveats(made: Report) -> list[str]:
    return [caveat.key for caveat in made.caveats]


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("sessions", 184, None),
        ("shipped", 91, None),
        ("ship_rate", Fraction(91, 184), 184),
        ("acus", Fraction("6.4") * 184, None),
        ("acus_per_session", Fraction("6.4"), 184),
        ("acus_per_shipped", Fraction("6.4") * 184 / 91, 91),
        ("playbook_share", Fraction(76, 184), 184),
        ("search_share", Fraction(20, 184), 184),
        ("large_share", Fraction(31, 184), 184),
    ],
)
async def test_each_figure_is_exact_and_knows_how_many_it_rests_on(name: str, value: Fraction, n: int | None) -> None:
    figure = (await report("last 7d", NOW, BEFORE)).figures[name]
    assert (figure.value, figure.n) == (value, n)


def test_every_figure_of_the_catalogue_is_in_the_table_above() -> None:
    assert len(METRICS) == 9


async def test_the_previous_value_stands_beside_each_figure() -> None:
    made = await report("last 7d", NOW, BEFORE)
    assert made.figures["sessions"].previous == 162
    assert made.figures["ship_rate"].previous == Fraction(87, 162)


async def test_a_change_is_the_difference_of_exact_values() -> None:
    figure = (await report(WEEK, NOW, BEFORE, at=MONTHS_LATER)).figures["ship_rate"]
    assert figure.comparison == "change"
    assert figure.change == Fraction(91, 184) - Fraction(87, 162)


async def test_without_sessions_rates_are_not_zero_but_nothing() -> None:
    figures = (await report("last 7d", Counts(sessions=0, shipped=0, average_acus=Decimal(0)), BEFORE)).figures
    assert [figures[name].value for name in ("ship_rate", "acus_per_shipped", "acus")] == [None, None, 0]


async def test_what_devin_does_not_report_is_nothing_and_is_named() -> None:
    made = await report("last 7d", replace(NOW, with_search=None, average_acus=None), BEFORE)
    assert made.figures["search_share"].value is None
    assert made.caveats[0].key == "not-reported"
    assert made.caveats[0].data["figures"] == ["acus", "acus_per_session", "acus_per_shipped", "search_share"]


async def test_a_v2_key_sees_sessions_only_and_the_report_says_which_figures_are_missing() -> None:
    made = await report("last 7d", Counts(sessions=184), Counts(sessions=162), account=Account("v2-enterprise"))
    assert made.figures["sessions"].comparison == "change"
    assert caveats(made) == ["not-with-this-key"]


async def test_a_figure_that_still_matures_is_not_compared_with_an_older_one() -> None:
    made = await report("last 7d", NOW, BEFORE)
    assert {name: figure.comparison for name, figure in made.figures.items()} == {
        **dict.fromkeys(METRICS, "maturing"),
        **dict.fromkeys(("sessions", "playbook_share", "search_share"), "change"),
    }
    assert "maturing" in caveats(made)


async def test_settled_windows_are_compared_throughout() -> None:
    made = await report(WEEK, NOW, BEFORE, at=MONTHS_LATER)
    assert {figure.comparison for figure in made.figures.values()} == {"change"}
    assert caveats(made) == ["acus-estimate"]


def aged(now_age: float, earlier_age: float) -> Report:
    """A report on last week whose two readings were made that many days after their windows closed."""
    planned = plan(parse("last week"), Account("v3-enterprise"), AT, NEW_YORK)
    assert planned.earlier_cell
    read = {
        cell: Reading(cell, cell.window.before + timedelta(days=age), counts)
        for cell, age, counts in ((planned.cell, now_age, NOW), (planned.earlier_cell, earlier_age, BEFORE))
    }
    return summarise(planned, read, settle=timedelta(days=30))


@pytest.mark.parametrize(
    ("now_age", "earlier_age", "comparison"),
    [
        (10, 10, "change"),
        (10, 11, "change"),
        (9, 10, "change"),
        (10, 11.2, "maturing"),
        (10, 60, "maturing"),
        (30, 37, "change"),
    ],
)
def test_maturing_figures_are_compared_at_the_same_age_give_or_take_a_tenth(
    now_age: float, earlier_age: float, comparison: str
) -> None:
    assert aged(now_age, earlier_age).figures["ship_rate"].comparison == comparison


async def test_a_running_period_shows_no_change_of_what_matures() -> None:
    made = await report("this week", NOW, BEFORE)
    assert made.figures["ship_rate"].comparison == "maturing"
    assert made.figures["sessions"].comparison == "change"


@pytest.mark.parametrize(("now", "before"), [(184, 4), (4, 162), (4, 4)])
async def test_a_rate_of_fewer_than_five_on_either_side_is_too_few_to_compare(now: int, before: int) -> None:
    few = replace(NOW, sessions=now, shipped=2), replace(BEFORE, sessions=before, shipped=2)
    made = await report(WEEK, *few, at=MONTHS_LATER)
    assert made.figures["ship_rate"].comparison == "few"
    assert made.figures["sessions"].comparison == "change"


async def test_rates_of_five_are_compared() -> None:
    five = replace(NOW, sessions=5, shipped=2), replace(BEFORE, sessions=5, shipped=3)
    assert (await report(WEEK, *five, at=MONTHS_LATER)).figures["ship_rate"].comparison == "change"


async def test_from_zero_is_new_and_never_infinite() -> None:
    made = await report(WEEK, NOW, Counts(sessions=0, shipped=0), at=MONTHS_LATER)
    assert made.figures["sessions"].comparison == "new"


async def test_zero_after_zero_is_no_change() -> None:
    made = await report(WEEK, Counts(sessions=0), Counts(sessions=0), at=MONTHS_LATER)
    assert made.figures["sessions"].change == 0


async def test_without_a_comparison_there_is_one_call_and_nothing_beside() -> None:
    made = await report("last 7d vs=none", NOW)
    assert {figure.comparison for figure in made.figures.values()} == {"none"}
    assert made.earlier is None


async def test_a_ship_rate_above_100_percent_stays_and_gets_a_note() -> None:
    made = await report("last 7d", replace(NOW, shipped=200), BEFORE)
    assert made.figures["ship_rate"].value == Fraction(200, 184)
    assert "over-100" in caveats(made)


async def test_origins_come_by_size_and_the_rest_is_other() -> None:
    origins = (await report("last 7d", NOW, BEFORE)).origins
    assert origins
    assert origins.listed[:2] == (("slack", 58), ("webapp", 47))
    assert "teams" not in dict(origins.listed)
    assert origins.other == 184 - 181


async def test_more_origins_than_sessions_are_left_out_and_said() -> None:
    made = await report("last 7d", replace(NOW, by_origin={"slack": 200}), BEFORE)
    assert made.origins is None
    assert [caveat.data for caveat in made.caveats if caveat.key == "origins-exceed"] == [{"excess": 16}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03", {"days": 31, "earlier": 28}),
        ("2026-W45", None),  # 2 to 8 November against the week of the clock change, which is an hour longer.
        ("last 7d", None),
    ],
)
async def test_windows_of_unlike_length_are_said(text: str, expected: dict[str, int] | None) -> None:
    made = await report(text, NOW, BEFORE)
    assert next((caveat.data for caveat in made.caveats if caveat.key == "unequal-days"), None) == expected


async def test_a_clock_change_makes_a_week_an_hour_longer_and_is_said() -> None:
    made = await report("2026-W45", NOW, BEFORE)
    assert [caveat.data for caveat in made.caveats if caveat.key == "unequal-hours"] == [
        {"hours": 168, "earlier": 169, "digits": 0}
    ]


async def test_before_2023_there_is_nothing_to_compare_with_and_that_is_said() -> None:
    made = await report("2023-01", NOW)
    assert made.earlier is None
    assert "nothing-earlier" in caveats(made)


async def test_the_as_of_is_the_oldest_reading() -> None:
    planned = plan(parse("last 7d"), Account("v3-enterprise"), AT, NEW_YORK)
    first, second = planned.cells
    read = {first: Reading(first, AT, NOW), second: Reading(second, AT - timedelta(hours=1), BEFORE)}
    assert summarise(planned, read, timedelta(days=30)).as_of == AT - timedelta(hours=1)


async def test_reports_name_what_they_cover_as_the_settings_call_it() -> None:
    made = await report("last 7d org=PAYMENTS,org-2 user=user-7", NOW, BEFORE)
    assert made.scope.orgs == ("Payments", "Search")
    assert made.scope.users == ("user-7",)


async def test_a_sample_marks_every_report_and_only_a_sample_does() -> None:
    sample = replace(services(Told(NOW, BEFORE)), made_up=True)
    marked = (await answer(Request("last 7d", AT), sample)).data["report"]
    assert isinstance(marked, Report)
    assert caveats(marked)[0] == "made-up"
    assert "made-up" not in caveats(await report("last 7d", NOW, BEFORE))


sizes = st.fixed_dictionaries({size: st.integers(0, 10**6) for size in ("xs", "s", "m", "l", "xl")})
any_count = st.one_of(st.none(), st.integers(0, 2**63 - 1))


@given(
    st.builds(
        Counts,
        sessions=any_count,
        by_size=st.one_of(st.none(), sizes),
        by_origin=st.one_of(st.none(), st.dictionaries(st.text(max_size=9), st.integers(0, 99), max_size=5)),
        with_playbook=any_count,
        with_search=any_count,
        shipped=any_count,
        average_acus=st.one_of(st.none(), st.decimals(0, 10**9, allow_nan=False)),
    )
)
def test_any_counts_make_a_report(counts: Counts) -> None:
    planned = plan(parse("last 7d"), Account("v3-enterprise"), AT, NEW_YORK)
    made = summarise(planned, {cell: Reading(cell, AT, counts) for cell in planned.cells}, timedelta(days=30))
    assert set(made.figures) == set(METRICS)
    assert all(figure.value == figure.previous for figure in made.figures.values())


async def test_money_appears_only_where_a_price_is_set() -> None:
    assert "cost" not in (await report("last 7d", NOW, BEFORE)).figures
    priced = replace(services(Told(NOW, BEFORE)), cost=cost(Fraction(2), "USD"))
    page = await answer(Request("last 7d", AT), priced)
    assert "Cost (estimate): $2,355, was $1,970" in render(page).text
    assert "at the price of your contract" in render(await answer(Request("why cost", AT), priced)).text


async def test_a_key_that_sees_no_acus_shows_no_cost() -> None:
    priced = replace(
        services(Told(Counts(sessions=1), Counts(sessions=2)), Account("v2-enterprise")), cost=cost(Fraction(2), "USD")
    )
    page = await answer(Request("last 7d", AT), priced)
    assert "Cost" not in render(page).text


async def test_a_settled_cost_changes_in_its_currency() -> None:
    priced = replace(services(Told(NOW, BEFORE, read_at=MONTHS_LATER)), cost=cost(Fraction(2), "EUR"))
    page = await answer(Request(WEEK, MONTHS_LATER), priced)
    assert "Cost (estimate): €2,355, up €385 (+20%)" in render(page).text
