"""What a reader sees of a split report: words, a chart and a table, the same numbers in each."""

import re
import textwrap
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.devin import Cell, Counts
from bot.messages.export import as_csv
from bot.messages.message import Message
from bot.messages.render import render
from bot.playground.devin.sample import ORGS as SAMPLE_ORGS
from bot.playground.devin.sample import sample_counts
from bot.queries.request import Account, Aliases
from bot.slack.fallback import LISTS, TABLES, fallbacks
from tests.asking import AT, BEFORE, NOTHING, NOW
from tests.splits import MONTHS_LATER, ask, block, by_day, chart, counted, message, numbers, report, said, table
from tests.test_messages import HOSTILE
from tests.test_rows import WEEK, by_org

TWELVE = [268, 281, 243, 302, 318, 334, 329, 351, 372, 366, 389, 421]
SHIPPED = [131, 139, 122, 155, 166, 173, 168, 184, 196, 190, 207, 222]
MONDAYS = ["08-24", "08-31", "09-07", "09-14", "09-21", "09-28", "10-05", "10-12", "10-19", "10-26", "11-02", "11-09"]


def expected(text: str) -> str:
    return textwrap.dedent(text).strip()


def twelve_weeks(cell: Cell) -> Counts:
    made = {day: counted(*pair, "6.4") for day, pair in zip(MONDAYS, zip(TWELVE, SHIPPED, strict=True), strict=True)}
    return by_day(made, counted(sum(TWELVE), sum(SHIPPED), "6.4"), counted(3104, 1543, "5.7"))(cell)


async def test_twelve_weeks_are_one_sentence_a_chart_and_a_table() -> None:
    made = await message("last 12w by=week", twelve_weeks)
    assert said(made) == expected(
        """
        Last 12 full weeks: 3,974 sessions, 2,053 shipped
        Mon, Aug 24 – Sun, Nov 15, 2026 · all organizations
        New York time (UTC−4/−5) · vs Jun 1 – Aug 23
        Sessions: 3,974, up 870 (+28%)
        Ship rate: 51.7% (2,053 of 3,974), was 49.7%
        ACUs (estimate): 25,434, was 17,693
        ACUs per shipped session: 12.4, was 11.5
        Weekly sessions went from 268 to 421. The ship rate stayed between 48.9% and 53.2%.
        Nov 9 – 15: 421 sessions, 222 shipped (52.7%), 2,694 ACUs
        Nov 2 – 8: 389 sessions, 207 shipped (53.2%), 2,490 ACUs
        Oct 26 – Nov 1: 366 sessions, 190 shipped (51.9%), 2,342 ACUs
        Oct 19 – 25: 372 sessions, 196 shipped (52.7%), 2,381 ACUs
        Oct 12 – 18: 351 sessions, 184 shipped (52.4%), 2,246 ACUs
        Oct 5 – 11: 329 sessions, 168 shipped (51.1%), 2,106 ACUs
        Sep 28 – Oct 4: 334 sessions, 173 shipped (51.8%), 2,138 ACUs
        Sep 21 – 27: 318 sessions, 166 shipped (52.2%), 2,035 ACUs
        Sep 14 – 20: 302 sessions, 155 shipped (51.3%), 1,933 ACUs
        Sep 7 – 13: 243 sessions, 122 shipped (50.2%), 1,555 ACUs
        Aug 31 – Sep 6: 281 sessions, 139 shipped (49.5%), 1,798 ACUs
        Aug 24 – 30: 268 sessions, 131 shipped (48.9%), 1,715 ACUs
        As of Fri, Nov 20, 2:05 PM. Shipped: a pull request was merged. Devin did not report: playbook share, search """
        """share, L+XL share. No change is shown where recent sessions may still run and merge. The clocks """
        """changed: 2,017 hours are compared with 2,016. ACUs: average × sessions, an estimate. Recent weeks may """
        """still rise.
    """
    )
    kinds = ["header", "context", "section", "rich_text", "data_visualization", "data_table", "context"]
    assert [one["type"] for one in made.blocks] == kinds
    assert [field["text"].partition("*")[2].partition("*")[0] for field in made.blocks[2]["fields"]] == [
        "3,974",
        "51.7%",
        "25,434",
        "12.4",
    ]


