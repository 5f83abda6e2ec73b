"""The words for when a digest is sent, and the rules they mean on Friday, 20 November 2026."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.periods.window import unit_start
from bot.problems import Problem
from bot.queries.spelling import normalise, words
from bot.schedules.rhythms import MOST_DAY, MOST_WEEKS
from bot.schedules.schedule import Rule, read_rule, take_rule

FRIDAY = date(2026, 11, 20)

times = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
weekdays = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
mondays = st.dates(max_value=date(9998, 12, 31)).map(lambda day: unit_start("week", day))
rules = st.one_of(
    st.builds(Rule, st.sampled_from(["daily", "weekdays"]), times),
    st.builds(Rule, st.just("weekly"), times, weekdays),
    st.builds(Rule, st.just("every"), times, weekdays, st.integers(1, MOST_WEEKS), mondays),
    st.builds(Rule, st.just("monthly"), times, day=st.integers(0, MOST_DAY)),
)
# What may stand around a rule, among it what looks like a part of one.
AROUND = [
    *(
        "last 7d",
        "last week",
        "last month",
        "last 17h",
        "7 days",
        "today",
        "this month",
        "yesterday",
        "先月",
        "過去7日間",
    ),
    *(
        "2026-10",
        "2026-W45",
        "2026",
        "since monday",
        "tz=Asia/Tokyo",
        'org="every day",b',
        "vs=year",
        "share",
        "C0123AB",
    ),
    *("#weekly", "daily-report", '"weekly monday 9:00"', "Payments"),
]


def take(text: str, today: date = FRIDAY) -> tuple[str, str]:
    rule, others = take_rule(words(normalise(text)), today)
    return str(rule or ""), " ".join(others)


def problem(text: str) -> tuple[str, dict[str, object]]:
    with pytest.raises(Problem) as raised:
        take(text)
    return raised.value.key, raised.value.data


# Reading

SPELLINGS = {
    "daily 09:00": (
        "daily 09:00 · Daily 9:00 · daily · DAILY AT 9:00 · every day 9am · everyday at 9 · daily at 9h · daily 0900"
        " · daily 9:00. · 毎日9時 · 毎日 ９：００ · 毎日9:00に · 每天9点"
    ),
    "daily 08:30": "daily 8:30am · daily 8h30 · every day, 8:30 · 毎朝8時半 · 毎日 8時30分に · 每天早上8点半",
    "daily 17:00": "daily at 17h · daily 5pm · daily 5 p.m. · daily 5:00 PM · 毎日 午後5時 · 每天下午5点 · 每天17点",
    "daily 12:00": "daily noon · daily 12pm · every day at noon · 毎日正午 · 每天中午",
    "daily 00:00": "daily midnight · daily 12am · daily 00:00 · each day at midnight",
    "weekdays 09:00": (
        "weekdays 09:00 · every weekday · on weekdays at 9 · workdays · every business day · 平日 9時"
        " · 工作日9点 · 每个工作日9点"
    ),
    "weekly monday 09:00": (
        "weekly monday 09:00 · weekly · every week · weekly 9:00 · weekly mon · every monday · Every Mon. 9:00"
        " · weekly on Mondays · weekly 9:00 monday · every 1 week · 毎週 · 毎週月曜日の9時 · 毎月曜 · 毎週月"
        " · 月曜日の9時 · 周一的9点 · 每周一 · 每星期一9点 · 每週一 · 每周周一9点"
    ),
    "weekly monday,thursday 09:00": (
        "weekly monday,thursday 09:00 · weekly mon, thu · weekly thu,mon · weekly mon thurs · weekly mon/thu"
        " · every monday and thursday at 9am · weekly on mondays & thursdays"
        " · mon, thu 9:00 · 月曜と木曜の9時 · on mondays and thursdays at 9am"
        " · 毎週月曜、木曜 9時 · 毎週月・木 · 每周一、周四 · 每周一、四 · 每周一和周四"
    ),
    "weekly monday,tuesday,wednesday,thursday,friday 09:00": (
        "weekly mon-fri · weekly Monday–Friday · every monday to friday · 毎週月曜〜金曜 · 每周一到周五"
    ),
    "weekly monday,saturday,sunday 09:00": "weekly sat-mon",
    "weekly sunday 09:00": "weekly sunday · 毎日曜日 9時 · 每周日 · 每星期天",
    "every 2 weeks monday 09:00 from 2026-W47": (
        "every 2 weeks monday 09:00 from 2026-W47 · every 2 weeks from 2026-W47 · every two weeks starting 2026-w47"
        " · biweekly mon from 2026-11-18 · fortnightly from 2026-W47 9:00 · every other monday from 2026-W47"
        " · 隔週月曜 9時 from 2026-W47 · 2週間ごと from 2026-W47 · 每两周周一9点 from 2026-W47"
    ),
    "every 1 week monday 09:00 from 2026-W50": "weekly from 2026-W50 · every 1 week monday from 2026-W50",
    "monthly 1 09:00": (
        "monthly 1 09:00 · monthly · every month · monthly on the 1st at 9am · monthly first · 毎月1日 9時 · 每月1号9点"
    ),
    "monthly 15 17:00": (
        "monthly 15 17:00 · monthly 17:00 15th · 15th of each month 5pm · monthly on day 15 at 5pm"
        " · 毎月15日17時 · 每个月15号下午5点"
    ),
    "monthly last 09:00": (
        "monthly last 09:00 · monthly last · last day of the month · monthly last day"
        " · monthly on the last day of the month at 9:00"
        " · 毎月末日 9時 · 毎月末 · 每月最后一天9点"
    ),
}
PIECES = [*sorted({word for texts in SPELLINGS.values() for word in texts.split()}), "7", "0", ",", "=", '"', "*"]


@pytest.mark.parametrize(
    ("text", "rule"), [(text, rule) for rule, texts in SPELLINGS.items() for text in texts.split(" · ")]
)
def test_a_rule_is_read_as_people_type_it(text: str, rule: str) -> None:
    assert take(text) == (rule, "")


@given(rules, st.dates())
def test_a_rule_is_read_again_from_its_own_words_on_any_day(rule: Rule, today: date) -> None:
    assert read_rule(str(rule), today) == rule


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param("every 2 weeks saturday", "2026-W47", id="a day ahead: this week"),
        pytest.param("every 2 weeks friday", "2026-W47", id="today: this week"),
        pytest.param("every 2 weeks monday,friday", "2026-W47", id="one day is over, one is not: this week"),
        pytest.param("every 2 weeks thursday", "2026-W48", id="yesterday: next week"),
    ],
)
def test_weeks_count_from_the_next_of_the_days(text: str, first: str) -> None:
    assert take(text)[0].endswith(f" from {first}")


def test_weeks_count_across_the_end_of_a_year() -> None:
    assert take("every 2 weeks monday", date(2026, 12, 31))[0].endswith(" from 2027-W01")


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("rule", ["daily 09:00", "weekly monday 09:00", "monthly last 09:00", "monthly 1 09:00"])
def test_the_words_around_a_rule_are_left_as_they_are(rule: str, around: str) -> None:
    assert take(f"{around} {rule}") == (rule, around)
    assert take(f"{rule} {around}") == (rule, around)
    assert take(f"vs=none {around} {rule} {around} top=3") == (rule, f"vs=none {around} {around} top=3")


@pytest.mark.parametrize(
    ("text", "rule", "others"),
    [
        ("monthly last month", "monthly 1 09:00", "last month"),
        ("monthly last 7d", "monthly 1 09:00", "last 7d"),
        ("monthly last last month", "monthly last 09:00", "last month"),
        ("monthly 7 days", "monthly 1 09:00", "7 days"),
        ("weekly last week org=x", "weekly monday 09:00", "last week org=x"),
        ("daily last 17h", "daily 09:00", "last 17h"),
        ("daily 17h", "daily 09:00", "17h"),  # The 17 hours before; as a time it needs an `at`.
        ("last week, weekly monday 9:00, org=a", "weekly monday 09:00", "last week org=a"),
        ("weekly monday 9:00, last week", "weekly monday 09:00", "last week"),
        ("每周一9点,上周", "weekly monday 09:00", "上周"),
        ("weekly monday 9:00 last wek", "weekly monday 09:00", "last wek"),
        ("last week friday 16:00", "weekly friday 16:00", "last week"),
    ],
)
def test_a_period_beside_a_rule_stays_a_period(text: str, rule: str, others: str) -> None:
    assert take(text) == (rule, others)


@pytest.mark.parametrize("around", ["", *AROUND])
def test_a_text_without_a_rule_is_left_as_it_is(around: str) -> None:
    assert take(around) == ("", around)


# Changing

EVERY_OTHER = "every 2 weeks monday 09:00 from 2026-W46"


@pytest.mark.parametrize(
    ("base", "text", "rule"),
    [
        ("weekly friday 16:00", "weekly 10:00", "weekly friday 10:00"),
        ("weekly friday 16:00", "weekly thursday", "weekly thursday 16:00"),
        ("weekly friday 16:00", "thursday", "weekly thursday 16:00"),
        ("weekly friday 16:00", "mon, thu at 9", "weekly monday,thursday 09:00"),
        ("weekly friday 16:00", "9:30", "weekly friday 09:30"),
        ("weekly friday 16:00", "at 10am", "weekly friday 10:00"),
        ("weekly friday 16:00", "10時", "weekly friday 10:00"),
        ("weekly friday 16:00", "daily", "daily 16:00"),
        ("weekly friday 16:00", "every 2 weeks", "every 2 weeks friday 16:00 from 2026-W47"),
        ("daily 08:00", "weekdays", "weekdays 08:00"),
        ("daily 08:00", "monday", "weekly monday 08:00"),
        ("monthly 15 08:00", "monthly 20", "monthly 20 08:00"),
        ("monthly 15 08:00", "monthly 9:00", "monthly 15 09:00"),
        ("monthly last 08:00", "0:00", "monthly last 00:00"),
        (EVERY_OTHER, "every 2 weeks 10:00", "every 2 weeks monday 10:00 from 2026-W46"),
        (EVERY_OTHER, "10:00", "every 2 weeks monday 10:00 from 2026-W46"),
        (EVERY_OTHER, "tuesday 10:00", "every 2 weeks tuesday 10:00 from 2026-W46"),
        (EVERY_OTHER, "every 2 weeks from 2026-W47", "every 2 weeks monday 09:00 from 2026-W47"),
        (EVERY_OTHER, "every 3 weeks", "every 3 weeks monday 09:00 from 2026-W48"),
        (EVERY_OTHER, "weekly", "weekly monday 09:00"),
        ("every 1 week monday 09:00 from 2026-W50", "10:00", "every 1 week monday 10:00 from 2026-W50"),
    ],
)
def test_what_a_change_leaves_open_is_that_of_the_old_rule(base: str, text: str, rule: str) -> None:
    changed, others = take_rule(words(text), FRIDAY, read_rule(base, FRIDAY))
    assert (str(changed), others) == (rule, [])


@pytest.mark.parametrize("around", ["last week", "last 17h", "since monday", "org=a", "7 days"])
def test_beside_a_time_alone_a_period_stays_a_period(around: str) -> None:
    for text in (f"{around} 9:30", f"9:30 {around}"):
        rule, others = take_rule(words(text), FRIDAY, read_rule("weekly friday 16:00", FRIDAY))
        assert (str(rule), " ".join(others)) == ("weekly friday 09:30", around)


@given(rules, rules, st.dates(max_value=date(9998, 1, 1)))
def test_a_whole_rule_leaves_nothing_of_the_old_one(rule: Rule, base: Rule, today: date) -> None:
    assert take_rule(words(str(rule)), today, base) == (rule, []) or (
        (rule.kind, base.kind, base.weeks) == ("weekly", "every", 1)
    )


# Refusals


@pytest.mark.parametrize(
    ("text", "key", "data"),
    [
        ("weekly mondey 9:00", "rule-unknown-day", {"word": "mondey", "nearest": "monday"}),
        ("every tuseday", "rule-unknown-day", {"word": "tuseday", "nearest": "tuesday"}),
        ("weekly monday, thirsday 9:00", "rule-unknown-day", {"word": "thirsday", "nearest": "thursday"}),
        *[(f"daily {clock}", "rule-no-time", {"text": clock}) for clock in ("25:00", "24:00", "9:75", "9:5", "13pm")],
        *[(f"daily {clock}", "rule-no-time", {"text": clock}) for clock in ("9:00:00", "9:000", "1275", "25時")],
        *[(f"monthly {day} 9:00", "rule-day", {"day": day}) for day in (0, 29, 30, 31, 32, 100)],
        *[(f"every {weeks} weeks", "rule-weeks", {"weeks": weeks, "most": 52}) for weeks in (0, 53, 999_999)],
        ("every 2 weeks from 2026-W60", "no-such-date", {"text": "2026-w60"}),
        ("every 2 weeks from monday", "rule-start", {"text": "from monday"}),
        ("every 2 weeks from 9999-W01", "rule-start", {"text": "from 9999-w01"}),
        *[(text, "rule-rhythm", {"text": text}) for text in ("every 3 days", "every 2 months", "every other day")],
        *[(text, "rule-rhythm", {"text": text}) for text in ("hourly", "every 30 minutes", "quarterly", "毎年")],
        *[(text, "rule-rhythm", {"text": text}) for text in ("every 3rd monday", "every so often", "every last week")],
        *[(text, "rule-rhythm", {"text": text}) for text in ("weekends", "on weekends", "每季度", "毎四半期")],
        ("first monday of the month 9:00", "rule-rhythm", {"text": "first monday of the month"}),
        ("0 9 * * 1", "rule-cron", {"text": "0 9 * * 1"}),
        ("last week */5 9-17 * * MON-FRI org=a", "rule-cron", {"text": "*/5 9-17 * * mon-fri"}),
        ("daily 9:00 weekly mon", "rule-two", {"first": "daily 9:00", "second": "weekly mon"}),
        ("every mon 9:00 org=a every thu", "rule-two", {"first": "every mon 9:00", "second": "every thu"}),
        ("daily 9:00 and 17:00", "rule-twice", {"first": "daily 9:00", "second": "17:00"}),
        ("monthly 1, 15 9:00", "rule-twice", {"first": "monthly 1", "second": "15"}),
        ("daily 9:00 last week 17:00", "rule-twice", {"first": "daily 9:00", "second": "17:00"}),
        ("weekly last week 9:00", "rule-apart", {"time": "9:00", "rule": "weekly 9:00"}),
        ("9am weekly fri", "rule-apart", {"time": "9am", "rule": "weekly fri 9am"}),
        ("daily monday 9:00", "rule-part", {"part": "monday", "kind": "daily", "nearest": None}),
        ("monthly first monday", "rule-part", {"part": "monday", "kind": "monthly", "nearest": None}),
        ("weekly 15 9:00", "rule-part", {"part": "15", "kind": "weekly", "nearest": None}),
        ("daily 9", "rule-part", {"part": "9", "kind": "daily", "nearest": "9:00"}),
        ("weekly monday 9", "rule-part", {"part": "9", "kind": "weekly", "nearest": "9:00"}),
        ("weekly monday 99", "rule-part", {"part": "99", "kind": "weekly", "nearest": None}),
        ("daily from 2026-W47", "rule-part", {"part": "from 2026-w47", "kind": "daily", "nearest": None}),
        ("weekley monday 9:00", "rule-unknown", {"text": "weekley", "nearest": "weekly"}),
        ("org=a 9:00 share", "rule-unknown", {"text": "9:00 share", "nearest": None}),
    ],
)
def test_a_rule_that_cannot_be_kept_and_why(text: str, key: str, data: dict[str, object]) -> None:
    assert problem(text) == (key, data)


@pytest.mark.parametrize(
    ("text", "key", "data"),
    [
        ("", "rule-unknown", {"text": "", "nearest": None}),
        ("last week", "rule-unknown", {"text": "week", "nearest": "weekly"}),
        ("montly last", "rule-unknown", {"text": "montly", "nearest": "monthly"}),
        ("daily 9:00 last week", "rule-only", {"text": "last week", "rule": "daily 09:00"}),
    ],
)
def test_where_only_a_rule_can_stand_nothing_else_does(text: str, key: str, data: dict[str, object]) -> None:
    with pytest.raises(Problem) as raised:
        read_rule(text, FRIDAY)
    assert (raised.value.key, raised.value.data) == (key, data)


@given(st.text(max_size=100) | st.lists(st.sampled_from(PIECES)).map(" ".join), st.dates(max_value=date(9998, 1, 1)))
def test_any_text_has_a_rule_that_can_be_written_down_or_none_or_a_problem(text: str, today: date) -> None:
    with suppress(Problem):
        rule, others = take_rule(words(normalise(text)), today)
        assert rule is None or read_rule(str(rule), today + timedelta(days=400)) == rule
        assert set("".join(others)) <= set(normalise(text))
