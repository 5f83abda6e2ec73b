"""Why a figure changed: its change as exact parts that add up, also as printed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Literal, NamedTuple

from bot.devin import SIZES, Cell, Counts, Reading, Size
from bot.reports.plan import Plan
from bot.reports.report import NO_COMPARABLE, SMALLEST_SAMPLE, Comparable, Report

By = Literal["org", "origin", "size"]
# Which way the share of a size moved. It is `more` or `less` work only where its number of sessions moved that way too.
Move = Literal["more", "less", "larger-share", "smaller-share"]

MOST_NAMED = 4  # Of more groups the first three are named, and the rest told as one part.
SECOND = Fraction(1, 2)  # A second size is named where it moved the rate at least half as much as the first.
TENTHS = 1000  # Of a percentage point, in which a change of the rate is printed.


class GroupedCount(NamedTuple):
    """A count and those of its groups, by name. A group that is not listed may be in what is left."""

    total: int
    groups: Mapping[str, int]

    @property
    def left(self) -> int:
        """What is in none of the groups."""
        return self.total - sum(self.groups.values())


class CountPart(NamedTuple):
    """How many sessions more or fewer a group had."""

    name: str
    change: int


@dataclass(frozen=True, slots=True)
class CountSplit:
    """A count's change by group, the largest first. `other` is what Devin counts but does not list."""

    by: By
    parts: tuple[CountPart, ...]
    other: int

    @property
    def change(self) -> int:
        """The sum of all parts, which is the count's change."""
        return sum(part.change for part in self.parts) + self.other

    @property
    def named(self) -> tuple[CountPart, ...]:
        """The parts that a sentence has room for by name."""
        moved = tuple(part for part in self.parts if part.change)
        return moved if len(moved) <= MOST_NAMED else moved[: MOST_NAMED - 1]

    @property
    def more(self) -> tuple[CountPart, ...]:
        """Those that it tells as one number."""
        return tuple(part for part in self.parts[len(self.named) :] if part.change)


class SessionGroup(NamedTuple):
    """Sessions of a period, and how many of them shipped. Devin may count shipped sessions where it counts none."""

    created: int
    shipped: int

    @property
    def rate(self) -> Fraction | None:
        """The ship rate; None of no sessions."""
        return Fraction(self.shipped, self.created) if self.created else None


@dataclass(frozen=True, slots=True)
class RatePart:
    """What one size, or the sessions without one (None), adds to the ship rate's change."""

    size: Size | None
    now: SessionGroup
    earlier: SessionGroup
    shift: Fraction  # Of its share of all sessions.
    mix: Fraction
    rate: Fraction

    @property
    def move(self) -> Move:
        """In words: more sessions of it, or only a larger share."""
        grown = self.now.created - self.earlier.created
        if self.shift > 0:
            return "more" if grown > 0 else "larger-share"
        return "less" if grown < 0 else "smaller-share"


class Points(NamedTuple):
    """Percentage points as they are printed, with one decimal: those of mix and rate add up to the change."""

    change: Fraction
    mix: Fraction
    rate: Fraction


class ReasonRow(NamedTuple):
    """One size with its printed points: those of all rows add up to the mix, and to the rate."""

    part: RatePart
    mix: Fraction
    rate: Fraction


class Driver(NamedTuple):
    """One or two sizes whose shares moved the same way."""

    move: Move
    sizes: tuple[Size | None, ...]


