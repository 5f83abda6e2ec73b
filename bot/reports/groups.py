"""Groups the counts of a split report: single rows, smaller ones together, the rest of the total."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal

from bot.devin import SIZES, Cell, Counts, Reading, Size
from bot.queries.query import MOST_ROWS, Breakdown
from bot.reports.plan import Plan
from bot.reports.report import Alike, Pair, pair
from bot.reports.split import ROW_UNITS, Part
from bot.reports.sums import added, beyond

TOLD: dict[Breakdown, tuple[str, ...]] = {"origin": ("sessions",), "size": ("sessions", "shipped")}  # Of each part.


@dataclass(frozen=True, slots=True)
class Group:
    """What a row is made of; `part` is what was planned for it, where it has calls of its own."""

    key: str
    counted: Pair
    kind: Literal["one", "other", "more"] = "one"
    part: Part | None = None
    count: int = 1


def groups(plan: Plan, readings: Mapping[Cell, Reading], settle: timedelta, alike: Alike) -> list[Group]:
    """Time in its own order, sizes in theirs, organizations and origins with the most sessions first.

    Of these, so many as the question wants at most; the smaller ones follow together, and what is in none of them.
    """
    total = pair(plan, readings, (plan.cell, plan.earlier_cell), settle, alike)
    if not splits(total.now, plan.query.by):
        return []
    if plan.query.by == "origin":
        ones = sorted(_origins(total), key=_most_first)
    elif plan.query.by == "size":
        ones = list(_sizes(total))
    else:
        ones = _parts(plan, readings, settle, alike)
    if plan.query.by in ROW_UNITS:
        return ones
    shown = _largest(ones, plan.query.top or MOST_ROWS)
    return shown if complete(plan) else [*shown, *_other(_each(total, partial(_told, by=plan.query.by)), ones)]


def splits(total: Counts, by: Breakdown | None) -> bool:
    """Whether Devin reports a total's origins or sizes, where rows are made of them."""
    return (by != "origin" or total.by_origin is not None) and (by != "size" or total.by_size is not None)


def complete(plan: Plan) -> bool:
    """Whether the rows are all that there is: every day, or all organizations that were asked for."""
    return plan.query.by in ROW_UNITS or (plan.query.by == "org" and bool(plan.cell.filter.orgs))


def together(several: Iterable[Group]) -> Pair:
    """What several groups count as one."""
    pairs = [group.counted for group in several]
    earlier = [counted.earlier for counted in pairs if counted.earlier]
    alike = [counted.alike for counted in pairs if counted.alike]
    return Pair(
        added([counted.now for counted in pairs]),
        added(earlier) if earlier else None,
        added(alike) if len(alike) == len(pairs) else None,
    )


def _parts(plan: Plan, readings: Mapping[Cell, Reading], settle: timedelta, alike: Alike) -> list[Group]:
    pairs = [pair(plan, readings, (part.cell, part.earlier_cell), settle, alike) for part in plan.parts]
    parts = [Group(part.key, counted, part=part) for part, counted in zip(plan.parts, pairs, strict=True)]
    return parts if plan.query.by in ROW_UNITS else sorted(parts, key=_most_first)


def _most_first(group: Group) -> int:
    return -(group.counted.now.sessions or 0)


def _origins(total: Pair) -> Iterator[Group]:
    """Every origin that is known to have had sessions, now or earlier, by name."""
    of_now, *of_before = _of_origin(total.now), *(counts and _of_origin(counts) for counts in total[1:])
    for key in sorted({key for counts in total[:2] if counts for key in counts.by_origin or {}}):
        group = Group(key, Pair(of_now(key), *(of and of(key) for of in of_before)))
        now, earlier = group.counted.now.sessions, group.counted.earlier
        if now or (now == 0 and earlier and earlier.sessions):
            yield group


def _of_origin(counts: Counts) -> Callable[[str], Counts]:
    """An origin's sessions. One that is not listed may be among the others, unless those that are make up the total."""
    listed = counts.by_origin or {}
    unlisted = 0 if sum(listed.values()) == counts.sessions else None
    return lambda key: Counts(listed.get(key, unlisted))


def _sizes(total: Pair) -> Iterator[Group]:
    for size in SIZES if total.now.by_size else ():
        yield Group(size, _each(total, partial(_of_size, size=size)))


def _of_size(counts: Counts, size: Size) -> Counts:
    sizes, shipped = counts.by_size, counts.shipped_by_size
    return Counts(sessions=sizes[size] if sizes else None, shipped=shipped[size] if shipped else None)


def _each(total: Pair, of: Callable[[Counts], Counts]) -> Pair:
    return Pair(of(total.now), *(of(counts) if counts else None for counts in total[1:]))


def _largest(ones: list[Group], most: int) -> list[Group]:
    """So many of them in their order, and the others together."""
    places = sorted(range(len(ones)), key=lambda place: _most_first(ones[place]))
    rest = [ones[place] for place in places[most:]]
    more = [Group("more", together(rest), "more", count=len(rest))] if rest else []
    return [*(ones[place] for place in sorted(places[:most])), *more]


def _other(total: Pair, ones: list[Group]) -> list[Group]:
    """What a total holds beyond the rows: nothing, where they hold as much, or more."""
    parts = together(ones) if ones else _each(total, lambda _: Counts(sessions=0))
    sides = zip(total[1:], parts[1:], strict=True)
    before = [beyond(whole, part) if whole and part else None for whole, part in sides]
    now, earlier = beyond(total.now, parts.now), before[0]
    if now.sessions is None or not (now.sessions or now.shipped or (earlier and earlier.sessions)):
        return []
    return [Group("other", Pair(now, *before), "other")]


def _told(total: Counts, by: Breakdown | None) -> Counts:
    """Of a total, what Devin tells of its parts."""
    names = TOLD.get(by) if by else None
    return Counts(**{name: getattr(total, name) for name in names}) if names else total
