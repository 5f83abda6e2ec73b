"""What a channel and a steward read of a digest, word by word."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.commands.channel_errors import CLOSED
from bot.commands.digest_page import hello
from bot.commands.report import make_report
from bot.devin import Cell, Counts, Filter, Reading
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render
from bot.periods.window import Window
from bot.problems import Problem
from bot.queries.query import parse
from bot.reports.metrics import METRICS, Metric
from bot.schedules.delivery import Delivery, Digest
from bot.schedules.schedule import read_rule
from tests.asking import BEFORE, NEW_YORK, NOW, Told, services
from tests.test_messages import HOSTILE, expected

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=NEW_YORK)
NIGHT = timedelta(hours=2, minutes=42)
SETTINGS = services(Told())


@dataclass(frozen=True)
class Revised:
    """A figure as it was sent and as it is now, as the deliverer has it."""

    metric: Metric
    sent: Fraction
    now: Fraction


@dataclass(frozen=True)
class Tolerance:
    """How much may move in a quiet digest."""

    share: Fraction = Fraction(1, 10)
    points: Fraction = Fraction(3, 100)


def digest(rule: str = "weekly monday 9:00", query: str = "last week", **settings: Any) -> Digest:
    """Digest 3, which Ada answers for."""
    made = Digest(
        rule=read_rule(rule, MONDAY.date()),
        tz=NEW_YORK,
        query=parse(query),
        channel="C1",
        lang="en",
        since=MONDAY - timedelta(days=1),
        steward="U1",
        steward_name="Ada Lovelace",
        id=3,
    )
    return replace(made, **settings)


def delivery(**settings: Any) -> Delivery:
    """Monday's delivery of digest 3."""
    utc = MONDAY.astimezone(UTC)
    made = Delivery("d1", 3, "2026-11-16", utc, utc, "C1", "uncertain", utc, utc)
    return replace(made, **settings)


def text(message: Message) -> str:
    return message.text.replace("\N{NO-BREAK SPACE}", " ")


def notice(kind: str, problem: Problem, sent: Delivery | None = None, **settings: Any) -> Message:
    data = {"kind": kind, "digest": digest(**settings), "delivery": sent, "problem": problem}
    return render(Page("digest/notice", "en", data))


async def issue(
    template: str, *counts: Counts, late: datetime | None = None, revised: Sequence[Revised] = (), **settings: Any
) -> Message:
    """A digest's report, or the line in its place."""
    of = digest(**settings)
    told = Told(*counts, read_at=late or MONDAY)
    made = await make_report(of.query, MONDAY, of.tz, of.lang, services(told))
    data = {"report": made.report, "buttons": None, "digest": of, "due": MONDAY.astimezone(UTC), "late": late}
    more = {"tolerance": Tolerance(), "full": "2026-W46 tz=America/New_York"} if template == "digest/quiet" else {}
    return render(Page(template, "en", {**data, **more, "revised": revised}))


def elements(message: Message, kind: str) -> list[dict[str, Any]]:
    """Every element of a kind in the rich text of a message."""
    sections = [one for block in message.blocks if block["type"] == "rich_text" for one in block["elements"]]
    lists = [item for section in sections for item in section["elements"]]
    return [one for item in lists for one in item.get("elements", [item]) if one["type"] == kind]


# What a channel reads


def test_the_first_line_says_what_comes_when_and_how_to_stop_it() -> None:
    assert text(render(hello(digest(), MONDAY, SETTINGS))) == expected(
        """
        Digest 3 will come here.
        Every Monday at 9:00 AM, New York time: last week, all organizations.
        First on Mon, Nov 23, 9:00 AM (UTC−5): Nov 16 – 22. Ada Lovelace answers for it.
        Anyone here can look at it with “/devin-metrics digest show 3”, and stop it with """
        """“/devin-metrics digest pause 3”.
        """
    )


def test_a_digest_that_moved_says_so() -> None:
    moved = render(hello(digest(query="last month org=search"), MONDAY, SETTINGS, moved=True))
    assert text(moved).startswith(
        "Digest 3 comes here from now on.\nEvery Monday at 9:00 AM, New York time: last month, Search."
    )


async def test_a_report_names_its_digest_and_how_to_change_it() -> None:
    sent = await issue("report/report", NOW, BEFORE)
    assert text(sent).splitlines()[0] == "Last week: 184 sessions, 91 shipped"
    assert text(sent).splitlines()[-1] == "Digest 3 · steward Ada Lovelace · settings: “/devin-metrics digest show 3”"
    assert sent.blocks[-1]["elements"][0]["text"].endswith("“/devin-metrics digest show 3”")
    assert "late" not in sent.text
    assert len(sent.blocks) <= 12


