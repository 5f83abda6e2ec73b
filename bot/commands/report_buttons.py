"""The questions that a report leads to, as the texts that its buttons carry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.commands.ports import Services
from bot.problems import Problem
from bot.queries.query import Query
from bot.queries.spelling import LONGEST_TEXT
from bot.reports.plan import Plan, absolute
from bot.reports.related_periods import period_before, recurring_period, trend_period

LONGEST_OPTION = 75  # Characters in the value of an overflow's option: bot/messages/blocks.py. It has five of them.
IN_MENU = ("org", "size", "origin", "csv", "why")  # What stands behind the dots, where it is short enough.
IN_DIGEST_MENU = ("previous", "org", "csv", "why", "settings")


@dataclass(frozen=True, slots=True)
class Buttons:
    """Texts by what they show: those with a button of their own, and those behind the dots. A question that is almost
    too long leads to texts that could not be read; they have neither.
    """

    shown: Mapping[str, str]
    more: Mapping[str, str]


def report_buttons(planned: Plan, at: datetime, services: Services, channel: str | None, me: str | None) -> Buttons:
    """Under an answer; it can be shared in the channel where it was asked."""
    query = planned.query
    alone = absolute(replace(planned, query=replace(query, share=False)))
    texts = {name: str(lead) for name, lead in _follow_ups(planned, at, services, me)}
    in_channel = not (channel or "D").startswith("D")  # Neither a direct message, nor Home.
    if in_channel and not query.share and not query.users:
        texts["share"] = str(replace(alone, share=True))
    texts["csv"] = f"csv {alone}"
    if not query.users:
        texts["digest"] = _digest(planned)
    return _placed(texts | {"why": _why(planned)}, IN_MENU)


def digest_buttons(planned: Plan, at: datetime, services: Services, digest: int, delivery: str) -> Buttons:
    """Under a digest's post: what the data that it was made of can answer, they answer."""
    kept = replace(planned, query=replace(planned.query, of=delivery))
    texts = {name: str(lead) for name, lead in _follow_ups(kept, at, services, None)}
    texts |= {"csv": f"csv {absolute(kept)}", "why": _why(planned), "settings": f"digest show {digest}"}
    return _placed(texts, IN_DIGEST_MENU)


def _follow_ups(planned: Plan, at: datetime, services: Services, me: str | None) -> Iterator[tuple[str, Query]]:
    """Previous period, trend and splits: those that this account can answer, in as many calls as are allowed."""
    for name, query in _all_follow_ups(planned, services.week_start):
        try:
            services.plan(query, at, planned.span.tz, me)
        except Problem:
            continue
        yield name, query


def _all_follow_ups(planned: Plan, week_start: int) -> Iterator[tuple[str, Query]]:
    query = replace(absolute(planned), share=False)
    anew = replace(query, of=None)
    if before := period_before(query.period, planned.span):
        yield "previous", replace(anew, period=before)
    if series := trend_period(query, planned.span, week_start):
        yield f"{series[1]}s", replace(anew, period=series[0], by=series[1], top=None)
    if query.by != "org" and len(planned.scope.orgs) != 1:
        yield "org", replace(anew, by="org", top=None)
    for by in ("size", "origin"):
        if query.by != by:
            yield by, replace(query, by=by, top=None)


def _digest(planned: Plan) -> str:
    """The words of a digest, with which its form begins."""
    rule, period = recurring_period(planned.query.period, planned.span)
    query = replace(planned.query, period=period, share=False, of=None, tz=planned.span.tz.key)
    return f"{rule} {query}".strip()


def _why(planned: Plan) -> str:
    return "why sessions" if planned.cell.source == "v2-enterprise" else "why ship_rate"


def _placed(texts: Mapping[str, str], behind: tuple[str, ...]) -> Buttons:
    short = {name: texts[name] for name in behind if name in texts and len(texts[name]) <= LONGEST_OPTION}
    shown = {name: text for name, text in texts.items() if name not in short and len(text) <= LONGEST_TEXT}
    return Buttons(shown, short)
