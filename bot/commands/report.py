"""`last 7d org=payments`: the report."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.commands.audience import check_readers
from bot.commands.ports import Services
from bot.commands.report_buttons import report_buttons
from bot.devin import Cell, Reading
from bot.messages.locales import language
from bot.messages.page import Page
from bot.queries.query import DEFAULT_PERIOD, Query, parse_normalised
from bot.queries.request import Request
from bot.queries.zones import zone
from bot.reports.breakdown import with_rows
from bot.reports.plan import Plan, plan
from bot.reports.reasons import Reasons, reasons
from bot.reports.report import NO_COMPARABLE, Caveat, Comparable, Report, missing_comparable, summarise
from bot.schedules.delivery import report_moment


@dataclass(frozen=True, slots=True)
class CompleteReport:
    """A report, what it was made of, and why it differs from the earlier one."""

    plan: Plan
    readings: Mapping[Cell, Reading]
    report: Report
    reasons: Reasons


async def run(request: Request, text: str, services: Services) -> Page:
    """From a text to its report: query, cells, readings, figures."""
    query = parse_normalised(text, corrections=services.corrections())
    if (query.share or request.public) and not query.users and request.channel:
        alone = str(replace(query, share=False)) or str(DEFAULT_PERIOD)
        await check_readers(request.channel, services, alone=alone, shared=request.shared)
    tz = zone(query.tz or request.tz or services.tz)
    lang, me = services.lang_of(request, query.lang), request.user
    made = await report_as_sent(query, tz, lang, services, me) or await make_report(
        query, request.at, tz, lang, services, me
    )
    in_slack = services.people is not None
    place = None if request.public else request.channel
    buttons = report_buttons(made.plan, request.at, services, place, me) if in_slack else None
    data = {"report": made.report, "reasons": made.reasons, "buttons": buttons}
    return Page("report/report", lang, data, private=bool(query.users))


async def make_report(
    query: Query, at: datetime, tz: ZoneInfo, lang: str, services: Services, me: str | None = None
) -> CompleteReport:
    """The report that a query asks for at a moment. Raises Problem."""
    planned = services.plan(query, at, tz, me)
    anew = [Caveat("not-kept")] if query.of else []
    return await _complete(planned, await services.gather(planned.cells), lang, services, *anew)


async def report_as_sent(
    query: Query, tz: ZoneInfo, lang: str, services: Services, me: str | None = None
) -> CompleteReport | None:
    """The report from the data that a digest's delivery was made of, where they are kept and hold what is asked."""
    kept = await services.digests.made_of(query.of) if query.of and services.digests else None
    if kept is None:
        return None
    planned = plan(query, services.account, report_moment(kept.delivery, tz), tz, services.week_start, me)
    if not {*planned.cells} <= kept.readings.keys():
        return None
    return await _complete(planned, {cell: kept.readings[cell] for cell in planned.cells}, lang, services)


async def _complete(
    planned: Plan, readings: Mapping[Cell, Reading], lang: str, services: Services, *anew: Caveat
) -> CompleteReport:
    comparable = await _comparable_readings(planned, readings, services)
    report = summarise(planned, readings, services.settle, services.cost, comparable)
    report = with_rows(report, planned, readings, services.settle, comparable)
    also = [Caveat("made-up"), *anew] if services.made_up else [*anew]
    also += [Caveat("in-english")] if language(lang).code != lang else []
    made = replace(report, caveats=(*also, *report.caveats))
    return CompleteReport(planned, readings, made, reasons(report, planned, readings, comparable))


async def _comparable_readings(planned: Plan, readings: Mapping[Cell, Reading], services: Services) -> Comparable:
    """The earlier period and its parts as they were at the age of the present ones, where that is needed and kept."""
    cache, wanted = services.gather.cache, missing_comparable(planned, readings, services.settle)
    return await cache.of_same_age(wanted) if cache and wanted else NO_COMPARABLE
