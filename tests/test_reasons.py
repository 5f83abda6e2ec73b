"""Why figures changed: parts that add up, exactly and as printed."""

import re
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from math import ceil, floor
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.devin import SIZES, Counts, Reading, Size, Source
from bot.messages.locales import language
from bot.messages.render import _environment
from bot.messages.styles import plain, rich_text_elements
from bot.queries.query import parse
from bot.queries.request import AS_INSTALLED, Account, Aliases
from bot.reports.count_change import CountChange, CountPart, GroupedBy, GroupedCount, count_change
from bot.reports.plan import plan
from bot.reports.rate_change import Driver, RateChange, rate_change
from bot.reports.reasons import Reasons, reasons
from bot.reports.report import summarise
from bot.reports.rounding import apportion
from tests.asking import AT, BEFORE, NEW_YORK, NOW, ORGS

WEEK = "2026-11-09..2026-11-15"


def sized(unsized: tuple[int, int] = (0, 0), **groups: tuple[int, int]) -> Counts:
    """Counts of sizes told as created and shipped."""
    created, shipped = ({size: groups.get(size, (0, 0))[column] for size in SIZES} for column in (0, 1))
    return Counts(
        sessions=sum(created.values()) + unsized[0],
        by_size=created,
        shipped=sum(shipped.values()) + unsized[1],
        shipped_by_size=shipped,
    )


def split(now: Counts, earlier: Counts) -> RateChange:
    found = rate_change(now, earlier)
    assert found
    return found


def said(macro: str, value: CountChange | RateChange | Reasons) -> str:
    """What a macro of `report/_reasons.j2` says, with plain spaces for those that keep a line together."""
    return plain(
        getattr(_environment("en", AS_INSTALLED).get_template("report/_reasons.j2").module, macro)(value)
    ).replace("\u00a0", " ")


def why(text: str, *counted: Counts, days: float = 60, source: Source = "v3-enterprise") -> Reasons:
    """The reasons in a report whose calls, in the order of its plan, counted this that many days after now."""
    planned = plan(parse(text), Account(source, orgs=Aliases(ORGS)), AT, NEW_YORK)
    at = AT + timedelta(days=days)
    read = {cell: Reading(cell, at, counts) for cell, counts in zip(planned.cells, counted, strict=True)}
    return reasons(summarise(planned, read, timedelta(days=30)), planned, read)


# The week of ../shared/examples/digest.json, with its sizes of digest_thread.json. The week before is the only one
# in whole sessions that agrees with both.
THIS_WEEK = sized(xs=(88, 58), s=(142, 84), m=(125, 55), l=(57, 16), xl=(9, 1))
WEEK_BEFORE = sized(xs=(87, 56), s=(136, 82), m=(114, 54), l=(48, 14), xl=(4, 1))


# What is said


def test_the_ship_rate_of_the_example_fell_for_two_reasons() -> None:
    assert said("rate_line", split(THIS_WEEK, WEEK_BEFORE)) == (
        "Ship rate fell 2.4 points: 1.0 from more L and XL work, 1.4 from fewer merges per session at the same sizes."
    )


def test_the_sessions_of_the_example_rose_by_organization() -> None:
    now, earlier = {"Payments": 171, "Platform": 138, "Search": 112}, {"Payments": 158, "Platform": 124, "Search": 107}
    found = count_change("org", GroupedCount(421, now), GroupedCount(389, earlier))
    assert found
    assert said("sessions_line", found) == "32 more sessions: Platform +14, Payments +13, Search +5."


def test_each_reason_has_a_line_and_what_has_none_leaves_no_gap() -> None:
    found = Reasons(CountChange("origin", (CountPart("slack", 4),), 0), split(THIS_WEEK, WEEK_BEFORE))
    lines = said("why", found).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["4 more sessions", "Ship rate fell 2.4 points"]
    assert said("why", replace(found, sessions=None)) == lines[1]
    assert not said("why", Reasons())


def test_only_the_answer_to_what_happened_is_bold() -> None:
    template = _environment("en", AS_INSTALLED).get_template("report/_reasons.j2")
    words = template.module.rate_line(split(WEEK_BEFORE, THIS_WEEK))  # type: ignore[attr-defined]
    assert rich_text_elements(words) == [
        {"type": "text", "text": "Ship rate rose 2.4 points:", "style": {"bold": True}},
        {
            "type": "text",
            "text": " 1.0 from less L and XL work, 1.4 from more merges per session at the same sizes.",
        },
    ]


