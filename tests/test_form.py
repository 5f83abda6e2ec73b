"""The form that builds a report: from a query to its fields and back, and what it shows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import sample_services
from bot.commands.ports import Services
from bot.messages.render import render_modal
from bot.messages.report_form import filled, organizations, report_fields
from bot.periods.period import Versus
from bot.queries.query import Breakdown, Query, parse
from bot.queries.request import AS_INSTALLED, Account, Aliases, Request
from bot.slack.forms import build as build_form
from tests.examples import periods

AT = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
ACCOUNT = Account("v3-enterprise", orgs=Aliases({"Payments": "org-p", "Core Team": "org-c"}))


def chosen(text: str, **given: Any) -> dict[str, Any]:
    """The fields of a query, with other choices made in them."""
    return {**report_fields(parse(text), ACCOUNT), **given}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "last 7d"),
        ({"period": "last week"}, "last week"),
        ({"period": "dates", "first": "2026-10-01", "last": "2026-10-31"}, "2026-10-01..2026-10-31"),
        ({"org": ["Payments", "Core Team"]}, 'last 7d org=Payments,"Core Team"'),
        ({"by": "week"}, "last 7d by=week"),
        ({"vs": "year"}, "last 7d vs=year"),
    ],
)
def test_what_is_chosen_becomes_a_query_text(given: dict[str, Any], text: str) -> None:
    assert str(filled(Query(), chosen("", **given))) == text


def test_what_the_text_says_beyond_the_fields_stays() -> None:
    query = parse("last month user=me playbook=upgrade tz=Asia/Tokyo lang=ja by=org top=3")
    changed = filled(query, chosen("last month by=org", period="last week"))
    assert changed == parse("last week user=me playbook=upgrade tz=Asia/Tokyo lang=ja by=org top=3")


def test_a_form_is_for_whoever_asks() -> None:
    assert not filled(parse("last week share"), chosen("last week")).share


def test_top_goes_with_the_split_that_it_was_for() -> None:
    assert filled(parse("by=org top=3"), chosen("by=org", by="week")).top is None
    assert filled(parse("by=org top=3"), chosen("by=org", by="none")).top is None


def test_organizations_are_chosen_by_their_names_however_they_were_typed() -> None:
    assert chosen("org=PAYMENTS,org-c,org-x")["org"] == ["Payments", "Core Team", "org-x"]
    assert organizations(ACCOUNT, chosen("org=org-x")) == [
        ("org-x", "org-x"),
        ("Payments", "Payments"),
        ("Core Team", "Core Team"),
    ]


def test_without_named_organizations_the_query_keeps_its_own() -> None:
    nobody = Account("v3-enterprise")
    given = {key: value for key, value in report_fields(parse("org=org-x"), nobody).items() if key != "org"}
    assert organizations(nobody, given) == []
    assert filled(parse("org=org-x"), given).orgs == ("org-x",)


@given(
    periods,
    st.lists(st.sampled_from(["Payments", "Core Team", "org-x"]), unique=True),
    st.sampled_from([None, *get_args(Breakdown)]),
    st.sampled_from(get_args(Versus)),
)
def test_a_query_comes_back_from_its_fields(period: Any, orgs: list[str], by: Any, vs: Any) -> None:
    query = Query(period=period, orgs=tuple(orgs), by=by, vs=vs)
    assert filled(query, report_fields(query, ACCOUNT)) == query
    assert parse(str(filled(Query(), report_fields(query, ACCOUNT)))) == parse(str(query))


# What is shown


def shown(text: str, services: Services | None = None, **given: Any) -> str:
    """The form, with choices made in it, as Slack gets it."""
    services = services or sample_services(AT)
    request = Request(text, AT, tz="America/New_York")
    page = build_form.page(request, {**report_fields(parse(text), services.account), **given}, services)
    return str(render_modal(page, AS_INSTALLED, "build").as_dict())


def with_orgs(count: int) -> Services:
    named = {f"Team {number}": f"org-{number}" for number in range(count)}
    return replace(sample_services(AT), account=Account("v3-enterprise", orgs=Aliases(named)))


def test_it_tells_the_days_and_the_calls() -> None:
    form = shown("last 7d").replace("\\xa0", " ")
    assert "Fri, Nov 13 – Thu, Nov 19, 2026\\nNew York time (UTC−5) · vs Nov 6 – 12\\n2 calls to Devin" in form


def test_it_tells_why_nothing_can_be_asked() -> None:
    assert "That period lies in the future" in shown("2099-01-01..2099-01-02")


def test_another_period_can_be_chosen_as_it_was_typed() -> None:
    assert "'value': 'since monday'" in shown("since monday")


def test_own_dates_begin_with_the_last_seven_days() -> None:
    form = shown("last month", period="dates")
    assert "'initial_date': '2026-11-13'" in form
    assert "'initial_date': '2026-11-19'" in form


def test_organizations_are_left_out_where_there_are_none() -> None:
    assert "build-org" not in shown("", with_orgs(0))
    assert "build-org" in shown("", with_orgs(1))


def test_more_organizations_than_a_menu_holds_are_to_be_typed() -> None:
    form = shown("org=org-7", with_orgs(101))
    assert "build-org" not in form
    assert "Type “org=…” after the command." in form
    assert '/devin-metrics last 7d org="Team 7"' in form


def test_where_one_organization_is_the_default_all_of_them_can_be_chosen() -> None:
    services = with_orgs(2)
    services = replace(services, account=replace(services.account, default_org="Team 1"))
    assert "All organizations" in shown("", services)
    assert "/devin-metrics last 7d org=all" in shown("", services, org=["all"])


@pytest.mark.parametrize("name", ["x" * 80, "R&D <b>", 'the "A" team, and B'])
def test_names_of_any_kind_fit(name: str) -> None:
    services = replace(sample_services(AT), account=Account("v3-enterprise", orgs=Aliases({name: "org-1"})))
    value = report_fields(parse("org=org-1"), services.account)["org"]
    assert shown("org=org-1", services)
    assert parse(str(filled(Query(), {**report_fields(Query(), services.account), "org": value}))).orgs == tuple(value)
