"""What holds of every report, whatever Devin counts and whenever it was asked."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.devin import Cell, Counts, Reading
from bot.devin.cache import ReadingCache
from bot.queries.query import parse
from bot.queries.request import Account, Aliases
from bot.reports.breakdown import with_rows
from bot.reports.counts import add_counts
from bot.reports.plan import plan
from bot.reports.report import Figure, Report, missing_comparable, summarise
from tests.asking import AT, NEW_YORK, NOW, ORGS, message, report
from tests.test_gather import Shelf

SETTLE = timedelta(days=30)
BY_ORG = plan(parse("last week by=org"), Account("v3-enterprise", orgs=Aliases(ORGS)), AT, NEW_YORK)

few_or_many = st.integers(0, 3) | st.integers(0, 10**6)
origins = st.dictionaries(st.text("abcdefghij", min_size=1, max_size=9), few_or_many, max_size=20)
ages = st.integers(0, 40 * 24).map(lambda hours: timedelta(hours=hours))


# What adds up


@given(origins, st.integers(-1, 1) | few_or_many)
async def test_origins_as_printed_add_up_to_the_sessions_with_other_or_are_left_out_and_that_is_said(
    listed: dict[str, int], other: int
) -> None:
    total = sum(listed.values()) + other
    assume(total > 0)
    said = await message("last 7d vs=none", Counts(sessions=total, by_origin=listed))
    lines = [line.removeprefix("By origin: ") for line in said.splitlines() if line.startswith("By origin: ")]
    printed = [int(part.rsplit(" ", 1)[1].replace(",", "")) for line in lines for part in line.split(" · ")]
    assert sum(printed) == (total if other >= 0 else 0)
    assert ("By origin is left out" in said) == (other < 0)


# What may be odd


@given(few_or_many, few_or_many, few_or_many, few_or_many)
async def test_a_share_above_100_percent_is_shown_as_it_is_and_named(
    sessions: int, shipped: int, with_playbook: int, with_search: int
) -> None:
    assume(sessions)
    odd = replace(NOW, sessions=sessions, shipped=shipped, with_playbook=with_playbook, with_search=with_search)
    made = await report("last 7d vs=none", odd)
    shares = {"ship_rate": shipped, "playbook_share": with_playbook, "search_share": with_search}
    assert all(made.figures[name].value == Fraction(part, sessions) for name, part in shares.items())
    over = [caveat.data["figures"] for caveat in made.caveats if caveat.key == "over-100"]
    assert over == ([above] if (above := [name for name, part in shares.items() if part > sessions]) else [])


@given(st.integers(1, 500), st.integers(0, 10**4))
async def test_a_share_is_printed_with_the_numbers_that_it_is_made_of(sessions: int, shipped: int) -> None:
    said = await message("last 7d vs=none", replace(NOW, sessions=sessions, shipped=shipped))
    (line,) = [line for line in said.splitlines() if line.startswith("Ship rate: ")]
    percent, _, made_of = line.removeprefix("Ship rate: ").partition("% ")
    assert made_of == f"({shipped:,} of {sessions:,})"
    assert abs(Fraction(percent.replace(",", "")) - Fraction(100 * shipped, sessions)) <= Fraction(5, 100)


parts = st.builds(Counts, sessions=few_or_many, shipped=few_or_many)


@given(parts, st.lists(parts, min_size=3, max_size=3))
def test_what_a_total_holds_beyond_its_rows_is_never_negative(whole: Counts, several: list[Counts]) -> None:
    counts = dict(zip(BY_ORG.cells, [whole, whole, *(one for one in several for _ in "ne")], strict=True))
    made = rows_of({cell: Reading(cell, AT, counts[cell]) for cell in BY_ORG.cells}, {})
    rest = [row.figures[name].value for row in made.rows if row.kind == "other" for name in ("sessions", "shipped")]
    assert all(value is None or value >= 0 for value in rest)
    exceed = [caveat.data["figures"] for caveat in made.caveats if caveat.key == "rows-exceed"]
    ones = add_counts(several)
    assert exceed == ([over] if (over := [name for name in ("sessions", "shipped") if more(name, ones, whole)]) else [])


def more(name: str, ones: Counts, whole: Counts) -> bool:
    return bool(getattr(ones, name) > getattr(whole, name))


# What is compared


@given(st.data())
async def test_what_matures_is_never_compared_between_readings_of_unlike_ages(data: st.DataObject) -> None:
    told = iter(range(0, 1000, 7))  # No two readings count the same, so that each is known by what it counts.

    def read(cell: Cell) -> Reading:
        sessions = 10**6 if cell.filter.orgs else 10**7
        return Reading(
            cell, cell.window.before + data.draw(ages), Counts(sessions, shipped=sessions // 10 + next(told))
        )

    readings = {cell: read(cell) for cell in BY_ORG.cells}
    kept = [read(cell) for _, cell in BY_ORG.pairs if cell for _ in range(3)]
    shelf = Shelf()
    await shelf.keep(kept)
    made = rows_of(
        readings,
        await ReadingCache(shelf, lambda: AT, SETTLE).of_same_age(missing_comparable(BY_ORG, readings, SETTLE)),
    )
    known = {reading.counts.shipped: reading for reading in (*readings.values(), *kept)}
    shipped = {row.key: row.figures["shipped"] for row in made.rows} | {"total": made.figures["shipped"]}
    other = shipped.pop("other", None)
    compared = [figure for figure in shipped.values() if figure.comparison != "maturing"]
    assert all(of_one_age(figure, known) for figure in compared)
    assert not other or other.comparison in {"maturing", "none"} or len(compared) == len(shipped)


def of_one_age(figure: Figure, known: dict[int | None, Reading]) -> bool:
    """Whether the two readings of a figure are as old, give or take a tenth, or both have settled."""
    pair = [known[int(value)] for value in (figure.value, figure.previous) if value]
    now, earlier = (reading.read_at - reading.cell.window.before for reading in pair)
    return abs(now - earlier) <= max(now, earlier) / 10 or min(now, earlier) >= SETTLE


def rows_of(readings: dict[Cell, Reading], comparable: dict[Cell, Reading]) -> Report:
    return with_rows(summarise(BY_ORG, readings, SETTLE, comparable=comparable), BY_ORG, readings, SETTLE, comparable)