@pytest.mark.parametrize(
    ("now", "earlier", "words"),
    [
        (  # Both parts go the same way.
            sized(s=(80, 60), xl=(20, 4)),
            sized(s=(50, 35), xl=(50, 5)),
            "rose 24.0 points: 17.3 from less XL work and more S work, 6.7 from more merges per session",
        ),
        (  # The mix prevails over the rates, down and up.
            sized(s=(50, 36), l=(50, 16)),
            sized(s=(80, 56), l=(20, 6)),
            "fell 10.0 points: down 12.0 from more L work and less S work, up 2.0 from more merges per session",
        ),
        (
            sized(s=(80, 56), l=(20, 6)),
            sized(s=(50, 36), l=(50, 16)),
            "rose 10.0 points: up 12.0 from less L work and more S work, down 2.0 from fewer merges per session",
        ),
        (  # The rates prevail over the mix, down and up.
            sized(s=(80, 44), l=(20, 4)),
            sized(s=(50, 35), l=(50, 15)),
            "fell 2.0 points: down 13.2 from fewer merges per session, up 11.2 from less L work and more S work",
        ),
        (
            sized(s=(50, 35), l=(50, 15)),
            sized(s=(80, 44), l=(20, 4)),
            "rose 2.0 points: up 13.2 from more merges per session, down 11.2 from more L work and less S work",
        ),
        (  # One part alone.
            sized(s=(80, 50), l=(20, 5)),
            sized(s=(40, 28), l=(10, 3)),
            "fell 7.0 points: all from fewer merges per session",
        ),
        (
            sized(s=(80, 56), l=(20, 6)),
            sized(s=(60, 42), l=(40, 12)),
            "rose 8.0 points: all from less L work",
        ),
    ],
)
def test_parts_that_go_opposite_ways_are_told_as_up_and_down(now: Counts, earlier: Counts, words: str) -> None:
    assert said("rate_line", split(now, earlier)).replace(" at the same sizes", "") == f"Ship rate {words}."


@pytest.mark.parametrize(
    ("now", "earlier", "words"),
    [
        ({"s": (140, 98), "l": (50, 15)}, {"s": (60, 42), "l": (40, 12)}, "a smaller share of L work"),
        ({"s": (60, 42), "l": (40, 12)}, {"s": (140, 98), "l": (50, 15)}, "a larger share of L work"),
        ({"s": (120, 84), "l": (80, 24)}, {"s": (80, 56), "l": (20, 6)}, "more L work"),
    ],
)
def test_more_and_less_work_are_said_only_of_more_and_fewer_sessions(
    now: dict[str, tuple[int, int]], earlier: dict[str, tuple[int, int]], words: str
) -> None:
    assert f"all from {words}." in said("rate_line", split(sized(**now), sized(**earlier)))


def test_a_second_size_is_named_only_where_it_matters() -> None:
    assert split(THIS_WEEK, WEEK_BEFORE).drivers == (Driver("more", ("l", "xl")),)
    now, earlier = sized(s=(79, 55), l=(20, 6), xl=(1, 0)), sized(s=(60, 42), l=(40, 12))
    assert split(now, earlier).drivers == (Driver("less", ("l",)),)


def test_sessions_without_a_size_are_a_group_of_their_own() -> None:
    found = split(sized((30, 3), s=(70, 49)), sized((10, 1), s=(90, 63)))
    assert [part.size for part in found.parts] == ["s", None]
    assert said("rate_line", found) == "Ship rate fell 12.0 points: all from more unsized work."
    assert "Unsized 10.0% (3 of 30), was 10.0% (1 of 10)" in said("rate_rows", found)


def test_the_rows_of_the_thread_add_up_to_the_last_one() -> None:
    assert said("rate_rows", split(THIS_WEEK, WEEK_BEFORE)).splitlines() == [
        "XS 65.9% (58 of 88), was 64.4% (56 of 87): −0.2 from share, +0.3 from rate",
        "S 59.2% (84 of 142), was 60.3% (82 of 136): −0.1 from share, −0.4 from rate",
        "M 44.0% (55 of 125), was 47.4% (54 of 114): 0.0 from share, −1.0 from rate",
        "L 28.1% (16 of 57), was 29.2% (14 of 48): −0.3 from share, −0.1 from rate",
        "XL 11.1% (1 of 9), was 25.0% (1 of 4): −0.4 from share, −0.2 from rate",
        "All 50.8% (214 of 421), was 53.2% (207 of 389): −1.0 from share, −1.4 from rate",
    ]


