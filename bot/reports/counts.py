"""Adds counts, and subtracts them."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from bot.devin import SIZES, Counts, Size

Number = TypeVar("Number", int, Fraction)


def add_counts(several: Sequence[Counts]) -> Counts:
    """The sum of several counts. A field that one of them does not report is None; so is the map of origins."""
    sessions = _sum([counts.sessions for counts in several])
    return Counts(
        sessions=sessions,
        by_size=_sum_by_size([counts.by_size for counts in several]),
        with_playbook=_sum([counts.with_playbook for counts in several]),
        with_search=_sum([counts.with_search for counts in several]),
        shipped=_sum([counts.shipped for counts in several]),
        shipped_by_size=_sum_by_size([counts.shipped_by_size for counts in several]),
        average_acus=_average(_sum([total_acus(counts) for counts in several]), sessions),
    )


def subtract_counts(total: Counts, parts: Counts) -> Counts:
    """A total without its parts. A field is None where either does not report it, or where the parts exceed the total;
    so is the map of origins.
    """
    sessions = _difference(total.sessions, parts.sessions)
    return Counts(
        sessions=sessions,
        by_size=_difference_by_size(total.by_size, parts.by_size),
        with_playbook=_difference(total.with_playbook, parts.with_playbook),
        with_search=_difference(total.with_search, parts.with_search),
        shipped=_difference(total.shipped, parts.shipped),
        shipped_by_size=_difference_by_size(total.shipped_by_size, parts.shipped_by_size),
        average_acus=_average(_difference(total_acus(total), total_acus(parts)), sessions),
    )


def total_acus(counts: Counts) -> Fraction | None:
    """All ACUs, to be added up. No sessions have none, though they have no average to report."""
    return Fraction() if counts.sessions == 0 else counts.acus


def _sum(values: Iterable[Number | None]) -> Number | None:
    total = None
    for value in values:
        if value is None:
            return None
        total = value if total is None else total + value
    return total


def _difference(total: Number | None, part: Number | None) -> Number | None:
    return None if total is None or part is None or total < part else total - part


def _sum_by_size(several: Sequence[Mapping[Size, int] | None]) -> dict[Size, int] | None:
    known = [sizes for sizes in several if sizes is not None]
    return {size: sum(sizes[size] for sizes in known) for size in SIZES} if len(known) == len(several) else None


def _difference_by_size(total: Mapping[Size, int] | None, part: Mapping[Size, int] | None) -> dict[Size, int] | None:
    if total is None or part is None:
        return None
    difference = {size: total[size] - part[size] for size in SIZES}
    return difference if min(difference.values()) >= 0 else None


def _average(amount: Fraction | None, sessions: int | None) -> Decimal | None:
    """The average as Devin reports it: a decimal, rounded to 28 digits."""
    if amount is None or not sessions:
        return None
    average = amount / sessions
    return Decimal(average.numerator) / Decimal(average.denominator)
