"""What a reader sees, word by word."""

import textwrap
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.devin import Counts
from bot.messages.message import Message
from bot.messages.render import render
from bot.problems import Problem
from bot.queries.request import Account, Aliases
from tests.asking import AT, BEFORE, NOTHING, NOW, ask, message

MONTHS_LATER = AT + timedelta(days=60)
HOSTILE = [
    "<!channel> & *x*",
    'O\'Brien "Q"',
    "`code` _it_ ~no~",
    "{{ 7*7 }} {% endcall %}",
    "支払い🙂" * 30,
    "\u202etxt.exe",
]


def expected(text: str) -> str:
    return textwrap.dedent(text).strip()


async def test_a_full_week_whose_merges_are_still_coming_in() -> None:
    assert await message("last 7d org=payments", NOW, BEFORE) == expected(
        """
        Payments: 184 sessions, 91 shipped
        Last 7 full days · Fri, Nov 13 – Thu, Nov 19, 2026
        New York time (UTC−5) · vs Nov 6 – 12
        Sessions: 184, up 22 (+14%)
        Ship rate: 49.5% (91 of 184), was 53.7%
        ACUs (estimate): 1,178, was 985
        ACUs per session: 6.4, was 6.1
        ACUs per shipped session: 12.9, was 11.3
        Playbook share: 41.3% (76 of 184), up 3.0 points
        Search share: 10.9% (20 of 184), down 0.2 points
        L+XL share: 16.8% (31 of 184), was 12.3%
        22 more sessions: Web app −55, Automation +41, Linear +14, 4 more +19, other +3.
        Shipped by size: XS 20 of 38 · S 33 of 62 · M 27 of 53 · L 10 of 26 · XL 1 of 5
        By origin: Slack 58 · Web app 47 · Automation 41 · Linear 14 · Jira 12 · API 6 · Desktop 3 · other 3
        As of Fri, Nov 20, 2:05 PM. Shipped: a pull request was merged. No change is shown where recent sessions """
        """may still run and merge. ACUs: average × sessions, an estimate.
    """
    )


async def test_a_settled_week_shows_every_change() -> None:
    lines = (await message("2026-11-09..2026-11-15", NOW, BEFORE, at=MONTHS_LATER)).splitlines()
    assert lines[0] == "Nov 9 – 15, 2026: 184 sessions, 91 shipped"
    assert "Ship rate: 49.5% (91 of 184), down 4.2 points" in lines
    assert "ACUs (estimate): 1,178, up 193 (+20%)" in lines
    assert "L+XL share: 16.8% (31 of 184), up 4.5 points" in lines


async def test_a_running_week_says_so_far_and_is_compared_with_the_same_stretch() -> None:
    lines = (await message("this week", NOW, BEFORE)).splitlines()
    assert lines[:5] == [
        "This week so far: 184 sessions, 91 shipped",
        "Mon, Nov 16 – Fri, Nov 20, 2026, 2:05 PM",
        "All organizations · New York time (UTC−5)",
        "vs Mon, Nov 9 – Fri, Nov 13, 2:05 PM",
        "Sessions: 184, up 22 (+14%)",
    ]
    assert "No change is shown yet where the earlier sessions have had longer to run and merge." in lines[-1]


async def test_no_sessions_are_said_in_words() -> None:
    assert await message("yesterday org=search", NOTHING, replace(BEFORE, sessions=3)) == expected(
        """
        Search: no sessions
        Yesterday · Thu, Nov 19, 2026
        New York time (UTC−5) · vs Nov 18
        Devin reports 0 sessions for this period; the earlier one had 3. Rates need at least """
        """one session, so none are shown.
        As of Fri, Nov 20, 2:05 PM.
    """
    )


async def test_a_v2_key_names_what_it_cannot_see() -> None:
    said = await message("last 7d", Counts(sessions=184), Counts(sessions=162), account=Account("v2-enterprise"))
    assert said == expected(
        """
        Last 7 full days: 184 sessions
        Fri, Nov 13 – Thu, Nov 19, 2026 · all organizations
        New York time (UTC−5) · vs Nov 6 – 12
        Sessions: 184, up 22 (+14%)
        As of Fri, Nov 20, 2:05 PM. Not reported with this key (v2): shipped, ship rate, ACUs (est.), ACUs per """
        """session, ACUs per shipped, playbook share, search share, L+XL share. A service user key for v3 shows them.
    """
    )


async def test_a_refused_key_names_both_permissions_and_the_id_to_check() -> None:
    refused = Problem("devin-forbidden", status=403, source="v3-enterprise", orgs=("org-1",), detail=None, tries=1)
    assert await message("last 7d org=payments", refused, BEFORE) == expected(
        """
        Devin refused this bot’s key for these metrics.
        A Devin Enterprise admin can mend it: give this bot’s service user the permission “ViewAccountMetrics” """
        """(enterprise key) or “ViewOrgMetrics” (organization key; its older name is ViewAccountMetrics too).
        If the key belongs to one organization, set “DEVIN_ORG_ID” to that organization’s id.
        Already there? Then check the id “org-1”: Devin says the same of an organization that it does not know.
        Devin answered 403.
    """
    )


