"""A made-up Devin enterprise, whose counts are a pure function.

It consists of single sessions, drawn per organization and UTC day by a generator seeded with both. So windows add up,
organizations add up, and a closed week matures as its pull requests get merged. Nothing but `Random.random` and plain
arithmetic makes the numbers: those give the same on every machine and Python version, `choices` and `exp` need not.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import inf
from random import Random
from typing import NamedTuple, TypeVar

from bot.devin import SIZES, Cell, Counts, Filter, Reading, Size
from bot.periods.window import Window
from bot.problems import Problem

ORGS = {"Payments": "org-payments", "Search": "org-search", "Platform": "org-platform"}
USERS = tuple(f"user-{number:02}" for number in range(1, 13))
SERVICE_USERS = ("service-user-ci", "service-user-nightly")
PLAYBOOKS = ("playbook-bug-fix", "playbook-dependency-upgrade", "playbook-test-coverage")
# Those that both v3 specifications name. Devin lists each of them, at 0 too; it hides others, such as `cli` below.
ORIGINS = ("slack", "webapp", "automation", "linear", "jira", "api", "desktop", "teams")

T = TypeVar("T")
Draw = Callable[[], float]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR, _DAY = 3_600, 86_400
_FIRST_DAY = (date(2023, 1, 1) - _EPOCH.date()).days


class _Team(NamedTuple):
    share: float  # Of the enterprise's sessions.
    lead: int  # Who of USERS works here most.


class _Week(NamedTuple):
    volume: float
    incident: bool  # Larger sessions, and few of them get merged.


class _Work(NamedTuple):
    size: Size
    acus: int  # In hundredths, so that totals are exact.


class Session(NamedTuple):
    """One session: how it began, and what becomes of it and when, in Unix seconds."""

    created: int
    maker: str
    origin: str
    playbook: str | None
    search: bool
    work: _Work
    resumed: _Work
    resumed_at: float
    merged_at: float

    def work_at(self, moment: float) -> _Work:
        """Its size and ACUs as seen then: a session that was resumed has grown."""
        return self.resumed if self.resumed_at <= moment else self.work


def _weighted(shares: Mapping[T, int]) -> tuple[T, ...]:
    return tuple(thing for thing, share in shares.items() for _ in range(share))


_TEAMS = {"org-payments": _Team(0.36, 4), "org-search": _Team(0.20, 8), "org-platform": _Team(0.44, 0)}
_WEEKDAYS = (0.19, 0.20, 0.20, 0.20, 0.17, 0.02, 0.02)  # Monday to Sunday, of a week's sessions.
_ORIGINS = _weighted(
    {"slack": 32, "webapp": 25, "automation": 22, "linear": 8, "jira": 6, "api": 3, "desktop": 2, "cli": 2}
)
_PLAYBOOKS = _weighted({None: 59, **dict(zip(PLAYBOOKS, (18, 14, 9), strict=True))})
_USUAL_SIZES: tuple[Size, ...] = _weighted({"xs": 21, "s": 34, "m": 29, "l": 13, "xl": 3})
_INCIDENT_SIZES: tuple[Size, ...] = _weighted({"xs": 16, "s": 29, "m": 31, "l": 19, "xl": 5})
# From, to, in hundredths of an ACU. Devin publishes no such ranges: these are as made up as everything here.
_ACUS: dict[Size, tuple[int, int]] = {
    "xs": (40, 180),
    "s": (180, 450),
    "m": (450, 850),
    "l": (850, 1_600),
    "xl": (1_600, 3_200),
}
_MERGES: dict[Size, float] = {"xs": 0.49, "s": 0.60, "m": 0.55, "l": 0.41, "xl": 0.27}


def sample_counts(window: Window, ids: Filter, at: datetime) -> Counts:
    """What Devin would count for that window and filter, if it were asked at that moment."""
    moment = _seconds(at)
    makers = _makers(ids)
    return _count(
        [
            session
            for session in _created(window, ids.orgs, moment)
            if session.maker in makers and ids.playbook in {None, session.playbook}
        ],
        moment,
    )


@dataclass(frozen=True, slots=True)
class SampleDevin:
    """The made-up enterprise in place of Devin's API, always asked at the same moment."""

    at: datetime

    async def read(self, cell: Cell) -> Reading:
        """Counts the cell; over v2 only sessions. An organization that is not there is refused, as Devin does."""
        if not set(cell.filter.orgs) <= set(ORGS.values()):
            raise Problem(
                "devin-forbidden",
                status=403,
                source=cell.source,
                orgs=cell.filter.orgs,
                detail=None,
                seconds=None,
                tries=1,
            )
        counted = sample_counts(cell.window, cell.filter, self.at)
        if cell.source == "v2-enterprise":
            counted = Counts(sessions=counted.sessions)
        return Reading(cell, self.at, counted)


