"""The form that sets up a digest or changes one, with its next sends before anything is saved."""

import re
from collections.abc import Mapping
from typing import Any

from bot.commands.digest_look import would_be
from bot.commands.digest_page import stored
from bot.commands.digest_text import LONGEST_QUERY, ParsedDigest, check_length, read_digest
from bot.commands.ports import Services
from bot.messages.page import Page
from bot.periods.period import WEEKDAYS, Calendar
from bot.problems import Problem
from bot.queries.request import Request
from bot.queries.spelling import normalise, quote
from bot.queries.zones import zone
from bot.schedules.delivery import Digest
from bot.schedules.schedule import DEFAULT_RULE, Rule, Send, default_period
from bot.slack.forms.modals import Form, Values

# What a button carries: words for a new digest, or `edit 3`. An open form carries that digest's own words behind it.
EDIT = re.compile(r"edit #?([1-9][0-9]{0,8})(?: (.*))?", re.ASCII)
SENDS_IN_FORM = 3
# How a change says that a filter is gone; see `digest_text.edited`.
TAKEN_AWAY = {"orgs": "org=all", "service_users": "service_user=all", "playbook": "playbook=all", "vs": "vs=previous"}
WRONG_AT = {"unknown-zone": ("tz",), "which-channel": ("channel",)}


async def begin(request: Request, services: Services) -> tuple[str, dict[str, Any]]:
    """The fields for a new digest, or for the one that is to be changed. Raises Problem where there is none."""
    text = request.text
    if edit := EDIT.fullmatch(text):
        digest = await stored(services).find(int(edit[1]))
        text = f"edit {digest.id} {_described(digest)}"
    return text, values(text, request, services)


def asked(request: Request, chosen: Values, services: Services) -> str:
    """The command that the fields come to. Raises Problem for what it would refuse without asking Slack."""
    chosen = _whole(chosen, request, services)
    digest, _ = _planned(request, chosen, services)
    check_length(digest.query, LONGEST_QUERY)
    return _command(request, chosen, services)


def page(request: Request, chosen: Values, services: Services) -> Page:
    """The form, what is the same as typing it, and the next sends, or why there is none."""
    chosen, edit = _whole(chosen, request, services), EDIT.fullmatch(request.text)
    data = {"values": chosen, "id": edit[1] if edit else None, "sends": (), "problem": None}
    try:
        data |= {"sends": _planned(request, chosen, services)[1][:SENDS_IN_FORM]}
        typed = _command(request, chosen, services)
    except Problem as problem:
        data |= {"problem": problem}
        typed = _as_typed(request, chosen)
    return Page("forms/digest", services.lang_of(request), {**data, "typed": typed})


def _planned(request: Request, chosen: Values, services: Services) -> tuple[Digest, list[Send]]:
    place = "" if EDIT.fullmatch(request.text) else _place(chosen)
    return would_be(normalise(_words(chosen, place)), request, services)


def _described(digest: Digest) -> str:
    return f"{digest.rule} #{digest.channel} tz={digest.tz.key} {digest.query}"


def values(text: str, request: Request, services: Services) -> dict[str, Any]:
    """What stands in the fields at first. Words that no digest can have stand there as they are, to be mended."""
    edit, tz = EDIT.fullmatch(text), request.tz or services.tz
    words = (edit[2] or "") if edit else text
    try:
        said = _read(words, request, services)
    except Problem:
        said, query = ParsedDigest(None, None, {}, None, None), words
    else:
        query = _query(said)
    rule, channel = said.rule or DEFAULT_RULE, said.channel or request.channel
    return {
        "query": query or None,
        "channel": channel if channel and channel[0] in "CG" else None,
        "often": f"every-{rule.weeks}" if rule.kind == "every" else rule.kind,
        "days": [WEEKDAYS[day] for day in rule.days],
        "day": str(rule.day or "last") if rule.kind == "monthly" else None,
        "time": f"{rule.time:%H:%M}",
        "tz": said.tz.key if said.tz else tz,
    }


def _read(text: str, request: Request, services: Services) -> ParsedDigest:
    tz = zone(request.tz or services.tz)
    return read_digest(normalise(text), request.at, tz, services.corrections())


def _query(said: ParsedDigest) -> str:
    """The words of a query; a period that goes with the rule goes without saying."""
    rule = said.rule or DEFAULT_RULE
    query, usual = said.query(rule), default_period(rule)
    return _in_language(str(query).removeprefix(str(usual)).strip() if query.period == usual else str(query), said)


def _in_language(words: str, said: ParsedDigest) -> str:
    return f"{words} lang={said.lang}".strip() if said.lang else words


def _whole(chosen: Values, request: Request, services: Services) -> dict[str, Any]:
    """What was chosen, with what stands for a field that is empty or not shown."""
    empty = {"query": "", "channel": None, "days": [WEEKDAYS[0]], "day": "1"}
    empty |= {"time": f"{DEFAULT_RULE.time:%H:%M}", "tz": request.tz or services.tz}
    return empty | {name: value for name, value in chosen.items() if value}


def _rule(chosen: Mapping[str, Any]) -> str:
    often, days, time = chosen["often"], ",".join(chosen["days"]), chosen["time"]
    if often.startswith("every-"):
        return f"every {often.removeprefix('every-')} weeks {days} {time}"
    return " ".join(filter(None, (often, {"weekly": days, "monthly": chosen["day"]}.get(often), time)))


def _words(chosen: Mapping[str, Any], place: str = "") -> str:
    return " ".join(filter(None, (_rule(chosen), place, f"tz={quote(chosen['tz'])}", chosen["query"])))


def _as_typed(request: Request, chosen: Mapping[str, Any]) -> str:
    """The command as far as the fields say it."""
    if edit := EDIT.fullmatch(request.text):
        return f"digest edit {edit[1]} {_words(chosen)}"
    return f"digest add {_words(chosen, _place(chosen))}"


def _place(chosen: Mapping[str, Any]) -> str:
    return f"#{chosen['channel']}" if chosen["channel"] else ""


def _command(request: Request, chosen: Mapping[str, Any], services: Services) -> str:
    """The command. A change names all that the form shows, and what is no longer there."""
    edit = EDIT.fullmatch(request.text)
    if edit is None:
        return _as_typed(request, chosen)
    before, now = _read(edit[2] or "", request, services), _read(_words(chosen), request, services)
    if now.channel:
        raise Problem("digest-moves", id=int(edit[1]))
    rule = now.rule or DEFAULT_RULE
    gone = [name for name in before.fields if name not in now.fields]
    if {"by", "top"} & {*gone}:
        raise Problem("digest-split-stays", id=int(edit[1]))
    words = _words({**chosen, "query": _in_language(str(now.query(rule)), now)}, _first_week(before.rule, rule))
    return " ".join([f"digest edit {edit[1]} {words}", *(TAKEN_AWAY[name] for name in gone if name in TAKEN_AWAY)])


def _first_week(before: Rule | None, now: Rule) -> str:
    """A rhythm of weeks that stays keeps the week that it counts from."""
    if before is None or before.first is None or before.weeks != now.weeks or now.kind != "every":
        return ""
    return f"from {Calendar('week', before.first)}"


def _wrong_at(problem: Problem) -> tuple[str, ...]:
    return WRONG_AT.get(problem.key, ("query",))


DIGEST = Form("digest-form", frozenset({"often"}), begin, asked, page, _wrong_at)