async def test_a_late_report_says_how_late_and_that_its_week_is_the_one_that_was_due() -> None:
    sent = await issue("report/report", NOW, BEFORE, late=MONDAY + NIGHT)
    line = "Sent 2 h 42 min late: due 9:00 AM, sent 11:42 AM. It covers the week it was due for, Nov 9 – 15."
    assert text(sent).splitlines()[3] == line
    assert sent.blocks[2]["elements"][0]["text"].replace("\N{NO-BREAK SPACE}", " ") == line


@pytest.mark.parametrize(
    ("query", "late", "line"),
    [
        ("yesterday", timedelta(minutes=7), "Sent 7 min late: due 9:00 AM, sent 9:07 AM. It covers the day it was"),
        ("yesterday", timedelta(minutes=7), "It covers the day it was due for, Nov 15."),
        ("last month", timedelta(hours=30), "Sent 1 d 6 h late: due Mon, Nov 16, 9:00 AM, sent Tue, Nov 17, 3:00 PM."),
        ("last month", timedelta(hours=30), "It covers the month it was due for, Oct 1 – 31."),
        ("last 7d", timedelta(hours=1), "Sent 1 h 0 min late: due 9:00 AM, sent 10:00 AM. It covers the days it was"),
        ("last quarter", timedelta(hours=1), "It covers the time it was due for, Jul 1 – Sep 30."),
    ],
)
async def test_lateness_is_told_in_the_units_of_its_size(query: str, late: timedelta, line: str) -> None:
    assert line in text(await issue("report/report", NOW, BEFORE, late=MONDAY + late, query=query))


async def test_a_rate_that_matured_stands_beside_what_was_sent() -> None:
    matured = Revised(METRICS["ship_rate"], Fraction(48, 100), Fraction(61, 100))
    sent = await issue("report/report", NOW, BEFORE, revised=[matured])
    assert "Ship rate of Nov 2 – 8: 48.0% when sent, now 61.0%" in text(sent).splitlines()
    assert "48.0% when sent" in sent.blocks[3]["elements"][0]["text"]


async def test_a_steady_week_is_one_line() -> None:
    now = replace(NOW, sessions=163, shipped=87, by_origin={}, with_playbook=62, with_search=18)
    quiet = await issue("digest/quiet", now, BEFORE)
    assert text(quiet) == expected(
        """
        A steady week: 163 sessions (+1), ship rate 53.4% (87 of 163, was 53.7%), 1,043 ACUs (estimate).
        Nov 9 – 15, 2026, New York time (UTC−5) · all organizations
        No figure moved by more than 10% or 3 points vs Nov 2 – 8
        Digest 3 · steward Ada Lovelace · settings: “/devin-metrics digest show 3”
        """
    )
    line, context = quiet.blocks
    assert line["text"]["text"].startswith("*A steady week:* 163 sessions (+1), ship rate 53.4% (was\xa053.7%)")
    assert line["accessory"]["value"] == "2026-W46 tz=America/New_York"
    assert context["elements"][0]["text"].splitlines()[-1].startswith("Digest 3 ·")


async def test_a_steady_week_of_a_key_that_counts_sessions_only() -> None:
    quiet = await issue("digest/quiet", Counts(sessions=162), Counts(sessions=162))
    assert text(quiet).splitlines()[0] == "A steady week: 162 sessions."


async def test_a_steady_week_tells_what_matured_too() -> None:
    matured = Revised(METRICS["ship_rate"], Fraction(48, 100), Fraction(61, 100))
    quiet = await issue("digest/quiet", BEFORE, BEFORE, revised=[matured])
    assert "48.0% when sent, now 61.0%" in quiet.text


