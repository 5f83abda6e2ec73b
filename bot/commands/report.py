"""`last 7d org=payments`: the report."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.devin import Cell, Reading
from bot.locales import language
from bot.page import Page
from bot.plan import Plan, absolute, check_calls, plan
from bot.query import Query, read
from bot.reasons import Reasons, reasons
from bot.report import Caveat, Report, needs_alike, summarise
from bot.request import Account, Request
from bot.rows import with_rows
from bot.services import Services
from bot.spelling import quote
from bot.zones import zone


@dataclass(frozen=True, slots=True)
class Made:
    """A report, what it was made of, and why it differs from the earlier one."""

    plan: Plan
    readings: Mapping[Cell, Reading]
    report: Report
    reasons: Reasons


async def run(request: Request, text: str, services: Services) -> Page:
    """The whole line: text, query, cells, readings, report."""
    query = read(text, also=names(services.account))
    tz = zone(query.tz or request.tz or services.tz)
    lang = services.lang_of(request, query.lang)
    made = await make(query, request.at, tz, lang, services, request.user)
    in_channel = not (request.channel or "D").startswith("D")  # Neither a direct message, nor Home, nor a terminal.
    shareable = in_channel and not query.share and not query.users
    share = str(replace(absolute(made.plan), share=True)) if shareable else None
    return Page("report", lang, {"report": made.report, "reasons": made.reasons, "share": share})


async def make(query: Query, at: datetime, tz: ZoneInfo, lang: str, services: Services, me: str | None = None) -> Made:
    """The report that a query asks for at a moment. Raises Problem."""
    calls = planned(query, at, tz, services, me)
    readings = await services.gather(calls.cells)
    alike = await _alike(calls, readings, services)
    report = summarise(calls, readings, services.settle, services.cost, alike)
    report = with_rows(report, calls, readings, services.settle)
    also = [Caveat("made-up")] if services.made_up else []
    also += [Caveat("in-english")] if language(lang).code != lang else []
    made = replace(report, caveats=(*also, *report.caveats))
    return Made(calls, readings, made, reasons(report, calls, readings, alike))


def planned(query: Query, at: datetime, tz: ZoneInfo, services: Services, me: str | None = None) -> Plan:
    """The calls that answer a query. Raises Problem, before the first of them."""
    calls = plan(query, services.account, at, tz, services.week_start, me)
    check_calls(calls, services.max_calls)
    return calls


async def _alike(planned: Plan, readings: Mapping[Cell, Reading], services: Services) -> Reading | None:
    """The earlier period as it was when it was as old as the present one is, where that was kept and is needed."""
    reuse, earlier = services.gather.reuse, planned.earlier_cell
    if reuse is None or earlier is None or not needs_alike(planned, readings, services.settle):
        return None
    return await reuse.alike(earlier, readings[planned.cell])


def names(account: Account) -> dict[str, str]:
    """Words that are no words of a query, but that people type where they mean an organization or a command."""
    commands = {word: word for word in ("help", "why", "orgs", "settings", "digest")}
    return commands | {named.label: f"org={quote(named.label)}" for named in account.orgs}