async def test_the_chart_goes_with_time_and_the_table_against_it() -> None:
    made = await message("last 12w by=week", twelve_weeks)
    assert chart(made) == {
        "Sessions": dict(zip(labels(made), TWELVE, strict=True)),
        "Shipped": dict(zip(labels(made), SHIPPED, strict=True)),
    }
    assert labels(made)[:3] == ["Aug 24", "Aug 31", "Sep 7"]
    drawn = block(made, "data_visualization")
    assert (drawn["title"], drawn["chart"]["type"], drawn["chart"]["axis_config"]["x_label"]) == (
        "Sessions per week",
        "bar",
        "Week starting",
    )
    assert table(made)[:3] == [
        ["Week of", "Sessions", "Shipped", "Ship rate", "ACUs (est.)"],
        ["Nov 9", "421", "222", "52.7%", "2,694"],
        ["Nov 2", "389", "207", "53.2%", "2,490"],
    ]
    listed = block(made, "data_table")
    assert (listed["caption"], listed["page_size"]) == ("Per week, newest first", 6)
    assert [cell.get("value") for cell in listed["rows"][1]] == [None, 421, 222, 52.7, 2694]


def labels(made: Message) -> list[str]:
    found = block(made, "data_visualization")["chart"]["axis_config"]["categories"]
    assert isinstance(found, list)
    return found


async def test_organizations_with_others_have_a_total_and_what_changed() -> None:
    made = await message(f"{WEEK} by=org", by_org, at=MONTHS_LATER)
    assert table(made) == [
        ["Organization", "Sessions", "Shipped", "Ship rate", "ACUs (est.)"],
        ["Payments", "171 (+13)", "86 (+1)", "50.3% (−3.5 pts)", "1,112 (+100)"],
        ["Platform", "138 (+14)", "73 (+6)", "52.9% (−1.1 pts)", "856 (+99)"],
        ["Search", "112 (+5)", "55 (no change)", "49.1% (−2.3 pts)", "672 (+30)"],
        ["Other organizations", "29 (+18)", "6 (+3)", "20.7% (−6.6 pts)", "196 (+85)"],
        ["Total", "450 (+50)", "220 (+10)", "48.9% (−3.6 pts)", "2,835 (+315)"],
    ]
    assert "Search: 112 sessions (+5), 55 shipped (no change), ship rate 49.1% (−2.3 pts), 672 ACUs (+30)" in said(made)
    caption = block(made, "data_table")["caption"]
    assert caption.replace("\N{NO-BREAK SPACE}", " ") == "By organization, compared with Nov 2 – 8"
    assert chart(made)["Shipped"] == {"Payments": 86, "Platform": 73, "Search": 55, "Other organizations": 6}


async def test_what_matures_stands_beside_its_earlier_value() -> None:
    made = await message(f"{WEEK} by=org", by_org)
    assert table(made)[1] == ["Payments", "171 (+13)", "86 (was 85)", "50.3% (was 53.8%)", "1,112 (was 1,011)"]
    assert "Payments: 171 sessions (+13), 86 shipped (was 85), ship rate 50.3% (was 53.8%)" in said(made)


async def test_without_a_comparison_a_rate_stands_behind_its_count() -> None:
    made = await message(f"{WEEK} by=org vs=none", by_org)
    assert "Payments: 171 sessions, 86 shipped (50.3%), 1,112 ACUs" in said(made)
    assert block(made, "data_table")["caption"] == "By organization"


def both(now: Counts, earlier: Counts = BEFORE) -> Callable[[Cell], Counts]:
    return lambda cell: now if cell.window.after.day >= 9 else earlier


async def test_the_three_largest_origins() -> None:
    made = await message(f"{WEEK} by=origin top=3", both(NOW))
    assert table(made) == [
        ["Origin", "Sessions"],
        ["Slack", "58 (−2)"],
        ["Web app", "47 (−55)"],
        ["Automation", "41 (new)"],
        ["4 more", "35 (new)"],
        ["Other", "3 (new)"],
    ]
    assert chart(made) == {"Sessions": {"Slack": 58, "Web app": 47, "Automation": 41, "4 more": 35, "Other": 3}}
    assert "4 more: 35 sessions (new)\nOther: 3 sessions (new)" in said(made)
    assert "By size" not in said(made)


