"""Plans the calls that answer a query, before the first one is made."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.devin import Cell, Filter
from bot.periods.period import Calendar, Days, Last, Since, This, resolve, resolve_earlier
from bot.periods.window import Span
from bot.problems import Problem
from bot.queries.query import Query
from bot.queries.request import Account, Aliases, Named
from bot.queries.spelling import nearest
from bot.reports.split import ROW_UNITS, Part, by_org, by_time

# What a Devin id looks like where no alias is set; anything else is taken for a name that the settings lack.
DEVIN_IDS = {
    "org": re.compile(r"org-\S+"),
    "user": re.compile(r"user-\S+|[\w-]+\|\S+"),
    "service_user": re.compile(r"service[-_]user-\S+"),
    "playbook": re.compile(r"playbook-\S+"),
}
ALL = "all"
ME = "me"


@dataclass(frozen=True, slots=True)
class Scope:
    """What an answer covers, by the names that a reader knows; empty is everything the key sees."""

    orgs: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    service_users: tuple[str, ...] = ()
    playbook: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The question with its relative parts resolved, and the calls that answer it.

    `parts` are the rows that need calls of their own; origins and sizes are in the answer to every call.
    """

    query: Query
    scope: Scope
    span: Span
    earlier: Span | None
    cell: Cell
    earlier_cell: Cell | None
    parts: tuple[Part, ...] = ()

    @property
    def pairs(self) -> tuple[tuple[Cell, Cell | None], ...]:
        """What is compared, now and earlier; the whole comes first."""
        return (self.cell, self.earlier_cell), *((part.cell, part.earlier_cell) for part in self.parts)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every call, once; the whole comes first."""
        return tuple(dict.fromkeys(cell for pair in self.pairs for cell in pair if cell))


def plan(
    query: Query, account: Account, at: datetime, tz: ZoneInfo, week_start: int = 0, me: str | None = None
) -> Plan:
    """The calls for a query asked at a moment by `me` (a Slack id, or None in a terminal).

    Raises Problem for a name that is not set up, and for what this key cannot see: nothing is dropped in silence.
    """
    _check_key(query, account)
    orgs = _orgs(query, account)
    users = _once(_user(name, account.users, me) for name in query.users)
    service_users = _once(_named("service_user", name, account.service_users) for name in query.service_users)
    playbook = _named("playbook", query.playbook, account.playbooks) if query.playbook else None
    span = resolve(query.period, at, tz, week_start)
    earlier = resolve_earlier(query.period, query.vs, at, tz, week_start)
    narrowed = Filter(_ids(orgs), _ids(users), _ids(service_users), playbook.id if playbook else None)
    whole = Plan(
        query=query,
        scope=Scope(_labels(orgs), _labels(users), _labels(service_users), playbook.label if playbook else None),
        span=span,
        earlier=earlier,
        cell=Cell(account.source, span.window, narrowed),
        earlier_cell=Cell(account.source, earlier.window, narrowed) if earlier else None,
    )
    return replace(whole, parts=_parts(whole, orgs or _once(account.orgs), week_start))


def check_calls(planned: Plan, most: int) -> None:
    """Raises Problem, before the first call, where a plan needs more calls than are allowed."""
    calls, query = len(planned.cells), planned.query
    if calls > most:
        orgs = len(planned.parts) if query.by == "org" else 0
        raise Problem("too-many-calls", calls=calls, most=most, by=query.by, orgs=orgs, compared=bool(planned.earlier))


def absolute(planned: Plan) -> Query:
    """The same question with dates and zone in place of relative words, so that it is still right next month.

    A running period is named by its calendar unit, and means more of it tomorrow. Rolling hours and several months have
    no other name that is compared with the same earlier period, and stay as they are.
    """
    span, period = planned.span, planned.query.period
    named = span.first_day.weekday() == 0  # An ISO week begins on a Monday.
    match period:
        case Last(1, unit) | This(unit) if unit != "hour" and (unit != "week" or named):
            period = Calendar(unit, span.first_day)
        case Last(_, "day" | "week"):
            period = Days(span.first_day, span.last_day)
        case This() | Since():
            period = Since(span.first_day)
    return replace(planned.query, period=period, tz=span.tz.key)


def _check_key(query: Query, account: Account) -> None:
    if query.share and query.users:
        raise Problem("users-are-private")
    if query.top and not query.by:
        raise Problem("top-of-what", top=query.top)
    if query.top and query.by in ROW_UNITS:
        raise Problem("top-of-time", top=query.top, by=query.by)
    unseen = [words for words, asked in _v3_only(query).items() if asked]
    if account.source == "v2-enterprise" and unseen:
        raise Problem("not-with-this-key", words=unseen)


def _v3_only(query: Query) -> dict[str, bool]:
    return {
        "service_user=": bool(query.service_users),
        "playbook=": bool(query.playbook),
        f"by={query.by}": query.by in {"origin", "size"},
    }


def _parts(whole: Plan, orgs: tuple[Named, ...], week_start: int) -> tuple[Part, ...]:
    by = whole.query.by
    if by in ROW_UNITS:
        return by_time(whole.cell, whole.span, by, week_start)
    if by == "org" and not orgs:
        raise Problem("no-organizations")
    return by_org(whole.cell, whole.earlier_cell, orgs) if by == "org" else ()


def _orgs(query: Query, account: Account) -> tuple[Named, ...]:
    names = query.orgs
    if any(name.casefold() == ALL for name in names):
        if len(names) > 1:
            raise Problem("all-and-others", others=[name for name in names if name.casefold() != ALL])
        names = ()
    elif not names and account.default_org and query.by != "org":  # Which asks for more than one of them.
        names = (account.default_org,)
    found = _once(_named("org", name, account.orgs) for name in names)
    if account.own_org is None:
        return found
    for named in found:
        if named.id != account.own_org:
            raise Problem("not-this-organization", name=named.label, own=account.own_org)
    return (account.orgs.find(account.own_org) or Named(account.own_org, account.own_org),)


def _user(name: str, users: Aliases, me: str | None) -> Named:
    if name.casefold() != ME:
        return _named("user", name, users)
    if me is None:
        raise Problem("nobody-asks")
    return _named("user", me, users)


def _named(key: str, name: str, aliases: Aliases) -> Named:
    found = aliases.find(name)
    if found:
        return found
    if DEVIN_IDS[key].fullmatch(name):
        return Named(name, name)
    known = [named.label for named in aliases]
    raise Problem(f"unknown-{key.replace('_', '-')}", name=name, nearest=nearest(name, known), known=known)


def _once(found: Iterable[Named]) -> tuple[Named, ...]:
    """Every id once, by the first of its names."""
    once: dict[str, Named] = {}
    for named in found:
        once.setdefault(named.id, named)
    return tuple(once.values())


def _ids(found: tuple[Named, ...]) -> tuple[str, ...]:
    return tuple(named.id for named in found)


def _labels(found: tuple[Named, ...]) -> tuple[str, ...]:
    return tuple(named.label for named in found)
