"""The values of Devin's session metrics: a cell is one API call, a reading its answer with the time of the call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol

from bot.periods.window import Window

# The three endpoints, by the version and scope in their paths.
Source = Literal["v2-enterprise", "v3-organization", "v3-enterprise"]

Size = Literal["xs", "s", "m", "l", "xl"]
SIZES: tuple[Size, ...] = ("xs", "s", "m", "l", "xl")


@dataclass(frozen=True, slots=True)
class Filter:
    """Devin ids that narrow a count. The organization endpoint takes exactly one organization, in its path."""

    orgs: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    service_users: tuple[str, ...] = ()
    playbook: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Exactly one API call: an endpoint, a window and a filter."""

    source: Source
    window: Window
    filter: Filter = Filter()


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers for one window and filter, as Devin reported them.

    None is "not reported", which is not zero. A size map holds all five sizes; an origin map holds what Devin listed,
    origins unknown to this version included.
    """

    sessions: int | None = None
    by_size: Mapping[Size, int] | None = None
    by_origin: Mapping[str, int] | None = None
    with_playbook: int | None = None
    with_search: int | None = None
    shipped: int | None = None
    shipped_by_size: Mapping[Size, int] | None = None
    average_acus: Decimal | None = None

    @property
    def acus(self) -> Fraction | None:
        """All ACUs, from their average: None where Devin reports none, as without sessions."""
        if self.average_acus is None or self.sessions is None:
            return None
        return Fraction(self.average_acus) * self.sessions


@dataclass(frozen=True, slots=True)
class Reading:
    """The counts of a cell and the moment of the call: the counts of a closed window still grow."""

    cell: Cell
    read_at: datetime
    counts: Counts


class Devin(Protocol):
    """Reads cells: from Devin's API, or from the made-up enterprise of the playground."""

    async def read(self, cell: Cell) -> Reading:
        """Makes the call of a cell. Raises Problem, with a key for each way in which it can fail."""
        ...
