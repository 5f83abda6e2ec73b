"""What a text asks for."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.periods.period import Days, Last, Since, This
from bot.problems import Problem
from bot.queries.query import QUERY_KEYS, Query, parse
from bot.queries.spelling import SLACK_ENTITIES, SLACK_TOKEN, normalise
from tests.examples import periods

WEEK = Last(1, "week")

# Names as they are once read: spaces, signs, other scripts; but nothing that Slack would have written.
names = (
    (st.text(max_size=20) | st.text("aB é,=\"'\\–& *<!>支店🚀ñ", max_size=20))
    .map(normalise)
    .filter(lambda name: name and not SLACK_TOKEN.search(name))
    .filter(lambda name: not any(entity in name for entity, _ in SLACK_ENTITIES))
)
lists = st.lists(names, max_size=3, unique=True).map(tuple)
queries = st.builds(
    Query,
    period=periods,
    orgs=lists,
    users=lists,
    service_users=lists,
    playbook=st.none() | names,
    vs=st.sampled_from(["previous", "year", "none"]),
    by=st.sampled_from([None, "day", "week", "month", "org", "origin", "size"]),
    top=st.none() | st.integers(1, 100),
    tz=st.sampled_from([None, "UTC", "Asia/Tokyo", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]),
    lang=st.sampled_from([None, "en", "ja", "zh"]),
    of=st.sampled_from([None, "17dbab3b32435d51bf1b3853f20476cc"]),
    share=st.booleans(),
)

PIECES = [
    *QUERY_KEYS,
    "=",
    ",",
    '"',
    "\\",
    " ",
    "a",
    "7",
    "d",
    "-",
    "..",
    "2026",
    "W",
    "last",
    "since",
    "week",
    "share",
]


def problem(text: str, **also: str) -> tuple[str, dict[str, object]]:
    with pytest.raises(Problem) as raised:
        parse(text, also)
    return raised.value.key, raised.value.data


# Reading


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        (" \u200b\n", Query(Last(7, "day"))),
        ("last week", Query(WEEK)),
        ("org=payments last week", Query(WEEK, orgs=("payments",))),
        ("LAST WEEK ORG=Payments SHARE", Query(WEEK, orgs=("Payments",), share=True)),
        ("share org=a last week", Query(WEEK, orgs=("a",), share=True)),
        ("org=a,b org=c", Query(orgs=("a", "b", "c"))),
        ("org=a,b,a org=b", Query(orgs=("a", "b"))),
        ("org = a, b  last week", Query(WEEK, orgs=("a", "b"))),
        ("org=a，b、c", Query(orgs=("a", "b", "c"))),
        ("org=“R & D”", Query(orgs=("R & D",))),
        ("org=&lt;!channel&gt;", Query(orgs=("<!channel>",))),
        ('org="&lt;!channel&gt; &amp; *x*"', Query(orgs=("<!channel> & *x*",))),
        (r'''org="O'Brien \"Q\""''', Query(orgs=('O\'Brien "Q"',))),
        ('org="a=b, c"', Query(orgs=("a=b, c",))),
        ("org=north–east", Query(orgs=("north-east",))),
        ("user=<@U1|nick>,me user=<mailto:a@b.example|a@b.example>", Query(users=("U1", "me", "a@b.example"))),
        ("service_user=ci service-user=cd service–user=x", Query(service_users=("ci", "cd", "x"))),
        ("playbook=upgrade", Query(playbook="upgrade")),
        ("vs=Year", Query(vs="year")),
        ("vs=previous by=Week top=5", Query(by="week", top=5)),
        ("tz=asia/tokyo lang=JA", Query(tz="Asia/Tokyo", lang="ja")),
        ("ｔｏｐ＝１０", Query(top=10)),
        ("先週 org=支店", Query(WEEK, orgs=("支店",))),
        ("2026-10-01 to 2026-10-31 vs=none", Query(Days(date(2026, 10, 1), date(2026, 10, 31)), vs="none")),
        ("vs=none 2026-10-01 – 2026-10-31", Query(Days(date(2026, 10, 1), date(2026, 10, 31)), vs="none")),
        ("share since monday by=day", Query(Since(0), by="day", share=True)),
        ("today today vs=year vs=year", Query(This("day"), vs="year")),
    ],
)
def test_a_text_and_the_query_it_is_read_as(text: str, query: Query) -> None:
    assert parse(text) == query


def test_a_query_as_text_shows_what_differs_from_the_defaults() -> None:
    assert str(Query()) == "last 7d"
    query = Query(WEEK, orgs=("R & D", "b"), vs="year", by="week", top=5, tz="Asia/Tokyo", lang="ja", share=True)
    assert str(query) == 'last week org="R & D",b vs=year by=week top=5 tz=Asia/Tokyo lang=ja share'


@given(queries)
def test_a_query_as_text_is_that_query_again(query: Query) -> None:
    assert parse(str(query)) == query


@given(st.permutations(["last 7 days", "org=a", "user=b", "vs=year", "share", "tz=UTC"]))
def test_the_order_of_words_means_nothing(texts: list[str]) -> None:
    wanted = Query(orgs=("a",), users=("b",), vs="year", share=True, tz="UTC")
    assert parse(" ".join(texts)) == wanted


# Refusing


@pytest.mark.parametrize(
    ("text", "key", "data"),
    [
        ("today last week", "two-periods", {"first": "today", "second": "last week"}),
        ("7d org=a 8d", "two-periods", {"first": "last 7d", "second": "last 8d"}),
        ("2026-10 2026-11", "two-periods", {"first": "2026-10", "second": "2026-11"}),
        ("org=", "no-value", {"key": "org", "example": "org=payments,search"}),
        ("org=,,", "no-value", {"key": "org", "example": "org=payments,search"}),
        ('playbook=""', "no-value", {"key": "playbook", "example": "playbook=upgrade"}),
        ("of=3", "unknown-delivery", {"id": "3"}),
        ("ogr=a", "unknown-key", {"key": "ogr", "nearest": "org", "keys": tuple(QUERY_KEYS)}),
        ("Zz=a", "unknown-key", {"key": "Zz", "nearest": None, "keys": tuple(QUERY_KEYS)}),
        ("=a", "unknown-key", {"key": "", "nearest": None, "keys": tuple(QUERY_KEYS)}),
        (
            "vs=yaer",
            "not-a-choice",
            {"key": "vs", "value": "yaer", "choices": ("previous", "year", "none")},
        ),
        ("lang=fr", "not-a-choice", {"key": "lang", "value": "fr", "choices": ("en", "ja", "zh")}),
        ("vs=year,none", "two-values", {"key": "vs", "first": "year", "second": "none"}),
        ("playbook=a playbook=b", "two-values", {"key": "playbook", "first": "a", "second": "b"}),
        ("top=5 top=6", "two-values", {"key": "top", "first": 5, "second": 6}),
        ("tz=UTC tz=Asia/Tokyo", "two-values", {"key": "tz", "first": "UTC", "second": "Asia/Tokyo"}),
        ("tz=tokyo", "unknown-zone", {"name": "tokyo", "nearest": "Asia/Tokyo"}),
        *[(f"top={top}", "bad-top", {"value": top, "most": 100}) for top in ("0", "101", "-1", "1.5", "x", "1e2")],
        ("last week 2026-02-30", "no-such-date", {"text": "2026-02-30"}),
        ("hello", "unknown-word", {"word": "hello", "nearest": None}),
        ('"a=b"', "unknown-word", {"word": '"a=b"', "nearest": None}),
        ("last week please", "unknown-word", {"word": "please", "nearest": None}),
        ("cog_Ab3dEf6hIj", "unknown-word", {"word": "cog_…", "nearest": None}),
        ("x" * 1501, "text-too-long", {"length": 1501, "longest": 1500}),
    ],
)
def test_a_text_that_cannot_be_read_and_why(text: str, key: str, data: dict[str, object]) -> None:
    assert problem(text) == (key, data)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("yestreday", "yesterday"),
        ("tody vs=year", "today vs=year"),
        ("lst week", "last week"),
        ("last wek org=payments", "last week org=payments"),
        ("share this moth", "this month share"),
        ("lsat 14d", "last 14d"),
        ("last 14 dyas by=day", "last 14d by=day"),
        ("last", "last 7d"),
        ("week", "this week"),
        ("quarter vs=year", "this quarter vs=year"),
        ("mondy", "since monday"),
        ("sinse monday", "since monday"),
        ("last 7d sahre", "last 7d share"),
        ("“last week”", "last week"),
        ('last wek org="R & D"', 'last week org="R & D"'),
        ("Payments last month", "last month org=Payments"),
        ("rnd", 'last 7d org="R & D"'),
        ("hlep", "help"),
        ("last week hlep", None),
        ("先周", None),
    ],
)
def test_did_you_mean_suggests_a_whole_text(text: str, meant: str | None) -> None:
    key, data = problem(text, payments="org=Payments", rnd='org="R & D"', help="help")
    assert (key, data["nearest"]) == ("unknown-word", meant)


@pytest.mark.parametrize("unknown", ["lst week", "last wek org=a", "mondy vs=year", "Payments share"])
def test_a_suggestion_can_be_asked(unknown: str) -> None:
    suggested = problem(unknown, payments="org=payments")[1]["nearest"]
    assert str(parse(str(suggested))) == suggested


@settings(deadline=None)  # The first time, the names of all zones are read.
@given(st.text(max_size=300) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_a_query_that_can_be_written_down_or_a_problem(text: str) -> None:
    with suppress(Problem):
        query = parse(text)
        assert parse(str(query)) == query