async def test_sizes_with_their_ship_rates() -> None:
    made = await message(f"{WEEK} by=size", both(NOW), at=MONTHS_LATER)
    assert table(made) == [
        ["Size", "Sessions", "Shipped", "Ship rate"],
        ["XS", "38 (+2)", "20 (no change)", "52.6% (−2.9 pts)"],
        ["S", "62 (+2)", "33 (no change)", "53.2% (−1.8 pts)"],
        ["M", "53 (+7)", "27 (+2)", "50.9% (−3.4 pts)"],
        ["L", "26 (+9)", "10 (+2)", "38.5% (−8.6 pts)"],
        ["XL", "5 (+2)", "1 (no change)", "20.0%"],
    ]
    assert "XL: 5 sessions (+2), 1 shipped (no change), ship rate 20.0%" in said(made)


async def test_the_days_of_a_running_week_say_how_far_it_is() -> None:
    days = {f"11-{day}": counted(60 + day, 30 + day, "6") for day in range(16, 21)}
    made = await message("this week by=day", by_day(days, counted(390, 240, "6"), counted(380, 250, "6")))
    assert [row[0] for row in table(made)[1:]] == [
        "Fri, Nov 20 (so far)",
        "Thu, Nov 19",
        "Wed, Nov 18",
        "Tue, Nov 17",
        "Mon, Nov 16",
    ]
    assert labels(made)[-2:] == ["Nov 19", "Nov 20 (so far)"]
    assert "Between 76 and 79 sessions a full day.\nFri, Nov 20 (so far): 80 sessions, 50 shipped (62.5%)" in said(made)
    assert "ship rate stayed" not in said(made)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("last 24h by=day", ["Fri, Nov 20 (part)", "Thu, Nov 19 (part)"]),
        ("2026-11-05..2026-11-17 by=week", ["Nov 16 (part)", "Nov 9", "Nov 5 (part)"]),
        ("since 2026-11-11 by=week", ["Nov 16 (so far)", "Nov 11 (part)"]),
        ("since 2026-11-18 by=week", ["Nov 18 (part, so far)"]),
        ("2025-12-20..2026-01-09 by=week vs=none", ["Jan 5 (part)", "Dec 29, 2025", "Dec 22, 2025", "Dec 15, 2025"]),
        ("last 3m by=month", ["Oct", "Sep", "Aug"]),
        ("2025-11-15..2026-01-31 by=month", ["Jan", "Dec 2025", "Nov 2025 (part)"]),
    ],
)
async def test_each_row_of_time_is_named_and_marked_where_it_is_cut(text: str, words: list[str]) -> None:
    found = [row[0] for row in table(await message(text, lambda _: NOW))[1:]]
    assert [one.replace("Dec 20, 2025 (part)", "Dec 15, 2025") for one in found] == words


async def test_a_v2_key_splits_sessions_alone() -> None:
    def count(cell: Cell) -> Counts:
        return Counts(sessions=twelve_weeks(cell).sessions)

    made = await message("last 12w by=week", count, account=Account("v2-enterprise"))
    assert table(made)[:2] == [["Week of", "Sessions"], ["Nov 9", "421"]]
    assert list(chart(made)) == ["Sessions"]
    assert "Weekly sessions went from 268 to 421.\nNov 9 – 15: 421 sessions\nNov 2 – 8: 389 sessions\n" in said(made)
    assert "for every row" not in said(made)


async def test_no_sessions_are_said_in_words_without_a_chart_of_nothing() -> None:
    made = await message("last 2w by=week", lambda cell: NOTHING if cell.window.before.day >= 9 else BEFORE)
    assert [one["type"] for one in made.blocks] == ["header", "context", "section", "context"]
    assert said(made).splitlines()[-1] == (
        "As of Fri, Nov 20, 2:05 PM. The clocks changed: 336 hours are compared with 337."
    )