def _count(sessions: list[Session], moment: float) -> Counts:
    origins = Counter(session.origin for session in sessions)
    shipped = [session for session in sessions if session.merged_at <= moment]
    return Counts(
        sessions=len(sessions),
        by_size=_by_size(sessions, moment),
        by_origin={origin: origins[origin] for origin in ORIGINS},
        with_playbook=sum(session.playbook is not None for session in sessions),
        with_search=sum(session.search for session in sessions),
        shipped=len(shipped),
        shipped_by_size=_by_size(shipped, moment),
        average_acus=_average_acus(sessions, moment),
    )


def _by_size(sessions: Iterable[Session], moment: float) -> dict[Size, int]:
    sizes = Counter(session.work_at(moment).size for session in sessions)
    return {size: sizes[size] for size in SIZES}


def _average_acus(sessions: list[Session], moment: float) -> Decimal | None:
    if not sessions:
        return None
    hundredths = sum(session.work_at(moment).acus for session in sessions)
    return round(Decimal(hundredths) / (100 * len(sessions)), 6)


def _makers(ids: Filter) -> set[str]:
    # Users and service users widen each other: a session is made by one or the other, never by both.
    if not ids.users and not ids.service_users:
        return {*USERS, *SERVICE_USERS}
    return set(USERS).intersection(ids.users) | set(SERVICE_USERS).intersection(ids.service_users)


def _created(window: Window, orgs: tuple[str, ...], moment: float) -> Iterator[Session]:
    after, before = _seconds(window.after), _seconds(window.before)
    days = range(max(int(after // _DAY), _FIRST_DAY), int(min(before, moment) // _DAY) + 1)
    for org in _TEAMS:
        for day in days if org in orgs or not orgs else ():
            for session in _sessions_of_day(org, day):
                if after <= session.created < before and session.created <= moment:
                    yield session


@lru_cache(maxsize=4_096)  # Three years, the longest period, of three organizations.
def _sessions_of_day(org: str, day: int) -> tuple[Session, ...]:
    draw = _seeded(f"{org} day {day}")
    week = _week(org, (day + 3) // 7)  # Day 0 was a Thursday; weeks start on Mondays.
    expected = _weekly_sessions(day) * _TEAMS[org].share * _WEEKDAYS[(day + 3) % 7] * week.volume
    number = int(expected * (0.8 + 0.4 * draw()) + draw())
    return tuple(_session(draw, org, day, incident=week.incident) for _ in range(number))


@lru_cache(maxsize=1_024)
def _week(org: str, week: int) -> _Week:
    draw = _seeded(f"{org} week {week}")
    return _Week(volume=0.88 + 0.24 * draw(), incident=draw() < 0.08)


def _weekly_sessions(day: int) -> float:
    # Five years of growth; without an end, a far moment would have more sessions than anyone can wait for.
    return 40 + 0.255 * min(day - _FIRST_DAY, 5 * 365)


def _session(draw: Draw, org: str, day: int, *, incident: bool) -> Session:
    created = day * _DAY + _second(draw)
    origin = _choose(_ORIGINS, draw)
    size = _choose(_INCIDENT_SIZES if incident else _USUAL_SIZES, draw)
    depth = draw()
    work = _work(size, depth)
    resumes = draw() < 0.10
    merges = draw() < _MERGES[size] * (0.6 if incident else 1)
    return Session(
        created=created,
        maker=_maker(draw, org, origin),
        origin=origin,
        playbook=_choose(_PLAYBOOKS, draw),
        search=draw() < 0.28,
        work=work,
        resumed=_work(_next_size(size), depth) if resumes else work,
        resumed_at=created + _delay(draw, 30 * _HOUR) if resumes else inf,
        merged_at=created + _delay(draw, 6 * _HOUR) if merges else inf,
    )


def _second(draw: Draw) -> int:
    # Most of the work is done in the daytime of the Americas and the afternoon of Europe, around 17:00 UTC.
    if draw() < 0.12:
        return int(_DAY * draw())
    return int(_HOUR * (10 + 7 * draw() + 7 * draw()))


def _maker(draw: Draw, org: str, origin: str) -> str:
    if origin in {"automation", "api"}:
        return _choose(SERVICE_USERS, draw)
    nearness = draw()
    return USERS[(_TEAMS[org].lead + int(len(USERS) * nearness * nearness)) % len(USERS)]


def _work(size: Size, depth: float) -> _Work:
    least, most = _ACUS[size]
    return _Work(size, least + int(depth * (most - least)))


def _next_size(size: Size) -> Size:
    return SIZES[min(SIZES.index(size) + 1, len(SIZES) - 1)]


def _delay(draw: Draw, half: int) -> int:
    # Half are through by then, few take long, and after four weeks nothing changes any more: Devin's numbers settle.
    waited = draw()
    return min(_HOUR // 6 + int(half * waited / (1 - waited)), 28 * _DAY)


def _choose(things: tuple[T, ...], draw: Draw) -> T:
    return things[int(draw() * len(things))]


def _seeded(seed: str) -> Draw:
    return Random(seed).random  # noqa: S311 (repeatable is what is wanted, not secret)


def _seconds(instant: datetime) -> float:
    return (instant - _EPOCH) / timedelta(seconds=1)