@pytest.mark.parametrize(
    ("now", "earlier", "line"),
    [
        (1, 0, "Sessions: 1, new"),
        (5, 5, "Sessions: 5, no change"),
        (1000, 999, "Sessions: 1,000, up 1 (+0.1%)"),
        (100_000, 99_999, "Sessions: 100,000, up 1"),
        (0, 5, "no sessions"),
        (2**60, 1, "Sessions: 1,152,921,504,606,846,976, up 1,152,921,504,606,846,975 (+115,292,150,460,684,697,500%)"),
    ],
)
async def test_counts_change_in_absolute_numbers_and_percent(now: int, earlier: int, line: str) -> None:
    assert line in await message("last 7d", Counts(sessions=now), Counts(sessions=earlier))


async def test_few_sessions_show_no_change_of_a_rate() -> None:
    said = await message("last 7d", replace(NOW, sessions=4, with_playbook=1), BEFORE)
    assert "Playbook share: 25.0% (1 of 4), too few to compare" in said


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("today", "Today so far: 184 sessions, 91 shipped"),
        ("yesterday", "Yesterday: 184 sessions, 91 shipped"),
        ("last 24h", "Last 24 hours: 184 sessions, 91 shipped"),
        ("last 1h", "Last hour: 184 sessions, 91 shipped"),
        ("last week", "Last week: 184 sessions, 91 shipped"),
        ("last month", "Last month: 184 sessions, 91 shipped"),
        ("last quarter", "Last quarter: 184 sessions, 91 shipped"),
        ("last year", "Last year: 184 sessions, 91 shipped"),
        ("last 4w", "Last 4 full weeks: 184 sessions, 91 shipped"),
        ("last 3m", "Last 3 full months: 184 sessions, 91 shipped"),
        ("last 2q", "Last 2 full quarters: 184 sessions, 91 shipped"),
        ("last 2y", "Last 2 full years: 184 sessions, 91 shipped"),
        ("this month", "This month so far: 184 sessions, 91 shipped"),
        ("this quarter", "This quarter so far: 184 sessions, 91 shipped"),
        ("this year", "This year so far: 184 sessions, 91 shipped"),
        ("2026-10-31", "Oct 31, 2026: 184 sessions, 91 shipped"),
        ("2026-W45", "Week 45 of 2026: 184 sessions, 91 shipped"),
        ("2026-10", "October 2026: 184 sessions, 91 shipped"),
        ("2026-11", "November 2026 so far: 184 sessions, 91 shipped"),
        ("2026-Q3", "Q3 2026: 184 sessions, 91 shipped"),
        ("q3 2026", "Q3 2026: 184 sessions, 91 shipped"),
        ("2025", "2025: 184 sessions, 91 shipped"),
        ("2026-10-01..2026-10-31", "Oct 1 – 31, 2026: 184 sessions, 91 shipped"),
        ("since monday", "Since Nov 16, 2026: 184 sessions, 91 shipped"),
        ("last 7d org=payments,search", "Payments and Search: 184 sessions, 91 shipped"),
        ("last 7d org=org-1,org-2,org-3,org-4", "Payments and 3 other organizations: 184 sessions, 91 shipped"),
    ],
)
async def test_the_first_words_are_whom_or_when_and_two_exact_counts(text: str, header: str) -> None:
    page = await ask(text, NOW, BEFORE)
    made = render(page)
    assert made.text.splitlines()[0] == header
    assert made.blocks[0]["text"]["text"] == made.text.splitlines()[0]


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "\nUTC · vs"),
        ("Asia/Tokyo", "Tokyo time (UTC+9)"),
        ("Asia/Kolkata", "Kolkata time (UTC+5:30)"),
    ],
)
async def test_every_answer_names_its_zone(zone: str, words: str) -> None:
    assert words in await message(f"last 7d tz={zone}", NOW, BEFORE)


async def test_a_period_with_a_clock_change_shows_both_offsets() -> None:
    assert "New York time (UTC−4/−5)" in await message("2026-11-01", NOW, BEFORE)


async def test_filters_are_listed_up_to_five_and_then_counted() -> None:
    users = ",".join(f"user-{number}" for number in range(1, 9))
    assert "Users: user-1, user-2, user-3, user-4, user-5 and 3 more" in await message(
        f"last 7d user={users}", NOW, BEFORE
    )


async def test_an_unknown_origin_keeps_the_name_that_devin_gives_it() -> None:
    said = await message("last 7d", replace(NOW, by_origin={"carrier_pigeon": 184}), BEFORE)
    assert "By origin: carrier_pigeon 184" in said


