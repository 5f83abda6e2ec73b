"""`last 7d org=payments`: the report."""

from dataclasses import replace

from bot.locales import language
from bot.page import Page
from bot.plan import absolute, plan
from bot.query import read
from bot.report import Caveat, summarise
from bot.request import Account, Request
from bot.services import Services
from bot.spelling import quote
from bot.zones import zone


async def run(request: Request, text: str, services: Services) -> Page:
    """The whole line: text, query, cells, readings, report."""
    query = read(text, also=_names(services.account))
    tz = zone(query.tz or request.tz or services.tz)
    planned = plan(query, services.account, request.at, tz, services.week_start, request.user)
    readings = await services.gather(planned.cells)
    report = summarise(planned, readings, services.settle, services.cost)
    lang = services.lang_of(request, query.lang)
    also = [Caveat("made-up")] if services.made_up else []
    also += [Caveat("in-english")] if language(lang).code != lang else []
    in_slack = services.people is not None and not query.share and not query.users
    share = str(replace(absolute(planned), share=True)) if in_slack else None
    return Page("report", lang, {"report": replace(report, caveats=(*also, *report.caveats)), "share": share})


def _names(account: Account) -> dict[str, str]:
    """Words that are no words of a query, but that people type where they mean an organization or a command."""
    commands = {word: word for word in ("help", "why", "orgs", "settings")}
    return commands | {named.label: f"org={quote(named.label)}" for named in account.orgs}
