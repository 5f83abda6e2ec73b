"""How hard a trial is: how many digests, when they come due, and what goes wrong meanwhile."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from zoneinfo import ZoneInfo

from bot.queries.languages import CODES
from bot.queries.query import parse
from bot.schedules.delivery import Digest, occurrence_key
from bot.schedules.schedule import occurrences, read_rule

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
QUERIES = tuple(map(parse, ("yesterday", "yesterday org=Payments", "last 7d org=Search", "yesterday vs=none")))
# Of whole, half and quarter hours, so that one moment has many wall times.
ZONES = tuple(
    map(
        ZoneInfo,
        (
            *("America/New_York", "Asia/Tokyo", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"),
            *("Asia/Kolkata", "Australia/Eucla"),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One run. A third of the digests is `behind` days late when they are added, so that they are caught up with; the
    others come due at the next two full minutes.

    `staged` says whether the misfortunes are brought about, too. `pace` is posts a second. Slack is well again `calm`
    seconds after the beginning, and `longest` after it all has to be settled: between the two a lease has to end, and
    what a fault has put off has to be tried again.
    """

    replicas: int
    digests: int
    channels: int
    longest: float
    kills: int = 0
    freezes: int = 0
    restarts: int = 0
    staged: bool = True
    minutes: int = 2
    behind: int = 2
    pace: float = 20
    calm: float = 120
    seed: int = 1

    def channel(self, number: int) -> str:
        """The id of the channel that a digest posts to."""
        return f"C{number % self.channels:03}"

    def all_digests(self, at: datetime) -> Iterator[tuple[Digest, int]]:
        """Its digests, added at a moment, and how many occurrences of each have to be posted. No two are the same."""
        next_minute = at.replace(second=0, microsecond=0) + MINUTE
        moments = cycle([next_minute - MINUTE, *(next_minute + MINUTE * later for later in range(self.minutes))])
        for number, moment in zip(range(self.digests), moments, strict=False):
            behind = self.behind if moment < at else 0
            yield self.digest(number, moment, since=at - DAY * behind if behind else at), behind or 1

    def digest(self, number: int, moment: datetime, since: datetime) -> Digest:
        """One that is due each day when it is as late there as at a moment."""
        tz = ZONES[number % len(ZONES)]
        return Digest(
            rule=read_rule(f"daily {moment.astimezone(tz):%H:%M}", since.date()),
            tz=tz,
            query=QUERIES[number // self.channels % len(QUERIES)],
            channel=self.channel(number),
            lang=CODES[number % len(CODES)],
            since=since,
            steward="U01NEWYORK",
        )

    def planned(self, misfortunes: int) -> Mapping[str, int]:
        """How often what has to happen to its processes; in a freeze one of the others is killed, and the last of the
        misfortunes kills all.
        """
        with_a_freeze = self.freezes if self.replicas > 1 else 0
        return {
            "kills": self.kills + with_a_freeze + self.replicas * self.staged,
            "freezes": self.freezes,
            "restarts": self.restarts,
            "misfortunes": misfortunes * self.staged,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """One occurrence that has to be posted."""

    digest: int
    occurrence: str
    due: datetime

    @property
    def key(self) -> tuple[int, str]:
        """What its row is found by."""
        return self.digest, self.occurrence


def wanted(digest: Digest, count: int) -> list[Wanted]:
    """A digest's first occurrences."""
    first = islice(occurrences(digest.rule, digest.tz, digest.since), count)
    return [Wanted(digest.id, occurrence_key(one), one.at) for one in first]
