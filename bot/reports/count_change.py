"""The change of a count as the sum of its groups' changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

GroupedBy = Literal["org", "origin", "size"]

MOST_NAMED = 4  # Of more groups the first three are named, and the others are one number.


class GroupedCount(NamedTuple):
    """A count and those of its groups, by name. The sessions of a group that is not listed may be in the remainder."""

    total: int
    groups: Mapping[str, int]

    @property
    def remainder(self) -> int:
        """How many are in none of the groups."""
        return self.total - sum(self.groups.values())


class CountPart(NamedTuple):
    """How many sessions more or fewer a group had."""

    name: str
    change: int


@dataclass(frozen=True, slots=True)
class CountChange:
    """A count's change by group, the largest first. `other` is the change of the remainder."""

    by: GroupedBy
    parts: tuple[CountPart, ...]
    other: int

    @property
    def change(self) -> int:
        """The sum of all parts, which is the count's change."""
        return sum(part.change for part in self.parts) + self.other

    @property
    def named(self) -> tuple[CountPart, ...]:
        """The parts that a sentence has room for by name."""
        changed = tuple(part for part in self.parts if part.change)
        return changed if len(changed) <= MOST_NAMED else changed[: MOST_NAMED - 1]

    @property
    def more(self) -> tuple[CountPart, ...]:
        """The parts that a sentence adds up to one number."""
        return tuple(part for part in self.parts[len(self.named) :] if part.change)


def count_change(by: GroupedBy, now: GroupedCount, earlier: GroupedCount) -> CountChange | None:
    """A count's change as the sum of its groups' changes, and of that of the remainder.

    A group that one period does not list had no sessions then, if that period has no remainder; otherwise they may be
    in the remainder, and so is the group's change. None where the groups exceed the total: they are not its parts.
    """
    if min(now.remainder, earlier.remainder) < 0:
        return None
    sides = (now, earlier)
    names = {
        name for one in sides for name in one.groups if all(name in side.groups or not side.remainder for side in sides)
    }
    parts = [CountPart(name, now.groups.get(name, 0) - earlier.groups.get(name, 0)) for name in names]
    parts.sort(key=lambda part: (-abs(part.change), part.name))
    return CountChange(by, tuple(parts), now.total - earlier.total - sum(part.change for part in parts))