@pytest.mark.parametrize(
    ("by", "parts", "other", "words"),
    [
        ("origin", {"slack": -4, "webapp": 3}, 0, "1 fewer session: Slack −4, Web app +3."),
        ("origin", {"slack": 1234, "cli": 0}, 1, "1,235 more sessions: Slack +1,234, other +1."),
        ("size", {"xs": -4, "m": 3}, 3, "2 more sessions: XS −4, M +3, unsized +3."),
        ("org", {"A": 8, "B": 7, "C": 6, "D": 5}, -1, "25 more sessions: A +8, B +7, C +6, D +5, other −1."),
        (
            "org",
            {"A": 8, "B": 7, "C": 6, "D": 5, "E": -4},
            4,
            "26 more sessions: A +8, B +7, C +6, 2 more +1, other +4.",
        ),
        ("org", {"A": 8, "B": 7, "C": 6, "D": 5, "E": -5}, 0, "21 more sessions: A +8, B +7, C +6."),
        ("org", {"core\nteam": 4}, 0, "4 more sessions: core team +4."),
        ("org", {"<!channel> & *x*": 4}, 0, "4 more sessions: <!channel> & *x* +4."),
    ],
)
def test_the_groups_that_moved_most_are_named_and_the_rest_is_summed(
    by: GroupedBy, parts: dict[str, int], other: int, words: str
) -> None:
    found = CountChange(by, tuple(CountPart(*part) for part in parts.items()), other)
    assert said("sessions_line", found) == words


# When something is said, and when not


def test_a_settled_week_has_reasons_for_both() -> None:
    found = why(WEEK, NOW, BEFORE)
    assert found.sessions
    assert found.ship_rate
    assert (found.sessions.by, found.sessions.change) == ("origin", 22)
    assert found.sessions.parts[0] == CountPart("webapp", -55)
    assert found.ship_rate.mix + found.ship_rate.rate == Fraction(91, 184) - Fraction(87, 162)


@pytest.mark.parametrize("period", ["last 7d", "this week"])
def test_of_unlike_age_or_while_a_period_runs_there_are_reasons_only_for_what_does_not_mature(period: str) -> None:
    found = why(period, NOW, BEFORE, days=0)
    assert found.sessions
    assert found.ship_rate is None
    assert why(f"{period} by=size", NOW, BEFORE, days=0) == Reasons()


def test_without_an_earlier_count_there_is_no_reason() -> None:
    assert why(f"{WEEK} vs=none", NOW) == why(WEEK, NOW, replace(BEFORE, sessions=None)) == Reasons()