def test_a_restatement_gives_old_and_new() -> None:
    reading = Told(NOW, BEFORE, read_at=datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    revised = [Revised(METRICS["sessions"], Fraction(421), Fraction(428))]
    data = {"digest": digest(), "sent": _reading(reading), "now": _reading(reading), "revised": revised}
    assert text(render(Page("digest/restated", "en", data))) == expected(
        """
        Devin counts Nov 9 – 15, 2026 differently now
        Sessions: 428, sent as 421
        As of Mon, Nov 23, 9:00 AM. The message above stays as it was sent.
        Digest 3 · steward Ada Lovelace · settings: “/devin-metrics digest show 3”
        """
    )


def _reading(told: Told) -> Reading:
    bounds = [datetime(2026, 11, day, tzinfo=NEW_YORK).astimezone(UTC) for day in (9, 16)]
    return Reading(Cell("v3-enterprise", Window(*bounds), Filter()), told.read_at, NOW)


# What a steward reads


def test_a_failed_delivery_says_what_is_wrong_what_to_do_and_what_to_type() -> None:
    refused = Problem("devin-forbidden", status=403, source="v3-enterprise", orgs=("org-1",), detail=None, tries=1)
    assert text(notice("failed", refused, delivery(state="failed"))) == expected(
        """
        Digest 3 was not sent
        Every Monday at 9:00 AM, New York time, in <#C1>
        Which one: Nov 16, 2026
        Devin refused this bot’s key for these metrics.
        A Devin Enterprise admin can mend it: give this bot’s service user the permission “ViewAccountMetrics” """
        """(enterprise key) or “ViewOrgMetrics” (organization key; its older name is ViewAccountMetrics too).
        If the key belongs to one organization, set “DEVIN_ORG_ID” to that organization’s id.
        Already there? Then check the id “org-1”: Devin says the same of an organization that it does not know.
        Devin answered 403.
        The next one comes as planned. To send this one now: “/devin-metrics digest send 3”
        """
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (
            "channel-not-found",
            "Slack does not show <#C1> to this bot: it is private, or it is gone.\nType “/invite @Dev",
        ),
        ("channel-not-joined", "This bot is not in <#C1>.\nType “/invite @Devin Metrics” in that channel"),
        ("channel-archived", "<#C1> is archived.\nTake it out of the archive"),
        ("channel-restricted", "Not everybody may post in <#C1>, and this bot may not."),
        ("channel-shared", "People of another company read <#C1>, too, so nothing is posted there for all."),
    ],
)
def test_a_paused_digest_says_why_and_how_it_comes_again(key: str, words: str) -> None:
    said = text(notice("paused", Problem(key, channel="C1"), delivery()))
    assert said.startswith("Digest 3 is paused\n")
    assert words in said
    assert said.splitlines()[-1] == (
        "Nothing more is sent until then. When that is mended: “/devin-metrics digest resume 3”. "
        "For another channel: “/devin-metrics digest move 3 #channel”."
    )


def test_every_way_in_which_a_channel_can_be_closed_has_words() -> None:
    assert all(
        "What stood in the way" not in notice("paused", Problem(key, channel="C1")).text for key in CLOSED.values()
    )


def test_an_uncertain_delivery_has_two_buttons() -> None:
    message = notice("uncertain", Problem("scope-missing", scope="channels:history"), delivery())
    assert text(message).splitlines()[:4] == [
        "Digest 3 may not have arrived",
        "Every Monday at 9:00 AM, New York time, in <#C1>",
        "Which one: Nov 16, 2026",
        "Slack did not say whether the post arrived, and this bot could not look into <#C1>. It is not posted again by "
        "itself, so that nobody gets it twice.",
    ]
    buttons = message.blocks[-1]["elements"]
    assert [(one["action_id"], one["value"]) for one in buttons] == [
        ("ask-arrived", "digest arrived d1"),
        ("ask-again", "digest again d1"),
    ]


@pytest.mark.parametrize(
    "problem", [Problem("devin-down"), Problem("gone-key"), Problem("just-begun", tz="UTC"), Problem("period-future")]
)
def test_a_reason_of_which_too_little_was_kept_points_to_the_preview(problem: Problem) -> None:
    said = notice("failed", problem, delivery()).text
    assert f"What stood in the way: “{problem.key}”. “/devin-metrics digest preview 3” asks the same now" in said


def test_a_value_that_the_words_of_a_reason_cannot_print_is_a_bug() -> None:
    with pytest.raises(AttributeError, match="'str' object"):
        notice("failed", Problem("just-begun", start="2026", tz="UTC"), delivery())


def test_a_digest_whose_steward_left_asks_its_channel() -> None:
    message = render(Page("digest/handover", "en", {"digest": digest(steward=None)}))
    assert text(message) == expected(
        """
        Who takes over digest 3?
        Every Monday at 9:00 AM, New York time, in <#C1>
        Ada Lovelace, who answered for it, has no account here any more.
        It keeps coming; yet when it cannot be sent, only this channel is told.
        Whoever presses the button, or types “/devin-metrics digest steward 3”, is told then.
        """
    )
    assert [(one["action_id"], one["value"]) for one in message.blocks[-1]["elements"]] == [
        ("ask-steward", "digest steward 3")
    ]