async def test_a_week_that_devin_does_not_report_whole_is_no_zero() -> None:
    weeks = {"11-02": Counts(sessions=389), "11-09": counted(421, 222, "6.4")}
    made = await message("last 2w by=week", by_day(weeks, counted(810, 429, "6.2")))
    assert table(made)[1:] == [["Nov 9", "421", "222", "52.7%", "2,694"], ["Nov 2", "389", "–", "–", "–"]]
    assert chart(made) == {"Sessions": {"Nov 2": 389, "Nov 9": 421}}
    assert "Nov 2 – 8: 389 sessions, shipped not reported, ACUs not reported\n" in said(made)
    assert "Devin did not report for every row: shipped, ACUs (est.)." in said(made)
    assert "The ship rate stayed" not in said(made)


async def test_a_week_of_which_devin_reports_nothing_is_named_once() -> None:
    weeks = {"11-02": Counts(), "11-09": counted(421, 222, "6.4")}
    made = await message("last 2w by=week", by_day(weeks, counted(810, 429, "6.2")))
    assert "Nov 2 – 8: not reported\n" in said(made)
    assert not [one for one in made.blocks if one["type"] == "data_visualization"]


async def test_over_twenty_weeks_the_chart_shows_the_last_ones_and_says_so() -> None:
    made = await message("last 30w by=week vs=none", lambda _: NOW)
    assert block(made, "data_visualization")["title"] == "Sessions per week, the last 20 of 30"
    assert (len(labels(made)), labels(made)[-1]) == (20, "Nov 9")
    assert len(table(made)) == 1 + 30


async def test_a_single_row_has_no_chart() -> None:
    made = await message("yesterday by=week", lambda _: NOW)
    assert [row[0] for row in table(made)] == ["Week of", "Nov 19 (part)"]
    assert not [one for one in made.blocks if one["type"] == "data_visualization"]


def hostile(cell: Cell) -> Counts:
    return counted(10_000, 10, "1") if not cell.filter.orgs else counted(int(cell.filter.orgs[0][4:]), 1, "1")


async def test_hostile_names_are_shown_as_they_are_apart_from_each_other_and_do_nothing() -> None:
    names = [*HOSTILE, "x" * 60, "x" * 61, "y" * 59 + "🙂🙂", "\n \x13", "Team\nA"]
    account = Account("v3-enterprise", orgs=Aliases({name: f"org-{at}" for at, name in enumerate(names, 10)}))
    made = await message("last 7d by=org vs=none", hostile, account=account)
    shown = [row[0] for row in table(made)[1:]]
    assert shown[:2] == ["Team A", "–"]
    assert shown[-2:] == ["Other organizations", "Total"]
    assert "<!channel> & *x*" in shown
    assert len(set(shown)) == len(shown) == len(names) + 2
    assert max(map(len, shown)) <= 30
    assert max(map(len, labels(made))) <= 20
    assert len(set(labels(made))) == len(names) + 1
    assert "<!channel>" not in made.as_dict()["text"]
    assert "<!channel> & *x*: 10 sessions, 1 shipped (10.0%), 10.0 ACUs" in said(made)


async def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    account = Account("v3-enterprise", orgs=Aliases({"=HYPERLINK(1)": "org-10", "Pay,ments": "org-11"}))
    lines = as_csv(await ask("last 7d by=org vs=none", hostile, account=account)).splitlines()
    assert [line.partition(",2026")[0] for line in lines if ",sessions," in line] == [
        "total,",
        'org-11,"Pay,ments"',
        "org-10,'=HYPERLINK(1)",
        "other,Other organizations",
    ]


@settings(max_examples=40)
@given(st.dictionaries(st.text(min_size=1, max_size=100), st.integers(1, 9999), min_size=1, max_size=30))
async def test_no_name_from_outside_can_break_a_chart_or_a_table(names: dict[str, int]) -> None:
    account = Account("v3-enterprise", orgs=Aliases({name: f"org-{at}" for name, at in names.items()}))
    made = await message("last 7d by=org vs=none", hostile, account=account)
    assert [step.text for _, step in fallbacks(made)]


