"""The made-up enterprise: its figures hang together as those of a real one do."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.devin import SIZES, Cell, Counts, Devin, Filter, Reading
from bot.periods.window import Window
from bot.playground.devin.sample import ORGS, ORIGINS, PLAYBOOKS, SERVICE_USERS, USERS, SampleDevin, sample_counts

FRIDAY = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
WEEK = Window(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
ALL = Filter()

seconds = st.integers(0, int(timedelta(days=1437).total_seconds()))
instants = seconds.map(lambda second: datetime(2022, 12, 25, tzinfo=UTC) + timedelta(seconds=second))
lengths = st.timedeltas(timedelta(0), timedelta(days=10))
filters = st.builds(
    Filter,
    orgs=st.lists(st.sampled_from([*ORGS.values()]), max_size=2, unique=True).map(tuple),
    users=st.lists(st.sampled_from(USERS), max_size=2, unique=True).map(tuple),
    service_users=st.lists(st.sampled_from(SERVICE_USERS), max_size=2, unique=True).map(tuple),
    playbook=st.sampled_from([None, *PLAYBOOKS]),
)


def acus(counted: Counts) -> Decimal:
    """The total that an average stands for, in the hundredths in which it was counted."""
    assert counted.sessions is not None
    return round((counted.average_acus or Decimal()) * counted.sessions, 2)


def flat(counted: Counts) -> list[Decimal]:
    """Every figure of which those of the parts sum to that of the whole."""
    assert counted.by_size is not None
    assert counted.by_origin is not None
    assert counted.shipped_by_size is not None
    whole = [counted.sessions, counted.with_playbook, counted.with_search, counted.shipped]
    maps = [*counted.by_size.values(), *counted.by_origin.values(), *counted.shipped_by_size.values()]
    return [Decimal(number or 0) for number in [*whole, *maps]] + [acus(counted)]


def total(parts: list[Counts]) -> list[Decimal]:
    return [sum(column, Decimal()) for column in zip(*map(flat, parts), strict=True)]


def week_before(weeks: int) -> Window:
    return Window(WEEK.after - timedelta(weeks=weeks), WEEK.before - timedelta(weeks=weeks))


# What adds up


@given(instants, lengths, lengths, filters)
def test_neighbouring_windows_add_up_to_their_union(
    start: datetime, first: timedelta, second: timedelta, ids: Filter
) -> None:
    middle, end = start + first, start + first + second
    parts = [sample_counts(Window(start, middle), ids, FRIDAY), sample_counts(Window(middle, end), ids, FRIDAY)]
    assert total(parts) == flat(sample_counts(Window(start, end), ids, FRIDAY))


@given(instants, lengths)
def test_organizations_add_up_to_the_enterprise(start: datetime, length: timedelta) -> None:
    window = Window(start, start + length)
    parts = [sample_counts(window, Filter(orgs=(org,)), FRIDAY) for org in ORGS.values()]
    assert total(parts) == flat(sample_counts(window, ALL, FRIDAY))


def test_several_organizations_are_one_count_and_naming_one_twice_changes_nothing() -> None:
    parts = [sample_counts(WEEK, Filter(orgs=(org,)), FRIDAY) for org in ("org-payments", "org-search")]
    both = sample_counts(WEEK, Filter(orgs=("org-payments", "org-search", "org-payments")), FRIDAY)
    assert total(parts) == flat(both)


def test_users_and_service_users_together_made_every_session() -> None:
    people = [sample_counts(WEEK, Filter(users=(user,)), FRIDAY) for user in USERS]
    services = [sample_counts(WEEK, Filter(service_users=(user,)), FRIDAY) for user in SERVICE_USERS]
    assert total(people + services) == flat(sample_counts(WEEK, ALL, FRIDAY))


def test_playbooks_add_up_to_the_sessions_with_a_playbook() -> None:
    parts = [sample_counts(WEEK, Filter(playbook=playbook), FRIDAY).sessions or 0 for playbook in PLAYBOOKS]
    assert sum(parts) == sample_counts(WEEK, ALL, FRIDAY).with_playbook


@given(instants, lengths, filters)
def test_sizes_add_up_to_the_sessions_and_origins_to_no_more(start: datetime, length: timedelta, ids: Filter) -> None:
    counted = sample_counts(Window(start, start + length), ids, FRIDAY)
    assert counted.by_size
    assert counted.by_origin
    assert counted.shipped_by_size
    assert sum(counted.by_size.values()) == counted.sessions
    assert sum(counted.by_origin.values()) <= (counted.sessions or 0)
    assert sum(counted.shipped_by_size.values()) == counted.shipped
    assert all(counted.shipped_by_size[size] <= counted.by_size[size] for size in SIZES)


@pytest.mark.parametrize(
    "unknown",
    [
        Filter(orgs=("org-elsewhere",)),
        Filter(users=("user-99",)),
        Filter(users=("service-user-ci",)),
        Filter(service_users=("user-01",)),
        Filter(playbook="playbook-unheard-of"),
    ],
)
def test_an_id_that_does_not_exist_counts_nothing_and_has_no_average(unknown: Filter) -> None:
    counted = sample_counts(WEEK, unknown, FRIDAY)
    assert flat(counted) == [0] * len(flat(counted))
    assert counted.average_acus is None


# When it is looked at


@given(instants, lengths, filters, lengths)
def test_shipped_and_acus_never_shrink_as_time_passes_and_a_closed_window_gets_no_more_sessions(
    start: datetime, length: timedelta, ids: Filter, later: timedelta
) -> None:
    window = Window(start, start + length)
    then, now = sample_counts(window, ids, window.before), sample_counts(window, ids, window.before + later)
    assert (then.shipped or 0) <= (now.shipped or 0)
    assert acus(then) <= acus(now)
    assert (then.sessions, then.by_origin, then.with_playbook, then.with_search) == (
        now.sessions,
        now.by_origin,
        now.with_playbook,
        now.with_search,
    )


def test_more_of_a_week_has_shipped_when_it_is_looked_at_later() -> None:
    monday, friday, december = (
        sample_counts(WEEK, ALL, at).shipped
        for at in (datetime(2026, 11, 16, 14, tzinfo=UTC), FRIDAY, datetime(2026, 12, 17, tzinfo=UTC))
    )
    assert (monday, friday, december) == (195, 201, 205)


def test_a_week_is_settled_thirty_days_after_its_close() -> None:
    settled = WEEK.before + timedelta(days=30)
    assert sample_counts(WEEK, ALL, settled) == sample_counts(WEEK, ALL, settled + timedelta(days=400))


@given(instants, lengths)
def test_sessions_of_the_future_do_not_exist_yet(at: datetime, length: timedelta) -> None:
    assert sample_counts(Window(at + timedelta(seconds=1), at + length + timedelta(seconds=1)), ALL, at).sessions == 0


def test_nothing_happened_before_2023() -> None:
    window = Window(datetime(1, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC))
    assert sample_counts(window, ALL, FRIDAY).sessions == 0


# What it looks like


def test_the_same_question_at_the_same_moment_has_the_same_answer_on_every_machine_and_python() -> None:
    assert sample_counts(WEEK, Filter(orgs=("org-payments",)), FRIDAY) == Counts(
        sessions=161,
        by_size={"xs": 31, "s": 47, "m": 52, "l": 23, "xl": 8},
        by_origin={
            "slack": 61,
            "webapp": 34,
            "automation": 34,
            "linear": 11,
            "jira": 10,
            "api": 5,
            "desktop": 3,
            "teams": 0,
        },
        with_playbook=70,
        with_search=42,
        shipped=93,
        shipped_by_size={"xs": 16, "s": 28, "m": 37, "l": 9, "xl": 3},
        average_acus=Decimal("6.185901"),
    )


def test_platform_has_more_sessions_than_payments_and_payments_more_than_search() -> None:
    platform, payments, search = (
        sample_counts(WEEK, Filter(orgs=(ORGS[alias],)), FRIDAY).sessions
        for alias in ("Platform", "Payments", "Search")
    )
    assert (platform, payments, search) == (188, 161, 82)


def test_every_year_has_more_sessions_than_the_one_before() -> None:
    years = [
        Window(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)) for year in range(2023, 2027)
    ]
    totals = [sample_counts(year, ALL, FRIDAY).sessions or 0 for year in years]
    assert totals == sorted(totals)


def test_working_days_are_busy_and_weekends_quiet() -> None:
    days = [Window(WEEK.after + timedelta(days=day), WEEK.after + timedelta(days=day + 1)) for day in range(7)]
    assert [sample_counts(day, ALL, FRIDAY).sessions for day in days] == [85, 82, 84, 84, 80, 8, 8]


def test_some_sessions_come_from_an_origin_that_devin_does_not_list() -> None:
    counted = sample_counts(WEEK, ALL, FRIDAY)
    assert counted.by_origin
    assert tuple(counted.by_origin) == ORIGINS
    assert (counted.sessions, sum(counted.by_origin.values())) == (431, 424)


@pytest.mark.parametrize("weeks", range(12))
def test_about_half_of_a_weeks_sessions_ship_for_six_acus_or_so_each(weeks: int) -> None:
    counted = sample_counts(week_before(weeks), ALL, FRIDAY)
    assert counted.sessions
    assert counted.average_acus
    assert 330 < counted.sessions < 450
    assert 0.4 < (counted.shipped or 0) / counted.sessions < 0.6
    assert 5 < counted.average_acus < 7


def test_now_and_then_a_team_has_a_week_in_which_less_ships() -> None:
    platform = Filter(orgs=("org-platform",))
    usual, incident = sample_counts(week_before(1), platform, FRIDAY), sample_counts(WEEK, platform, FRIDAY)
    assert (usual.sessions, usual.shipped) == (158, 88)
    assert (incident.sessions, incident.shipped) == (188, 63)


# In place of Devin


async def test_it_reads_a_cell_as_devin_would_at_its_own_moment() -> None:
    devin: Devin = SampleDevin(FRIDAY)
    cell = Cell("v3-organization", WEEK, Filter(orgs=("org-search",)))
    assert await devin.read(cell) == Reading(cell, FRIDAY, sample_counts(WEEK, cell.filter, FRIDAY))


async def test_over_v2_it_tells_the_number_of_sessions_and_nothing_else() -> None:
    reading = await SampleDevin(FRIDAY).read(Cell("v2-enterprise", WEEK))
    assert reading.counts == Counts(sessions=431)