# Rules, zones and periods in words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("daily 7:30", "Every day at 7:30 AM, New York time"),
        ("weekdays 9:00", "Monday to Friday at 9:00 AM"),
        ("weekly monday,thursday 16:00", "Every Monday and Thursday at 4:00 PM"),
        ("weekly mon,wed,fri 0:00", "Every Monday, Wednesday, and Friday at 12:00 AM"),
        ("every 2 weeks monday 9:00", "Every 2 weeks on Monday at 9:00 AM"),
        ("monthly 1 9:00", "On day 1 of every month at 9:00 AM"),
        ("monthly last 9:00", "On the last day of every month at 9:00 AM"),
    ],
)
def test_a_rule_reads_as_one_says_it(rule: str, words: str) -> None:
    assert words in text(render(hello(digest(rule), MONDAY, SETTINGS)))


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "at 9:00 AM, UTC:"),
        ("Etc/GMT-9", "9:00 AM, UTC+9:"),
        ("CET", "9:00 AM, CET:"),
        ("Asia/Kolkata", "Kolkata time:"),
    ],
)
def test_a_zone_has_the_name_that_holds_all_year(zone: str, words: str) -> None:
    assert words in text(render(hello(digest(tz=ZoneInfo(zone)), MONDAY, SETTINGS)))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("yesterday", "yesterday, all organizations."),
        ("last 7d", "the last 7 full days, all"),
        ("last 4w", "the last 4 full weeks, all"),
        ("last 3m", "the last 3 full months, all"),
        ("last quarter", "last quarter, all"),
        ("last 2q", "the last 2 full quarters, all"),
        ("last year", "last year, all"),
        ("last 2y", "the last 2 full years, all"),
        ("last 24h", "the last 24 hours, all"),
        ("today", "today so far, all"),
        ("this week", "this week so far, all"),
        ("this month", "this month so far, all"),
        ("this quarter", "this quarter so far, all"),
        ("this year", "this year so far, all"),
        ("since monday", "since Monday, all"),
        ("last week org=payments,search", "last week, Payments and Search."),
        ("last week org=all", "last week, all organizations."),
        ("last week org=gone", "last week, gone."),
        ("last 12w by=week", "the last 12 full weeks, all organizations, by week."),
        ("last week by=day", "all organizations, by day."),
        ("this year by=month", "all organizations, by month."),
        ("last week by=org", "last week, all organizations, by organization."),
        ("last week by=origin org=payments", "last week, Payments, by origin."),
        ("last week by=size", "all organizations, by size."),
        ("last week service_user=ci playbook=up", "all organizations.\nService user: ci\nPlaybook: up\n"),
    ],
)
def test_a_digest_says_what_it_reports(query: str, words: str) -> None:
    assert words in text(render(hello(digest(query=query), MONDAY, SETTINGS)))


def test_the_organization_that_holds_by_default_is_not_said_of_a_digest_that_is_split_by_them() -> None:
    settings = replace(SETTINGS, account=replace(SETTINGS.account, default_org="payments"))
    words = [text(render(hello(digest(query=query), MONDAY, settings))) for query in ("last week", "last week by=org")]
    assert "last week, Payments." in words[0]
    assert "last week, all organizations, by organization." in words[1]


# What nobody can forge


@pytest.mark.parametrize("name", [*HOSTILE, "<@U1> <#C9>", "\x11C9\x10\x12U9|x\x10", "支払い🙂" * 30])
async def test_a_hostile_name_calls_nobody_and_names_no_channel(name: str) -> None:
    of = digest(query='last week org="a"', steward_name=name)
    failed = {"kind": "failed", "digest": of, "delivery": delivery(), "problem": Problem("bug", reference=name)}
    asked = Page("digest/handover", "en", {"digest": of})
    pages = [hello(of, MONDAY, SETTINGS), asked, Page("digest/notice", "en", failed)]
    for message in [*map(render, pages), await issue("report/report", NOW, BEFORE, steward_name=name)]:
        assert "user" not in {one["type"] for one in elements(message, "user")}
        assert {one["channel_id"] for one in elements(message, "channel")} <= {"C1"}
        assert "<@" not in message.as_dict()["text"]


def test_a_channel_is_the_only_reference_that_survives_in_the_text() -> None:
    text = Message("in <#C1>, not <@U1>, <!channel>, <#C1|x>, <#c1> or &lt;#C2&gt;", ()).as_dict()["text"]
    assert text == ("in <#C1>, not &lt;@U1&gt;, &lt;!channel&gt;, &lt;#C1|x&gt;, &lt;#c1&gt; or &amp;lt;#C2&amp;gt;")