@dataclass(frozen=True, slots=True)
class RateSplit:
    """The ship rate's change: from another mix of sizes, and from other rates at the same sizes."""

    now: SessionGroup
    earlier: SessionGroup
    parts: tuple[RatePart, ...]

    @property
    def mix(self) -> Fraction:
        """How much comes from other shares of the sizes."""
        return sum((part.mix for part in self.parts), Fraction())

    @property
    def rate(self) -> Fraction:
        """How much comes from other rates at the same sizes."""
        return sum((part.rate for part in self.parts), Fraction())

    @property
    def points(self) -> Points:
        """The change, rounded as a figure's is, and its two parts."""
        change = _nearest((self.mix + self.rate) * TENTHS)
        mix, rate = apportioned([self.mix * TENTHS, self.rate * TENTHS], change)
        return Points(Fraction(change, 10), Fraction(mix, 10), Fraction(rate, 10))

    @property
    def rows(self) -> tuple[ReasonRow, ...]:
        """Every size that had sessions, in order of size."""
        _, mix, rate = self.points
        mixes = apportioned([part.mix * TENTHS for part in self.parts], int(mix * 10))
        rates = apportioned([part.rate * TENTHS for part in self.parts], int(rate * 10))
        columns = zip(self.parts, mixes, rates, strict=True)
        return tuple(ReasonRow(part, Fraction(mix, 10), Fraction(rate, 10)) for part, mix, rate in columns)

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """The sizes behind most of the mix, two at most; together where their shares moved the same way."""
        same_sign = sorted((part for part in self.parts if part.mix * self.mix > 0), key=lambda part: -abs(part.mix))
        named = [part for part in same_sign[:2] if abs(part.mix) >= SECOND * abs(same_sign[0].mix)]
        by_size = [part for part in self.parts if part in named]
        moves = dict.fromkeys(part.move for part in named)
        return tuple(Driver(move, tuple(part.size for part in by_size if part.move == move)) for move in moves)


@dataclass(frozen=True, slots=True)
class Reasons:
    """What can be said of why a report's figures changed; None where nothing can."""

    sessions: CountSplit | None = None
    ship_rate: RateSplit | None = None


def reasons(
    report: Report, plan: Plan, readings: Mapping[Cell, Reading], comparable: Comparable = NO_COMPARABLE
) -> Reasons:
    """The reasons for a report's changes, from its readings and the `comparable` ones.

    None over v2, below SMALLEST_SAMPLE sessions in either period, between readings of different ages, and where the
    printed figure did not change. Sessions are split as the report is, or else by origin.
    """
    if plan.earlier_cell is None or plan.cell.source == "v2-enterprise":
        return Reasons()
    now, earlier = readings[plan.cell].counts, readings[plan.earlier_cell].counts
    if min(now.sessions or 0, earlier.sessions or 0) < SMALLEST_SAMPLE:
        return Reasons()
    by: By = "org" if plan.query.by == "org" else "size" if plan.query.by == "size" else "origin"
    matures_like = "large_share" if by == "size" else "sessions"  # Sizes mature, though their sum does not.
    compared = {name for name, figure in report.figures.items() if figure.comparison == "change"}
    at_same_age = comparable.get(plan.earlier_cell)
    # The sessions of all sizes are compared with one earlier reading, those of each size with the other.
    two_readings = by == "size" and at_same_age is not None
    split = matures_like in compared and not two_readings
    sessions = split_count(by, *_grouped_counts(by, plan, readings)) if split else None
    ship_rate = split_rate(now, at_same_age.counts if at_same_age else earlier) if "ship_rate" in compared else None
    return Reasons(
        sessions if sessions and sessions.change and sessions.named else None,
        ship_rate if ship_rate and ship_rate.points.change else None,
    )


def split_count(by: By, now: GroupedCount, earlier: GroupedCount) -> CountSplit | None:
    """A count's change as the sum of its groups' changes, and of what is left.

    A group that is not listed in one period had nothing then, unless something is left that may be its own: then its
    change is left, too. None where the groups hold more than the total: they are not parts of it.
    """
    if min(now.left, earlier.left) < 0:
        return None
    sides = (now, earlier)
    names = {
        name for one in sides for name in one.groups if all(name in side.groups or not side.left for side in sides)
    }
    parts = [CountPart(name, now.groups.get(name, 0) - earlier.groups.get(name, 0)) for name in names]
    parts.sort(key=lambda part: (-abs(part.change), part.name))
    return CountSplit(by, tuple(parts), now.total - earlier.total - sum(part.change for part in parts))


