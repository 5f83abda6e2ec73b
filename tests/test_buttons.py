"""Where the buttons under a report lead: texts that mean the same next month, and that this account can answer."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import get_args

import pytest

from bot.commands.digest_text import read_digest
from bot.commands.ports import Services
from bot.commands.report_buttons import LONGEST_OPTION, Buttons, digest_buttons, report_buttons
from bot.messages.message import Message
from bot.messages.render import render
from bot.periods.window import shift
from bot.queries.query import Breakdown, parse
from bot.queries.request import Account, Aliases
from bot.reports.plan import Plan, absolute, plan
from bot.reports.related_periods import period_before, recurring_period, trend_period
from tests.asking import AT, BEFORE, NEW_YORK, NOW, ORGS, Told, ask, services

ENTERPRISE = Account("v3-enterprise", orgs=Aliases(ORGS))
DELIVERY = "17dbab3b32435d51bf1b3853f20476cc"
ASKED = "tz=America/New_York"


def planned(text: str, account: Account = ENTERPRISE, week_start: int = 0) -> Plan:
    return plan(parse(text), account, AT, NEW_YORK, week_start, "U1")


def under(text: str, settings: Services | None = None, channel: str | None = "C1") -> Buttons:
    """The buttons under the answer to a text."""
    settings = settings or services(Told())
    return report_buttons(planned(text, settings.account), AT, settings, channel, "U1")


# Periods


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        ("last 7d", "2026-11-06..2026-11-12"),
        ("yesterday", "2026-11-18"),
        ("last week", "2026-W45"),
        ("this week", "2026-W46"),
        ("last month", "2026-09"),
        ("this month", "2026-10"),
        ("last quarter", "2026-Q2"),
        ("2026", "2025"),
        ("last 3m", "2026-05-01..2026-07-31"),
        ("last 12w by=week", "2026-06-01..2026-08-23"),
        ("2026-10-01..2026-10-31", "2026-08-31..2026-09-30"),
        ("since 2026-11-16", "2026-11-11..2026-11-15"),
        ("last 24h", None),
    ],
)
def test_the_period_before_ends_where_the_asked_one_begins(asked: str, before: str | None) -> None:
    made = planned(asked)
    period = period_before(absolute(made).period, made.span)
    assert (str(period) if period else None) == before
    if before:
        assert planned(before).span.window.before == made.span.window.after


@pytest.mark.parametrize(
    ("asked", "series"),
    [
        ("last 7d", "2026-08-24..2026-11-15 week"),  # A Friday's seven days end within a week.
        ("last week", "2026-08-24..2026-11-15 week"),
        ("this week", "2026-08-24..2026-11-15 week"),
        ("last 24h", "2026-08-24..2026-11-15 week"),
        ("2026-10 by=day", "2026-08-03..2026-10-25 week"),
        ("this year by=org", "2026 month"),
        ("last 12w by=week", None),
        ("this year by=month", None),
    ],
)
def test_a_trend_is_twelve_whole_weeks_or_a_longer_period_by_month(asked: str, series: str | None) -> None:
    made = planned(asked)
    found = trend_period(absolute(made), made.span, 0)
    assert (" ".join(map(str, found)) if found else None) == series


def test_a_trend_s_weeks_begin_on_the_day_that_the_settings_say() -> None:
    made = planned("last 7d", week_start=6)
    found = trend_period(made.query, made.span, 6)
    assert found
    assert str(found[0]) == "2026-08-23..2026-11-14"


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ("last 7d", "last 7d"),
        ("last week", "last week"),
        ("this week", "last week"),
        ("2026-W40", "last week"),
        ("yesterday", "daily 9:00 yesterday"),
        ("today", "daily 9:00 yesterday"),
        ("last 24h", "daily 9:00 last 24h"),
        ("this month", "monthly 1 9:00 last month"),
        ("2026-Q3", "monthly 1 9:00 last quarter"),
        ("last 3m", "last 3m"),
        ("2026-08-24..2026-11-15", "last 12w"),
        ("2026-11-10..2026-11-12", "last 3d"),
        ("since monday", "since monday"),
        ("since 2026-11-16", "last 5d"),
    ],
)
def test_a_digest_of_a_period_reports_one_that_moves_on(asked: str, rule: str) -> None:
    made = planned(asked)
    when, period = recurring_period(made.query.period, made.span)
    assert f"{when} {period}".strip() == rule
    assert read_digest(rule, AT, NEW_YORK, {}).fields.get("period") == period


# Under an answer


def test_the_buttons_of_a_report_ask_for_what_is_next() -> None:
    assert under("last 7d") == Buttons(
        {
            "previous": f"2026-11-06..2026-11-12 {ASKED}",
            "weeks": f"2026-08-24..2026-11-15 by=week {ASKED}",
            "share": f"2026-11-13..2026-11-19 {ASKED} share",
            "digest": f"last 7d {ASKED}",
        },
        {
            "org": f"2026-11-13..2026-11-19 by=org {ASKED}",
            "size": f"2026-11-13..2026-11-19 by=size {ASKED}",
            "origin": f"2026-11-13..2026-11-19 by=origin {ASKED}",
            "csv": f"csv 2026-11-13..2026-11-19 {ASKED}",
            "why": "why ship_rate",
        },
    )


def test_what_an_answer_shows_already_is_not_offered_again() -> None:
    assert not {"size"} & {*under("last 7d by=size").more}
    assert not {"weeks", "months"} & {*under("last 12w by=week").shown}
    assert not {"org"} & {*under("last 7d by=org").more, *under("last 7d org=payments").more}
    assert "org" in under("last 7d org=payments,search").more


def test_what_the_key_cannot_see_is_not_offered() -> None:
    v2 = under("last 7d", services(Told(), replace(ENTERPRISE, source="v2-enterprise")))
    assert [*v2.shown, *v2.more] == ["previous", "weeks", "share", "digest", "org", "csv", "why"]
    own = under("last 7d", services(Told(), Account("v3-organization", own_org="org-1")))
    assert [*own.shown] == ["previous", "weeks", "share", "digest"]
    nobody = under("last 7d", services(Told(), Account("v3-enterprise")))
    assert [*nobody.shown] == ["previous", "weeks", "share", "digest"]


def test_what_needs_more_calls_than_allowed_is_not_offered() -> None:
    many = Account("v3-enterprise", orgs=Aliases({f"Team {number}": f"org-{number}" for number in range(40)}))
    assert "org" not in under("last 7d", services(Told(), many)).more


def test_nothing_before_2023_is_offered() -> None:
    assert {"previous", "weeks"}.isdisjoint(under("2023-01").shown)


def test_an_answer_about_people_is_neither_shared_nor_made_a_digest() -> None:
    settings = services(Told(), replace(ENTERPRISE, users=Aliases({"U1": "user-1"})))
    found = under("last 7d user=me", settings)
    assert {"share", "digest"}.isdisjoint({*found.shown, *found.more})


def test_where_there_is_no_channel_nothing_can_be_shared() -> None:
    assert "share" not in under("last 7d", channel=None).shown
    assert "share" not in under("last 7d share").shown


def test_a_text_that_is_too_long_for_an_option_has_a_button_of_its_own() -> None:
    long = replace(ENTERPRISE, orgs=Aliases({"The organization of payments": "org-1"}))
    found = under('last 7d org="the organization of payments"', services(Told(), long))
    assert {"size", "origin", "csv"} <= {*found.shown}
    assert all(len(text) <= LONGEST_OPTION for text in found.more.values())


@pytest.mark.parametrize("by", [None, *get_args(Breakdown)])
async def test_every_button_s_text_can_be_asked(by: Breakdown | None) -> None:
    split = f" by={by}" if by else ""
    found = under(f"last 3m{split}{' top=5' if by in {'org', 'origin', 'size'} else ''}")
    for name, text in {**found.shown, **found.more}.items():
        if name not in {"csv", "digest", "why"}:
            assert absolute(planned(text)) == parse(text)
    read_digest(found.shown["digest"], AT, NEW_YORK, {})


def test_the_period_of_a_button_is_still_the_same_next_month() -> None:
    text = under("this week").more["size"]
    later = plan(parse(text), ENTERPRISE, datetime(2026, 12, 20, tzinfo=UTC), NEW_YORK)
    assert later.span.first_day == date(2026, 11, 16)
    assert later.span.last_day == shift(date(2026, 11, 16), 6, "day")


def test_a_question_that_is_almost_too_long_has_no_button_that_could_not_be_read() -> None:
    many = ",".join(f"service-user-{number:04}" for number in range(82))
    buttons = under(f"last week service_user={many}")
    assert {**buttons.shown, **buttons.more} == {"why": "why ship_rate"}


# Under a digest's post


def test_a_digest_s_buttons_answer_from_its_own_data_where_that_can() -> None:
    found = digest_buttons(planned("last week"), AT, services(Told()), 3, DELIVERY)
    assert found == Buttons(
        {
            "weeks": f"2026-08-24..2026-11-15 by=week {ASKED}",
            "size": f"2026-W46 by=size {ASKED} of={DELIVERY}",
            "origin": f"2026-W46 by=origin {ASKED} of={DELIVERY}",
        },
        {
            "previous": f"2026-W45 {ASKED}",
            "org": f"2026-W46 by=org {ASKED}",
            "csv": f"csv 2026-W46 {ASKED} of={DELIVERY}",
            "why": "why ship_rate",
            "settings": "digest show 3",
        },
    )


# What a reader sees


async def test_buttons_stand_last_in_slack_and_nowhere_in_a_terminal() -> None:
    page = await ask("last 7d", NOW, BEFORE)
    assert "actions" not in [block["type"] for block in render(page).blocks]
    shown = render(replace(page, data={**page.data, "buttons": under("last 7d")}))
    assert isinstance(shown, Message)
    *_, actions = shown.blocks
    labels = [element["text"]["text"] for element in actions["elements"][:-1]]
    assert labels == ["Previous period", "Trend, 12 weeks", "Share to channel", "Make this a digest"]
    behind = [option["text"]["text"] for option in actions["elements"][-1]["options"]]
    assert behind == ["By organization", "By size", "By origin", "As a CSV file", "How is this computed?"]