async def test_a_language_without_words_is_answered_in_english_and_says_so() -> None:
    assert "This version has no words in the language asked for; this is English." in await message(
        "last 7d lang=ja", NOW, BEFORE
    )


async def test_a_name_does_not_turn_the_numbers_behind_it_round() -> None:
    account = Account("v3-enterprise", orgs=Aliases({"\u202e\u2067exe.txt": "org-1", "דוחות\u200f": "org-2"}))
    made = render(await ask("last 7d org=org-1,org-2 vs=none", NOW, account=account))
    assert made.text.startswith("exe.txt and דוחות\u200f: 184 sessions, 91 shipped\n")


async def test_nor_does_one_that_stands_in_a_sentence() -> None:
    account = Account("v3-enterprise", orgs=Aliases({"\u202e\x0fexe.txt": "org-1"}))
    made = render(await ask("last 7d org=org-1,org-2,org-3,org-4 vs=none", NOW, account=account))
    assert made.text.startswith("exe.txt and 3 other organizations: 184 sessions, 91 shipped\n")


async def test_control_codes_of_a_name_are_left_out() -> None:
    account = Account("v3-enterprise", orgs=Aliases({"pay\x1b[31mments\x07\t\x9b": "org-1"}))
    made = render(await ask("last 7d org=org-1 vs=none", NOW, account=account))
    assert made.text.startswith("pay[31mments: 184 sessions, 91 shipped\n")


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_shown_as_it_is_and_does_nothing(name: str) -> None:
    account = Account("v3-enterprise", orgs=Aliases({name: "org-1"}))
    made = render(await ask("last 7d org=org-1", NOW, BEFORE, account=account))
    shown = made.blocks[0]["text"]
    assert shown["type"] == "plain_text"
    assert shown["text"].startswith(name.lstrip("\u202e")[:20])
    assert not any("*x*" in str(block) or "O'Brien" in str(block) for block in made.blocks if "fields" in block)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=200), st.dictionaries(st.text(max_size=60), st.integers(0, 99), max_size=30))
async def test_no_name_from_outside_can_break_a_message(name: str, origins: dict[str, int]) -> None:
    account = Account("v3-enterprise", orgs=Aliases({name: "org-1"}))
    counts = replace(NOW, by_origin=origins, sessions=5000)
    assert isinstance(render(await ask("last 7d org=org-1", counts, BEFORE, account=account)), Message)


async def test_many_origins_are_listed_up_to_twelve_and_the_rest_is_counted() -> None:
    origins = {f"origin-{number:03}-{'x' * 80}": 1000 - number for number in range(300)}
    said = await message("last 7d", replace(NOW, sessions=10**6, by_origin=origins), BEFORE)
    assert "origin-011" in said
    assert "origin-012" not in said
    assert "288 more " in said


async def test_a_headline_is_at_most_twelve_blocks() -> None:
    assert len(render(await ask("last 7d org=payments user=user-1 playbook=playbook-1", NOW, BEFORE)).blocks) <= 12


@pytest.mark.parametrize(
    ("moment", "line"),
    [
        ("2026-03-08T12:00:00+00:00", "Sat, Mar 7, 7:00 AM – Sun, Mar 8, 2026, 8:00 AM"),
        ("2026-11-01T05:30:00+00:00", "Sat, Oct 31, 1:30 AM – Sun, Nov 1, 2026, 1:30 AM"),
        ("2026-11-01T06:30:00+00:00", "Sat, Oct 31, 2:30 AM – Sun, Nov 1, 2026, 1:30 AM"),
    ],
)
async def test_24_hours_across_a_clock_change_are_24_hours(moment: str, line: str) -> None:
    at = datetime.fromisoformat(moment)
    assert (await message("last 24h", NOW, BEFORE, at=at)).splitlines()[1] == line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("help", "More: “help periods”"),
        ("help", "“settings” (your time zone and language)"),
        ("?", "Ask for Devin session metrics"),
        ("HELP periods", "“since monday”: from that day to now"),
        ("help periods", "“2026” · “Q3 2026”: a day, ISO week, month, quarter or year\n"),
        ("help filters", "“org=payments,search”: organizations"),
        ("why ship-rate", "sessions_with_merged_prs_count / sessions_created_count"),
        ("why ship rate", "It keeps moving for 30 days"),
        ("why sessions", "final two days after"),
        ("orgs", "“org=Payments” (org-1)"),
    ],
)
async def test_other_commands_need_no_call(text: str, words: str) -> None:
    assert words in await message(text)


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (Account("v3-enterprise"), "No organization has a name here yet"),
        (Account("v3-organization", own_org="org-9"), "This bot’s key belongs to one organization\norg-9"),
        (Account("v3-enterprise", orgs=Aliases({f"team {n}": f"org-{n}" for n in range(200)})), "and 180 more"),
    ],
)
async def test_orgs_lists_what_there_is(account: Account, words: str) -> None:
    assert words in await message("orgs", account=account)