@pytest.mark.parametrize("few", [0, 4])
def test_fewer_than_five_sessions_on_a_side_have_no_reasons(few: int) -> None:
    tiny = replace(sized(s=(few, few // 2)), by_origin={"slack": few})
    assert why(WEEK, NOW, tiny) == why(WEEK, tiny, BEFORE) == Reasons()


def test_five_sessions_on_a_side_are_enough() -> None:
    assert why(WEEK, NOW, replace(sized(s=(5, 1)), by_origin={"slack": 5})).ship_rate


def test_a_v2_key_sees_no_reasons() -> None:
    assert why(WEEK, Counts(sessions=184), Counts(sessions=162), source="v2-enterprise") == Reasons()


def test_what_is_not_reported_is_not_zero() -> None:
    without = replace(BEFORE, by_origin=None, by_size=None, shipped_by_size=None)
    for text in (WEEK, f"{WEEK} by=size"):
        assert why(text, NOW, without) == why(text, without, NOW) == Reasons()
    assert rate_change(NOW, replace(BEFORE, shipped=None)) is None


def test_parts_that_exceed_the_total_are_no_parts_of_it() -> None:
    assert why(WEEK, replace(NOW, by_origin={"slack": 185}), BEFORE).sessions is None
    assert rate_change(replace(NOW, shipped=90), BEFORE) is None
    assert rate_change(NOW, replace(BEFORE, sessions=161)) is None


def test_a_change_that_is_printed_as_nothing_has_no_reason() -> None:
    assert why(WEEK, NOW, NOW) == Reasons()
    hardly = [sized(s=(100_000, shipped)) for shipped in (50_000, 50_010)]
    assert why(WEEK, *hardly) == Reasons()
    assert why(WEEK, sized(s=(100_000, 50_000)), sized(s=(100_000, 50_050))).ship_rate


def test_a_remainder_alone_explains_nothing() -> None:
    same = {"slack": 58}
    assert why(WEEK, replace(NOW, by_origin=same), replace(BEFORE, by_origin=same)).sessions is None


def test_an_origin_that_one_period_does_not_list_may_be_among_its_others() -> None:
    now, earlier = GroupedCount(20, {"slack": 12, "jira": 5}), GroupedCount(15, {"slack": 10})
    assert count_change("origin", now, earlier) == CountChange("origin", (CountPart("slack", 2),), 3)
    all_listed = GroupedCount(10, {"slack": 10})
    assert count_change("origin", now, all_listed) == CountChange(
        "origin", (CountPart("jira", 5), CountPart("slack", 2)), 3
    )


def test_a_report_by_size_splits_its_sessions_by_size() -> None:
    assert why(f"{WEEK} by=size", NOW, BEFORE).sessions == CountChange(
        "size", tuple(CountPart(size, n) for size, n in (("l", 9), ("m", 7), ("s", 2), ("xl", 2), ("xs", 2))), 0
    )


def test_a_report_by_organization_splits_its_sessions_by_organization() -> None:
    counted = [NOW, BEFORE, *(Counts(sessions=n) for n in (60, 80, 100, 50, 4, 4))]
    assert why(f"{WEEK} by=org", *counted).sessions == CountChange(
        "org", (CountPart("Search", 50), CountPart("Payments", -20), CountPart("Platform", 0)), -8
    )


def test_an_organization_that_was_not_counted_is_among_the_others() -> None:
    counted = [NOW, BEFORE, *(Counts(sessions=n) for n in (60, 80, None, 50, 4, 4))]
    assert why(f"{WEEK} by=org", *counted).sessions == CountChange(
        "org", (CountPart("Payments", -20), CountPart("Platform", 0)), 42
    )


# What adds up, whatever is counted

few_or_many = st.one_of(st.integers(0, 3), st.integers(0, 10**6))
groups = st.tuples(few_or_many, few_or_many)  # Created and shipped: a size may ship more than were created.
any_sizes = st.dictionaries(st.sampled_from(SIZES), groups)
counted = st.builds(lambda sizes, unsized: sized(unsized, **sizes), any_sizes, groups).filter(lambda one: one.sessions)


def ship_rate(counts: Counts) -> Fraction:
    return Fraction(counts.shipped or 0, counts.sessions or 0)


@given(counted, counted)
def test_mix_and_rate_parts_sum_to_the_change_exactly(now: Counts, earlier: Counts) -> None:
    found = split(now, earlier)
    assert found.mix + found.rate == ship_rate(now) - ship_rate(earlier)


@given(counted, counted)
def test_each_part_is_the_formula_of_the_design(now: Counts, earlier: Counts) -> None:
    whole = (ship_rate(now) + ship_rate(earlier)) / 2
    for part in split(now, earlier).parts:
        if part.now.rate is not None and part.earlier.rate is not None:
            shares = [
                Fraction(one.created, counts.sessions or 0)
                for one, counts in ((part.now, now), (part.earlier, earlier))
            ]
            assert part.mix == (shares[0] - shares[1]) * ((part.now.rate + part.earlier.rate) / 2 - whole)
            assert part.rate == (part.now.rate - part.earlier.rate) * sum(shares) / 2


@given(groups, counted)
def test_a_size_that_is_absent_in_one_period_changes_the_mix_only(group: tuple[int, int], earlier: Counts) -> None:
    assume(group[0])
    parts = split(sized(xl=group), replace_size(earlier, "xl")).parts
    assert next(part.rate for part in parts if part.size == "xl") == 0


def replace_size(counts: Counts, size: Size) -> Counts:
    """The same without sessions of a size, and with one of another, so that some are left."""
    created, shipped = {**(counts.by_size or {}), size: 0, "m": 1}, {**(counts.shipped_by_size or {}), size: 0}
    return Counts(
        sessions=sum(created.values()), by_size=created, shipped=sum(shipped.values()), shipped_by_size=shipped
    )


@given(counted, counted)
def test_printed_points_add_up_to_the_printed_change(now: Counts, earlier: Counts) -> None:
    found = split(now, earlier)
    change = ship_rate(now) - ship_rate(earlier)
    points = found.points
    assert language("en").signed(points.change, 1) == language("en").signed(change * 100, 1)
    assert points.mix + points.rate == points.change
    assert sum(row.mix for row in found.rows) == points.mix
    assert sum(row.rate for row in found.rows) == points.rate
    assert all(abs(row.rate - row.part.rate * 100) < Fraction(1, 10) for row in found.rows)


@given(counted, counted)
def test_the_points_of_the_sentence_add_up_as_they_are_read(now: Counts, earlier: Counts) -> None:
    found = split(now, earlier)
    assume(found.points.change)
    line = said("rate_line", found).replace("all from", f"{float(abs(found.points.change)):.1f} from")
    way = -1 if line.startswith("Ship rate fell") else 1
    total, *parts = [
        (-1 if word == "down " else 1 if word == "up " else way) * Fraction(number.replace(",", ""))
        for word, number in re.findall(r"(down |up |)([\d,]+\.\d)", line)
    ]
    assert total == found.points.change
    assert sum(parts) == total


@given(counted, counted)
def test_the_periods_swapped_turn_every_sign_round(now: Counts, earlier: Counts) -> None:
    there, back = split(now, earlier), split(earlier, now)
    assert [(part.size, part.mix, part.rate) for part in there.parts] == [
        (part.size, -part.mix, -part.rate) for part in back.parts
    ]
    assert [(row.mix, row.rate) for row in there.rows] == [(-row.mix, -row.rate) for row in back.rows]
    assert there.points == tuple(-value for value in back.points)
    assert [driver.sizes for driver in there.drivers if len(driver.sizes) == 2] == [
        driver.sizes for driver in back.drivers if len(driver.sizes) == 2
    ]


@given(counted, counted, st.permutations(SIZES))
def test_the_order_of_a_size_map_is_no_matter(now: Counts, earlier: Counts, order: list[Size]) -> None:
    shuffled = replace(now, by_size={size: (now.by_size or {})[size] for size in order})
    assert split(shuffled, earlier) == split(now, earlier)


tallies = st.builds(
    lambda groups, left: GroupedCount(sum(groups.values()) + left, groups),
    st.dictionaries(st.sampled_from("abcdefgh"), few_or_many),
    few_or_many,
)


@given(tallies, tallies, st.randoms())
def test_a_counts_parts_sum_to_its_change_in_any_order(
    now: GroupedCount, earlier: GroupedCount, random: Random
) -> None:
    found = count_change("org", now, earlier)
    shuffled = dict(random.sample(list(now.groups.items()), len(now.groups)))
    assert found
    assert found == count_change("org", now._replace(groups=shuffled), earlier)
    assert found.change == now.total - earlier.total
    assert sum(part.change for part in (*found.named, *found.more)) + found.other == found.change
    assert len(found.named) <= 4
    assert [abs(part.change) for part in found.parts] == sorted((abs(p.change) for p in found.parts), reverse=True)


@given(tallies, tallies)
def test_the_sessions_of_the_sentence_add_up_as_they_are_read(now: GroupedCount, earlier: GroupedCount) -> None:
    found = count_change("org", now, earlier)
    assert found
    assume(found.change and found.named)
    total, parts = said("sessions_line", found).split(":")
    printed = [int(number.replace("−", "-").replace(",", "")) for number in re.findall(r"[+−][\d,]*\d", parts)]
    assert sum(printed) == int(total.split()[0].replace(",", "")) * (1 if "more" in total else -1)


@given(tallies, tallies)
def test_a_counts_periods_swapped_turn_every_sign_round(now: GroupedCount, earlier: GroupedCount) -> None:
    there, back = count_change("org", now, earlier), count_change("org", earlier, now)
    assert there
    assert back
    assert there.parts == tuple(CountPart(name, -change) for name, change in back.parts)
    assert there.other == -back.other


@given(st.lists(st.fractions(-1000, 1000), min_size=1, max_size=7))
def test_parts_of_a_rounded_total_are_each_less_than_one_off(exact: list[Fraction]) -> None:
    for total in (floor(sum(exact)), ceil(sum(exact))):
        parts = apportion(exact, total)
        assert sum(parts) == total
        assert all(abs(part - value) < 1 for part, value in zip(parts, exact, strict=True))
        assert apportion([-value for value in exact], -total) == [-part for part in parts]
