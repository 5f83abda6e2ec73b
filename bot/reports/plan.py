"""Plans the calls that answer a query."""

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
from bot.queries.request import Account, Alias, Aliases
from bot.queries.spelling import nearest
from bot.reports.split import ROW_UNITS, Part, by_org, by_time

# The forms of Devin ids, which need no alias; anything else is a name that the settings lack.
DEVIN_IDS = {
    "org": re.compile(r"org-\S+"),
    "user": re.compile(r"user-\S+|[\w-]+\|\S+"),
    "service_user": re.compile(r"service[-_]user-\S+"),
    "playbook": re.compile(r"playbook-\S+"),
}
ALL_ORGS = "all"
ME = "me"


@dataclass(frozen=True, slots=True)
class Scope:
    """The filters of an answer, by their aliases; empty is everything that the key sees."""

    orgs: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    service_users: tuple[str, ...] = ()
    playbook: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A query with its period and names resolved, and the cells to read: those of the total, and those of its `parts`.

    Only days, weeks, months and organizations are parts; origins and sizes are in the answer to every call.
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
        """The cells that are compared, now and earlier; those of the total come first."""
        return (self.cell, self.earlier_cell), *((part.cell, part.earlier_cell) for part in self.parts)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell once; the total's come first."""
        return tuple(dict.fromkeys(cell for pair in self.pairs for cell in pair if cell))


def plan(
    query: Query, account: Account, at: datetime, tz: ZoneInfo, week_start: int = 0, me: str | None = None
) -> Plan:
    """The calls for a query asked at a moment by `me` (a Slack id, or None in a terminal).

    Raises Problem for a name that is not set up, and for what this key cannot see: nothing is dropped in silence.
    """
    _check_supported(query, account)
    orgs = _query_orgs(query, account)
    users = _distinct(_find_user(name, account.users, me) for name in query.users)
    service_users = _distinct(_find("service_user", name, account.service_users) for name in query.service_users)
    playbook = _find("playbook", query.playbook, account.playbooks) if query.playbook else None
    span = resolve(query.period, at, tz, week_start)
    earlier = resolve_earlier(query.period, query.vs, at, tz, week_start)
    scope = Scope(
        _alias_labels(orgs), _alias_labels(users), _alias_labels(service_users), playbook.label if playbook else None
    )
    filters = Filter(_devin_ids(orgs), _devin_ids(users), _devin_ids(service_users), playbook.id if playbook else None)
    total = Plan(
        query=query,
        scope=scope,
        span=span,
        earlier=earlier,
        cell=Cell(account.source, span.window, filters),
        earlier_cell=Cell(account.source, earlier.window, filters) if earlier else None,
    )
    return replace(total, parts=_plan_parts(total, orgs or _distinct(account.orgs), week_start))


def check_calls(planned: Plan, most: int) -> None:
    """Raises Problem, before the first call, where a plan needs more calls than are allowed."""
    calls, query = len(planned.cells), planned.query
    if calls > most:
        orgs = len(planned.parts) if query.by == "org" else 0
        raise Problem("too-many-calls", calls=calls, most=most, by=query.by, orgs=orgs, compared=bool(planned.earlier))


def absolute(planned: Plan) -> Query:
    """The same query with dates and zone in place of relative words, so that it means the same next month.

    A running period becomes its calendar unit, of which more has passed tomorrow. Rolling hours and several months stay
    relative: no absolute period is compared with the same earlier one.
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


def _check_supported(query: Query, account: Account) -> None:
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


def _plan_parts(total: Plan, orgs: tuple[Alias, ...], week_start: int) -> tuple[Part, ...]:
    by = total.query.by
    if by in ROW_UNITS:
        return by_time(total.cell, total.span, by, week_start)
    if by == "org" and not orgs:
        raise Problem("no-organizations")
    return by_org(total.cell, total.earlier_cell, orgs) if by == "org" else ()


def _query_orgs(query: Query, account: Account) -> tuple[Alias, ...]:
    names = query.orgs
    if any(name.casefold() == ALL_ORGS for name in names):
        if len(names) > 1:
            raise Problem("all-and-others", others=[name for name in names if name.casefold() != ALL_ORGS])
        names = ()
    elif not names and account.default_org and query.by != "org":  # That asks for all of them.
        names = (account.default_org,)
    found = _distinct(_find("org", name, account.orgs) for name in names)
    if account.own_org is None:
        return found
    for named in found:
        if named.id != account.own_org:
            raise Problem("not-this-organization", name=named.label, own=account.own_org)
    return (account.orgs.find(account.own_org) or Alias(account.own_org, account.own_org),)


def _find_user(name: str, users: Aliases, me: str | None) -> Alias:
    if name.casefold() != ME:
        return _find("user", name, users)
    if me is None:
        raise Problem("nobody-asks")
    return _find("user", me, users)


def _find(key: str, name: str, aliases: Aliases) -> Alias:
    found = aliases.find(name)
    if found:
        return found
    if DEVIN_IDS[key].fullmatch(name):
        return Alias(name, name)
    known = [named.label for named in aliases]
    raise Problem(f"unknown-{key.replace('_', '-')}", name=name, nearest=nearest(name, known), known=known)


def _distinct(found: Iterable[Alias]) -> tuple[Alias, ...]:
    """Every Devin id once, with the first of its aliases."""
    by_id: dict[str, Alias] = {}
    for named in found:
        by_id.setdefault(named.id, named)
    return tuple(by_id.values())


def _devin_ids(found: tuple[Alias, ...]) -> tuple[str, ...]:
    return tuple(named.id for named in found)


def _alias_labels(found: tuple[Alias, ...]) -> tuple[str, ...]:
    return tuple(named.label for named in found)
