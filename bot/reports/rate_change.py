"""The change of the ship rate by session size: a shift-share decomposition."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from bot.devin import SIZES, Counts, Size
from bot.reports.rounding import apportion, round_half_away

# Which way the share of a size moved. It is `more` or `less` work only where its number of sessions moved that way too.
Move = Literal["more", "less", "larger-share", "smaller-share"]

SECOND_DRIVER = Fraction(1, 2)  # A second size is named where it moved the rate at least half as much as the first.
TENTHS_OF_A_POINT = 1000  # In a rate of 1: changes are printed in tenths of a percentage point.


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
        """Whether it had more sessions, or only a larger share; or fewer, or only a smaller share."""
        grown = self.now.created - self.earlier.created
        if self.shift > 0:
            return "more" if grown > 0 else "larger-share"
        return "less" if grown < 0 else "smaller-share"


class Points(NamedTuple):
    """Percentage points as they are printed, with one decimal: those of mix and rate add up to the change."""

    change: Fraction
    mix: Fraction
    rate: Fraction


class RateRow(NamedTuple):
    """One size with its printed points: those of all rows add up to the mix, and to the rate."""

    part: RatePart
    mix: Fraction
    rate: Fraction


class Driver(NamedTuple):
    """One or two sizes whose shares moved the same way."""

    move: Move
    sizes: tuple[Size | None, ...]


@dataclass(frozen=True, slots=True)
class RateChange:
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
        change = round_half_away((self.mix + self.rate) * TENTHS_OF_A_POINT)
        mix, rate = apportion([self.mix * TENTHS_OF_A_POINT, self.rate * TENTHS_OF_A_POINT], change)
        return Points(Fraction(change, 10), Fraction(mix, 10), Fraction(rate, 10))

    @property
    def rows(self) -> tuple[RateRow, ...]:
        """Every size that had sessions, in order of size."""
        _, mix, rate = self.points
        mixes = apportion([part.mix * TENTHS_OF_A_POINT for part in self.parts], int(mix * 10))
        rates = apportion([part.rate * TENTHS_OF_A_POINT for part in self.parts], int(rate * 10))
        columns = zip(self.parts, mixes, rates, strict=True)
        return tuple(RateRow(part, Fraction(mix, 10), Fraction(rate, 10)) for part, mix, rate in columns)

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """The sizes behind most of the mix, two at most; together where their shares moved the same way."""
        same_sign = sorted((part for part in self.parts if part.mix * self.mix > 0), key=lambda part: -abs(part.mix))
        named = [part for part in same_sign[:2] if abs(part.mix) >= SECOND_DRIVER * abs(same_sign[0].mix)]
        by_size = [part for part in self.parts if part in named]
        moves = dict.fromkeys(part.move for part in named)
        return tuple(Driver(move, tuple(part.size for part in by_size if part.move == move)) for move in moves)


def rate_change(now: Counts, earlier: Counts) -> RateChange | None:
    """The symmetric, centred shift-share decomposition of the ship rate's change by size.

    A size has a share of all sessions and a rate of its own; R is the rate of all. With means over both periods:
    mix = change of share x (mean rate - mean R), so that a size matters by how far it lies from the whole, and
    rate = change of rate x mean share. A rate that a size lacks in one period is that of the other. All of it sums to
    the change of R exactly. None where a figure is missing, or the sizes hold more than the total.
    """
    groups, earlier_groups = _sessions_by_size(now), _sessions_by_size(earlier)
    if groups is None or earlier_groups is None:
        return None
    pairs = {size: (groups[size], earlier_groups[size]) for size in groups}
    total = _total(groups), _total(earlier_groups)
    return RateChange(
        *total, tuple(_rate_part(size, pair, total) for size, pair in pairs.items() if any(map(any, pair)))
    )


def _sessions_by_size(counts: Counts) -> dict[Size | None, SessionGroup] | None:
    """Sessions by size, those without one last; None where a figure is missing, or the sizes exceed the total."""
    created, shipped = counts.by_size, counts.shipped_by_size
    if created is None or shipped is None or counts.shipped is None or not counts.sessions:
        return None
    sized: dict[Size | None, SessionGroup] = {
        size: SessionGroup(created.get(size, 0), shipped.get(size, 0)) for size in SIZES
    }
    total = _total(sized)
    unsized = SessionGroup(counts.sessions - total.created, counts.shipped - total.shipped)
    return None if min(unsized) < 0 else sized | {None: unsized}


def _total(groups: Mapping[Size | None, SessionGroup]) -> SessionGroup:
    return SessionGroup(sum(one.created for one in groups.values()), sum(one.shipped for one in groups.values()))


def _rate_part(
    size: Size | None, group: tuple[SessionGroup, SessionGroup], total: tuple[SessionGroup, SessionGroup]
) -> RatePart:
    """One size's part. What its share does not explain is its rate's.

    That is the change of rate x mean share, plus shipped sessions of a size in which none were created.
    """
    now, earlier = group
    total_now, total_earlier = total
    shift = Fraction(now.created, total_now.created) - Fraction(earlier.created, total_earlier.created)
    grown = Fraction(now.shipped, total_now.created) - Fraction(earlier.shipped, total_earlier.created)
    mean = _mean_rate(now, earlier)
    return RatePart(size, now, earlier, shift, shift * (mean - _mean_rate(*total)), grown - shift * mean)


def _mean_rate(now: SessionGroup, earlier: SessionGroup) -> Fraction:
    """The mean of both periods' rates, or the one of the period that has sessions; 0 without any, as its share is."""
    rates = [one.rate for one in (now, earlier) if one.rate is not None]
    return sum(rates, Fraction()) / len(rates) if rates else Fraction()
