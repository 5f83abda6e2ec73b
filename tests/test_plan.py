"""Which calls answer a question, and which questions a key cannot answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.devin import Cell, Filter
from bot.periods.window import Window
from bot.problems import Problem
from bot.queries.query import parse
from bot.queries.request import Account, Aliases
from bot.reports.plan import Plan, Scope, absolute, plan
from tests.examples import AT, NEW_YORK

NICK = "U0NICK"  # A Slack id.
ENTERPRISE = Account(
    "v3-enterprise",
    orgs=Aliases(
        {"Payments": "org-1", "Search": "org-2", "R & D": "org-3", "<!channel> & *x*": "org-4", 'O\'Brien "Q"': "org-5"}
    ),
    users=Aliases({NICK: "user-1", "nick": "user-1", "mail@x.example": "email|mail"}),
    service_users=Aliases({"ci": "service-user-1"}),
    playbooks=Aliases({"Upgrade": "playbook-1"}),
)
ORGANIZATION = replace(ENTERPRISE, source="v3-organization", own_org="org-1")
V2 = replace(ENTERPRISE, source="v2-enterprise")


def planned(text: str, account: Account = ENTERPRISE, me: str | None = NICK, week_start: int = 0) -> Plan:
    return plan(parse(text), account, AT, NEW_YORK, week_start, me)


def problem(text: str, account: Account = ENTERPRISE, me: str | None = NICK) -> tuple[str, dict[str, object]]:
    with pytest.raises(Problem) as raised:
        planned(text, account, me)
    return raised.value.key, raised.value.data


def day(number: int) -> datetime:
    """Midnight in New York, in November 2026."""
    return datetime(2026, 11, number, 5, tzinfo=UTC)


# Calls


def test_a_question_is_a_call_for_its_window_and_one_for_the_window_before() -> None:
    made = planned("last 7d org=payments")
    payments = Filter(orgs=("org-1",))
    assert made.cells == (
        Cell("v3-enterprise", Window(day(13), day(20)), payments),
        Cell("v3-enterprise", Window(day(6), day(13)), payments),
    )
    assert made.earlier
    assert (made.span.window, made.earlier.window) == (Window(day(13), day(20)), Window(day(6), day(13)))


@pytest.mark.parametrize("text", ["last 7d vs=none", "2023-01", "2023-06 vs=year"])
def test_without_a_window_to_compare_with_there_is_one_call(text: str) -> None:
    made = planned(text)
    assert made.cells == (made.cell,)
    assert made.earlier is None


@pytest.mark.parametrize(
    "text", ["org=payments,search", "org=all", "user=nick,mail@x.example service_user=ci", "vs=year"]
)
def test_several_names_are_still_one_call_a_window(text: str) -> None:
    made = planned(text)
    assert len(made.cells) == 2
    assert made.cells[0].filter == made.cells[1].filter


def test_weeks_begin_where_the_settings_say() -> None:
    assert planned("last week", week_start=6).cell.window == Window(day(8), day(15))


@pytest.mark.parametrize("account", [ENTERPRISE, ORGANIZATION, V2])
def test_every_call_goes_to_the_endpoint_of_the_key(account: Account) -> None:
    assert {cell.source for cell in planned("last 7d", account).cells} == {account.source}


# Names


@pytest.mark.parametrize(
    ("text", "ids", "labels"),
    [
        ("last 7d", Filter(), Scope()),
        ("org=payments", Filter(orgs=("org-1",)), Scope(orgs=("Payments",))),
        ("org=PAYMENTS", Filter(orgs=("org-1",)), Scope(orgs=("Payments",))),
        ("org=search,payments", Filter(orgs=("org-2", "org-1")), Scope(orgs=("Search", "Payments"))),
        ("org=org-9", Filter(orgs=("org-9",)), Scope(orgs=("org-9",))),
        ("org=org-2", Filter(orgs=("org-2",)), Scope(orgs=("Search",))),
        ("org=payments,org-1,Payments", Filter(orgs=("org-1",)), Scope(orgs=("Payments",))),
        ('org="r &amp; d"', Filter(orgs=("org-3",)), Scope(orgs=("R & D",))),
        ('org="&lt;!channel&gt; &amp; *x*"', Filter(orgs=("org-4",)), Scope(orgs=("<!channel> & *x*",))),
        ('org="O’Brien \\"q\\""', Filter(orgs=("org-5",)), Scope(orgs=('O\'Brien "Q"',))),
        ("org=all", Filter(), Scope()),
        ("user=Nick", Filter(users=("user-1",)), Scope(users=("nick",))),
        ("user=nick,NICK,Nick", Filter(users=("user-1",)), Scope(users=("nick",))),
        ("user=ME", Filter(users=("user-1",)), Scope(users=(NICK,))),
        (f"user=<@{NICK}|nick.l>", Filter(users=("user-1",)), Scope(users=(NICK,))),
        (f"user=me,nick,{NICK}", Filter(users=("user-1",)), Scope(users=(NICK,))),
        (
            "user=<mailto:mail@x.example|mail@x.example>",
            Filter(users=("email|mail",)),
            Scope(users=("mail@x.example",)),
        ),
        ("user=user-7,github|7", Filter(users=("user-7", "github|7")), Scope(users=("user-7", "github|7"))),
        ("service_user=CI", Filter(service_users=("service-user-1",)), Scope(service_users=("ci",))),
        ("service_user=ci,Ci", Filter(service_users=("service-user-1",)), Scope(service_users=("ci",))),
        (
            "service_user=service-user-7",
            Filter(service_users=("service-user-7",)),
            Scope(service_users=("service-user-7",)),
        ),
        ("playbook=upgrade", Filter(playbook="playbook-1"), Scope(playbook="Upgrade")),
        ("playbook=playbook-7", Filter(playbook="playbook-7"), Scope(playbook="playbook-7")),
    ],
)
def test_a_name_is_asked_for_by_its_id_and_shown_as_the_settings_spell_it(
    text: str, ids: Filter, labels: Scope
) -> None:
    made = planned(text)
    assert (made.cell.filter, made.scope) == (ids, labels)


@pytest.mark.parametrize(
    ("text", "key", "name", "nearest"),
    [
        ("org=paymnets", "unknown-org", "paymnets", "Payments"),
        ("org=payments,zzz", "unknown-org", "zzz", None),
        ("org=Org-9", "unknown-org", "Org-9", None),
        ("user=<@U9|eve>", "unknown-user", "U9", None),
        ("user=bop@x.example", "unknown-user", "bop@x.example", "mail@x.example"),
        ("service_user=c1", "unknown-service-user", "c1", None),
        ("playbook=upgrdae", "unknown-playbook", "upgrdae", "Upgrade"),
    ],
)
def test_a_name_that_nobody_has_set_up_is_refused_with_the_nearest(
    text: str, key: str, name: str, nearest: str | None
) -> None:
    found, data = problem(text)
    assert (found, data["name"], data["nearest"]) == (key, name, nearest)


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    assert problem("playbook=x") == ("unknown-playbook", {"name": "x", "nearest": None, "known": ["Upgrade"]})


def test_me_is_whoever_asks() -> None:
    assert problem("user=me", me=None) == ("nobody-asks", {})
    assert problem("user=me", me="U0NEW")[1]["name"] == "U0NEW"


# What a key sees


@pytest.mark.parametrize(
    ("text", "orgs"),
    [
        pytest.param("last 7d", ("org-1",), id="the default where none is named"),
        pytest.param("org=search", ("org-2",), id="the one that is named"),
        pytest.param("org=ALL", (), id="all"),
    ],
)
def test_a_default_organization_is_asked_for_where_a_text_names_none(text: str, orgs: tuple[str, ...]) -> None:
    assert planned(text, replace(ENTERPRISE, default_org="payments")).cell.filter.orgs == orgs


def test_all_organizations_and_others_beside_them_are_refused() -> None:
    assert problem("org=payments,All,search") == ("all-and-others", {"others": ["payments", "search"]})


@pytest.mark.parametrize("text", ["last 7d", "org=payments", "org=org-1", "org=all"])
def test_the_key_of_an_organization_asks_for_its_own(text: str) -> None:
    made = planned(text, ORGANIZATION)
    assert (made.cell.filter.orgs, made.scope.orgs) == (("org-1",), ("Payments",))


def test_an_organization_without_a_name_is_shown_by_its_id() -> None:
    assert planned("last 7d", Account("v3-organization", own_org="org-8")).scope == Scope(orgs=("org-8",))


@pytest.mark.parametrize(("text", "name"), [("org=search", "Search"), ("org=payments,org-9", "org-9")])
def test_the_key_of_an_organization_sees_no_other(text: str, name: str) -> None:
    assert problem(text, ORGANIZATION) == ("not-this-organization", {"name": name, "own": "org-1"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("service_user=ci", ["service_user="]),
        ("playbook=upgrade", ["playbook="]),
        ("service_user=ci playbook=upgrade", ["service_user=", "playbook="]),
        ("by=origin", ["by=origin"]),
        ("by=size playbook=upgrade top=2", ["playbook=", "by=size"]),
    ],
)
def test_v2_knows_neither_service_users_nor_playbooks_nor_origins_nor_sizes(text: str, words: list[str]) -> None:
    assert problem(text, V2) == ("not-with-this-key", {"words": words})


def test_v2_filters_by_organization_and_user() -> None:
    assert planned("org=search user=nick", V2).cell.filter == Filter(orgs=("org-2",), users=("user-1",))


@pytest.mark.parametrize("text", ["2027", "last 0d", "2022"])
def test_a_period_that_cannot_be_asked_for_plans_no_call(text: str) -> None:
    assert problem(text)[0].startswith("period-")


# The same question with dates


@pytest.mark.parametrize(
    ("text", "dated"),
    [
        ("last 7d org=payments", "2026-11-13..2026-11-19 org=payments tz=America/New_York"),
        ("yesterday", "2026-11-19 tz=America/New_York"),
        ("last month", "2026-10 tz=America/New_York"),
        ("last 2w", "2026-11-02..2026-11-15 tz=America/New_York"),
        ("last 3m", "last 3m tz=America/New_York"),
        ("this week", "2026-W47 tz=America/New_York"),
        ("this month vs=year", "2026-11 vs=year tz=America/New_York"),
        ("today", "2026-11-20 tz=America/New_York"),
        ("since monday", "since 2026-11-16 tz=America/New_York"),
        ("2026-10", "2026-10 tz=America/New_York"),
        ("last 24h", "last 24h tz=America/New_York"),
    ],
)
def test_a_question_with_dates_means_the_same_next_month(text: str, dated: str) -> None:
    made = plan(parse(text), ENTERPRISE, AT, NEW_YORK)
    assert str(absolute(made)) == dated
    if made.span.state == "complete":
        later = plan(parse(dated), ENTERPRISE, AT + timedelta(days=31), NEW_YORK)
        assert (later.span.window, later.earlier) == (made.span.window, made.earlier) or "last 3m" in text


def test_a_week_that_begins_on_sunday_has_no_iso_name() -> None:
    assert str(absolute(plan(parse("this week"), ENTERPRISE, AT, NEW_YORK, week_start=6))) == (
        "since 2026-11-15 tz=America/New_York"
    )