def split_rate(now: Counts, earlier: Counts) -> RateSplit | None:
    """The symmetric, centred shift-share decomposition of the ship rate's change by size.

    A size has a share of all sessions and a rate of its own; R is the rate of all. With means over both periods:
    mix = change of share x (mean rate - mean R), so that a size matters by how far it lies from the whole, and
    rate = change of rate x mean share. A rate that a size lacks in one period is that of the other. All of it sums to
    the change of R exactly. None where a figure is missing, or the sizes hold more than the total.
    """
    groups, earlier_groups = _groups(now), _groups(earlier)
    if groups is None or earlier_groups is None:
        return None
    pairs = {size: (groups[size], earlier_groups[size]) for size in groups}
    whole = _whole(groups), _whole(earlier_groups)
    return RateSplit(
        *whole, tuple(_rate_part(size, pair, whole) for size, pair in pairs.items() if any(map(any, pair)))
    )


def apportioned(exact: Sequence[Fraction], total: int) -> list[int]:
    """Whole numbers for the parts of a total that was rounded: each rounded down or up, by the largest remainder.

    They add up to the total. With every sign turned round, so is the answer.
    """
    sign = next((1 if value > 0 else -1 for value in (Fraction(total), *exact) if value), 1)
    lower = [floor(sign * part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: lower[place] - sign * exact[place])
    for place in by_remainder[: sign * total - sum(lower)]:
        lower[place] += 1
    return [sign * part for part in lower]


def _nearest(value: Fraction) -> int:
    """Rounded as printed numbers are: a half goes away from zero."""
    return floor(abs(value) + Fraction(1, 2)) * (-1 if value < 0 else 1)


def _grouped_counts(by: By, plan: Plan, readings: Mapping[Cell, Reading]) -> Iterator[GroupedCount]:
    """The sessions of both periods by group, now and earlier. A group that is not reported is not listed."""
    now = plan.cell, {part.name: part.cell for part in plan.parts}
    earlier = plan.earlier_cell, {part.name: part.earlier_cell for part in plan.parts}
    for cell, orgs in (now, earlier):
        counts = readings[cell].counts if cell else Counts()
        groups: dict[str, int | None] = {**(counts.by_origin or {})}
        if by == "org":
            groups = {name: readings[org].counts.sessions for name, org in orgs.items() if org}
        elif by == "size":
            groups = {size: (counts.by_size or {}).get(size) for size in SIZES}
        yield GroupedCount(counts.sessions or 0, {name: count for name, count in groups.items() if count is not None})


def _groups(counts: Counts) -> dict[Size | None, SessionGroup] | None:
    """Sessions by size, those without one last; None where a figure is missing or does not add up."""
    created, shipped = counts.by_size, counts.shipped_by_size
    if created is None or shipped is None or counts.shipped is None or not counts.sessions:
        return None
    sized: dict[Size | None, SessionGroup] = {
        size: SessionGroup(created.get(size, 0), shipped.get(size, 0)) for size in SIZES
    }
    whole = _whole(sized)
    rest = SessionGroup(counts.sessions - whole.created, counts.shipped - whole.shipped)
    return None if min(rest) < 0 else sized | {None: rest}


def _whole(groups: Mapping[Size | None, SessionGroup]) -> SessionGroup:
    return SessionGroup(sum(one.created for one in groups.values()), sum(one.shipped for one in groups.values()))


def _rate_part(
    size: Size | None, group: tuple[SessionGroup, SessionGroup], whole: tuple[SessionGroup, SessionGroup]
) -> RatePart:
    """One size's part. What its share does not explain is its rate's.

    That is the change of rate x mean share, plus shipped sessions of a size in which none were created.
    """
    now, earlier = group
    whole_now, whole_earlier = whole
    shift = Fraction(now.created, whole_now.created) - Fraction(earlier.created, whole_earlier.created)
    grown = Fraction(now.shipped, whole_now.created) - Fraction(earlier.shipped, whole_earlier.created)
    mean = _mean_rate(now, earlier)
    return RatePart(size, now, earlier, shift, shift * (mean - _mean_rate(*whole)), grown - shift * mean)


def _mean_rate(now: SessionGroup, earlier: SessionGroup) -> Fraction:
    """Of both periods, or of the one that has sessions; without any, its share is zero and the rate no matter."""
    rates = [one.rate for one in (now, earlier) if one.rate is not None]
    return sum(rates, Fraction()) / len(rates) if rates else Fraction()