@pytest.mark.parametrize("by", ["org", "origin", "size", "day", "week"])
async def test_a_headline_is_at_most_twelve_blocks(by: str) -> None:
    assert len((await message(f"last 7d by={by} user=user-1", lambda _: NOW)).blocks) <= 12


# The same numbers wherever they stand


def sample(cell: Cell) -> Counts:
    return sample_counts(cell.window, cell.filter, AT)


QUESTIONS = [
    "last 12w by=week",
    "last 8w by=day",
    "this year by=month vs=year",
    "this week by=day",
    "last 24h by=day",
    "last 4w by=org",
    "last 4w by=org org=payments,search vs=none",
    "2026-03 by=org top=1",
    "2026-03 by=origin",
    "last 7d by=origin top=2",
    "2026-Q2 by=size",
    "today by=size top=2",
]


def listed(made: Message) -> list[list[str]]:
    """The numbers of each row as a list tells them, without the names of rows and columns."""
    items = block(made, "rich_text")["elements"][0]["elements"]
    return [numbers(item["elements"][0]["text"].partition(": ")[2]) for item in items]


@pytest.mark.parametrize("text", QUESTIONS)
async def test_text_table_and_list_have_the_same_numbers(text: str) -> None:
    made = await message(text, sample, account=Account("v3-enterprise", orgs=Aliases(SAMPLE_ORGS)))
    in_table = [[number for cell in row[1:] for number in numbers(cell)] for row in table(made)[1:]]
    steps = dict(fallbacks(made))
    plain = [[cell["text"] for cell in row[1:]] for row in block(steps[TABLES], "table")["rows"][1:]]
    assert [[number for cell in row for number in numbers(cell)] for row in plain] == in_table
    rich = Message(made.text, tuple(one for one in steps[LISTS].blocks if "list" in str(one)))
    assert listed(rich) == in_table
    lines = [line for line in said(made).splitlines()[1:] if re.match(r"[^:]+: [\d,]+ sessions?\b", line)]
    assert [numbers(line.partition(": ")[2]) for line in lines] == in_table


@pytest.mark.parametrize("text", QUESTIONS)
async def test_the_table_prints_the_reports_own_rows_and_the_chart_draws_them(text: str) -> None:
    account = Account("v3-enterprise", orgs=Aliases(SAMPLE_ORGS))
    page = await ask(text, sample, account=account)
    rows = (await report(text, sample, account=account)).rows
    made = render(page)
    printed = block(made, "data_table")["rows"][1 : len(rows) + 1]
    shown = [row[1]["value"] for row in printed]
    assert shown in (
        [row.figures["sessions"].value for row in rows],
        [row.figures["sessions"].value for row in rows[::-1]],
    )
    assert list(chart(made)["Sessions"].values()) == [int(row.figures["sessions"].value or 0) for row in rows][-20:]


async def test_a_text_that_would_be_too_long_keeps_the_first_rows_and_counts_the_others() -> None:
    account = Account("v3-enterprise", orgs=Aliases({f"Team {'z' * 45} {at}": f"org-{at}" for at in range(10, 65)}))
    made = await message("last 7d by=org vs=none", hostile, account=account)
    lines = said(made).splitlines()
    (left_out,) = [line for line in lines if "do not fit here" in line]
    told = [line for line in lines if line.startswith("Team ")]
    assert left_out == f"{57 - len(told)} more rows do not fit here; the table has all."
    assert told[0].endswith("z 64: 64 sessions, 1 shipped (1.6%), 64.0 ACUs")
    assert len(table(made)) == 1 + 55 + 2
    assert 3700 < len(made.text) <= 4000


async def test_a_table_that_is_too_large_for_a_plainer_one_counts_what_it_leaves_out() -> None:
    account = Account("v3-enterprise", orgs=Aliases({f"{at} {'z' * 60}": f"org-{at}" for at in range(10, 150)}))
    made = await message("last 7d by=org vs=none", hostile, account=account, max_calls=141)
    assert [row[0] for row in table(made)[-2:]] == ["40 more", "Total"]
    assert len(table(made)) == 1 + 100 + 2
    rows = block(dict(fallbacks(made))[TABLES], "table")["rows"]
    assert rows[-1][0]["text"] == f"+{len(table(made)) - len(rows) + 1}"
