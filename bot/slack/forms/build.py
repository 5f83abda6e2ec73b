"""The form that builds a report, opened by a shortcut or with the query text of a button."""

from typing import Any

from bot.commands.ports import Services
from bot.messages.page import Page
from bot.messages.report_form import DATES, ReportChoices, filled, organizations, report_fields
from bot.periods.period import resolve
from bot.problems import Problem
from bot.queries.query import DEFAULT_PERIOD, Query, parse
from bot.queries.request import Request
from bot.queries.zones import zone
from bot.reports.plan import Plan
from bot.slack.forms.modals import Form

# Where a Problem with a form lies; with a period it is the period.
WRONG_AT = {
    "period-reversed": ("last",),
    "period-future": ("first",),
    "period-before-2023": ("first",),
    "period-too-long": ("first",),
    **dict.fromkeys(("too-many-calls", "not-with-this-key", "no-organizations", "top-of-what"), ("by",)),
    **dict.fromkeys(("all-and-others", "not-this-organization", "unknown-org", "text-too-long"), ("org",)),
}


async def begin(request: Request, services: Services) -> tuple[str, dict[str, Any]]:
    """The fields for the text of a button; without one, those of a command without words. Raises Problem."""
    return request.text, report_fields(_query(request.text, services), services.account)


def asked(request: Request, chosen: ReportChoices, services: Services) -> str:
    """The query text that the fields come to. Raises Problem for what would be one later, except from Devin."""
    query = _query(request.text, services)
    text = str(filled(query, _with_dates(chosen, query, request, services)))
    _plan(text, request, services)
    return text


def page(request: Request, chosen: ReportChoices, services: Services) -> Page:
    """The form, what is the same as typing it, and which days that covers, or why nothing."""
    query = _query(request.text, services)
    chosen = _with_dates(chosen, query, request, services)
    typed = str(filled(query, chosen))
    data = {"values": chosen, "orgs": organizations(services.account, chosen), "account": services.account}
    covers, problem = _covers(typed, request, services)
    return Page("forms/build", services.lang_of(request), {**data, "typed": typed, "plan": covers, "problem": problem})


def _plan(text: str, request: Request, services: Services) -> Plan:
    query = _query(text, services)
    return services.plan(query, request.at, zone(query.tz or request.tz or services.tz), request.user)


def _covers(text: str, request: Request, services: Services) -> tuple[Plan | None, Problem | None]:
    try:
        return _plan(text, request, services), None
    except Problem as problem:
        return None, problem


def _query(text: str, services: Services) -> Query:
    return parse(text, corrections=services.corrections())


def _with_dates(chosen: ReportChoices, query: Query, request: Request, services: Services) -> ReportChoices:
    """Own dates begin with those of the last seven days."""
    if chosen["period"] != DATES:
        return chosen
    tz = zone(query.tz or request.tz or services.tz)
    week = resolve(DEFAULT_PERIOD, request.at, tz, services.week_start)
    return {
        **chosen,
        "first": chosen.get("first") or str(week.first_day),
        "last": chosen.get("last") or str(week.last_day),
    }


def _wrong_at(problem: Problem) -> tuple[str, ...]:
    return WRONG_AT.get(problem.key, ("period",))


BUILD = Form("build", frozenset({"period", "by", "vs"}), begin, asked, page, _wrong_at)
