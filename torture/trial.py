"""How hard a trial is: how many digests, how fast time goes by, and what goes wrong in it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from bot.delivery import Digest, occurrence_key
from bot.digests.catch_up import Policy
from bot.digests.clock import Timing
from bot.languages import CODES
from bot.query import parse
from bot.schedule import occurrences, read_rule

DAY = timedelta(days=1)
START = datetime(2026, 10, 29, tzinfo=UTC)  # New York sets its clocks back on the fourth day.
ZONES = tuple(map(ZoneInfo, ("America/New_York", "Asia/Tokyo", "Europe/Berlin")))
QUERIES = tuple(map(parse, ("yesterday", "yesterday org=Payments", "last 7d org=Search", "yesterday vs=none")))
BURST = "daily 09:00"  # The rule of every second digest; the others come one after the other.


@dataclass(frozen=True, slots=True)
class Trial:
    """One run. `day` is how many of the world's seconds a day of the digests' clock takes, `pace` posts in one of them.

    `longest` is how many of the world's seconds may pass after the last occurrence until all is settled.
    """

    replicas: int
    digests: int
    days: int
    day: float
    channels: int
    kills: int
    freezes: int = 0
    restarts: int = 0
    policy: Policy = "latest"
    pace: float = 200
    longest: float = 45
    seed: int = 1

    @property
    def speed(self) -> float:
        """Seconds of the digests' clock in one of the world's."""
        return DAY.total_seconds() / self.day

    @property
    def posts(self) -> int:
        """How many are expected."""
        return self.digests * self.days

    def channel(self, number: int) -> str:
        """The id of the channel that a digest posts to."""
        return f"C{number % self.channels:03}"

    def all_digests(self, since: datetime) -> Iterator[Digest]:
        """Its digests, set up at a moment. No two are the same."""
        for number in range(self.digests):
            minutes = number * 24 * 60 // self.digests
            rule = BURST if number % 2 else f"daily {minutes // 60:02}:{minutes % 60:02}"
            yield Digest(
                rule=read_rule(rule, since.date()),
                tz=ZONES[number % len(ZONES)],
                query=QUERIES[number // self.channels % len(QUERIES)],
                channel=self.channel(number),
                lang=CODES[number % len(CODES)],
                since=since,
                steward="U01NEWYORK",
            )


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


def wanted(digest: Digest, days: int) -> list[Wanted]:
    """A digest's first occurrences."""
    first = islice(occurrences(digest.rule, digest.tz, digest.since), days)
    return [Wanted(digest.id, occurrence_key(one), one.at) for one in first]


@dataclass(frozen=True, slots=True)
class FastClock:
    """The time of a trial, the same in each of its processes: `began` is when it was START, in Unix seconds."""

    began: float
    speed: float

    def __call__(self) -> datetime:
        """What time it is."""
        return START + timedelta(seconds=(time.time() - self.began) * self.speed)


# The world's seconds, in proportion to those of a running bot. A post takes no longer than `post`, so that a lease that
# was renewed just before it lasts.
LEASE, POST, DEADLINE = 3.0, 1.5, 1.2
TIMES = {
    "tick": 0.2,
    "lease": LEASE,
    "post": POST,
    "channel_gap": 0.1,
    "near": 0.2,
    "follow": 0.3,
    "late": 6.0,
    "look_after": 1.0,
    "first_retry": 0.3,
    "longest_retry": 2.0,
    "give_up": 60.0,
    "patience": 12.0,
    "skip_after": 2.0,
}


def timing(speed: float) -> Timing:
    """How long things may take, by a clock of that speed."""
    return replace(Timing(), **{name: timedelta(seconds=length) for name, length in TIMES.items()}).at_speed(speed)
