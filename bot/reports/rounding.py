"""Rounds a total and its parts so that the rounded parts add up to the rounded total."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor


def round_half_away(value: Fraction) -> int:
    """The nearest whole number; a half is rounded away from zero, as in printed figures."""
    return floor(abs(value) + Fraction(1, 2)) * (-1 if value < 0 else 1)


def apportion(exact: Sequence[Fraction], total: int) -> list[int]:
    """Whole numbers for the parts of a rounded total, by the largest remainder: each part is rounded down or up.

    They add up to the total. Opposite signs of all parts and of the total give the opposite signs of all numbers.
    """
    sign = next((1 if value > 0 else -1 for value in (Fraction(total), *exact) if value), 1)
    rounded = [floor(sign * part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: rounded[place] - sign * exact[place])
    for place in by_remainder[: sign * total - sum(rounded)]:
        rounded[place] += 1
    return [sign * part for part in rounded]
