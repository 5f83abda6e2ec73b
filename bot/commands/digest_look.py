"""The `digest` commands that only read: `list`, `show`, `preview`."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.commands import report
from bot.commands.digest_page import DELIVERIES, digest_page, last_of, row_of, scope_of, sends_of, stored
from bot.commands.digest_text import ParsedDigest, read_digest
from bot.commands.ports import Services
from bot.messages.page import Page
from bot.problems import Problem
from bot.queries.request import Request
from bot.queries.spelling import normalise
from bot.queries.zones import zone
from bot.schedules import schedule
from bot.schedules.delivery import Digest
from bot.schedules.schedule import DEFAULT_RULE, Send

ID = re.compile(r"#?([1-9][0-9]{0,8})", re.ASCII)
PER_PAGE = 5  # About as many as a phone shows at once.


async def list_(request: Request, text: str, services: Services) -> Page:
    """All digests, some at a time."""
    digests = await stored(services).all()
    pages = max(-(-len(digests) // PER_PAGE), 1)
    if text and not ID.fullmatch(text):
        raise Problem("digest-nothing-more", command="list", text=text)
    page = min(int(text.removeprefix("#") or 1), pages)
    some = digests[(page - 1) * PER_PAGE : page * PER_PAGE]
    rows = [row_of(digest, await last_of(digest, services), request.at, services) for digest in some]
    data = {"rows": rows, "count": len(digests), "page": page, "pages": pages, "here": bool(request.channel)}
    return Page("digest/list", services.lang_of(request), data, private=True)


async def show(request: Request, text: str, services: Services) -> Page:
    """One digest: its settings, its next sends, its last deliveries, and what is wrong."""
    digest = await only_digest("show", text, services)
    deliveries = await stored(services).deliveries(digest.id, DELIVERIES)
    return digest_page("shown", digest, request, services, deliveries=deliveries)


async def preview(request: Request, text: str, services: Services) -> Page:
    """What would come by a rule, or what a digest would say now. Nothing is saved, and only the asker sees it."""
    if ID.fullmatch(text):
        return await _report(request, await only_digest("preview", text, services), services)
    digest, sends = would_be(text, request, services)
    data = {"digest": digest, "scope": scope_of(digest.query, services.account), "sends": sends, "typed": text}
    return Page("digest/preview", digest.lang, data, private=True)


def would_be(text: str, request: Request, services: Services) -> tuple[Digest, list[Send]]:
    """The digest that a text would set up, and its next sends. Raises Problem for what cannot be asked."""
    tz = zone(request.tz or services.tz)
    asked = _asked(text, request.at, tz, services)
    rule = asked.rule or DEFAULT_RULE
    lang = services.lang_of(request, asked.lang)
    digest = Digest(rule, asked.tz or tz, asked.query(rule), asked.channel or request.channel or "", lang, request.at)
    services.plan(digest.query, request.at, digest.tz)
    return digest, sends_of(digest, request.at, services)


def _asked(text: str, at: datetime, tz: ZoneInfo, services: Services) -> ParsedDigest:
    """As `read_digest`. Raises Problem for the number of a digest with more behind it, too."""
    try:
        return read_digest(text, at, tz, services.corrections())
    except Problem as problem:
        number, _, rest = text.partition(" ")
        said = str(problem.data.get("word") or problem.data.get("text") or "").partition(" ")[0]
        if not ID.fullmatch(number) or said != number:
            raise
        raise Problem("digest-preview-alone", id=number.removeprefix("#"), rest=rest) from None


def sends_by_rule(text: str, at: datetime, count: int, tz: str, week_start: int) -> list[Send]:
    """The sends of a rule after a moment; `tz` is the zone that holds where the text names none. No key is needed."""
    asked = read_digest(normalise(text), at, zone(tz), {})
    rule = asked.rule or DEFAULT_RULE
    return schedule.next_sends(rule, asked.tz or zone(tz), asked.query(rule).period, at, count, week_start)


async def _report(request: Request, digest: Digest, services: Services) -> Page:
    """The report of a digest as it would be now."""
    made = await report.make_report(digest.query, request.at, digest.tz, digest.lang, services)
    told = {"digest": digest, "due": request.at, "late": None, "revised": (), "preview": True}
    data = {"report": made.report, "reasons": made.reasons, "buttons": None, **told}
    return Page("report/report", digest.lang, data, private=True)


async def only_digest(command: str, text: str, services: Services) -> Digest:
    """The digest whose id a text consists of."""
    digest, rest = await leading_digest(command, text, services)
    if rest:
        raise Problem("digest-nothing-more", command=f"{command} {digest.id}", text=rest)
    return digest


async def leading_digest(command: str, text: str, services: Services) -> tuple[Digest, str]:
    """The digest whose id a text begins with, and the rest of the text."""
    word, _, rest = text.partition(" ")
    digests = stored(services)
    found = ID.fullmatch(word)
    if found is None:
        known = [digest.id for digest in await digests.all()]
        raise Problem("which-digest", command=command, text=word, known=known)
    return await digests.find(int(found[1])), rest.strip()
