"""What came of a trial: each occurrence that had to be posted, against the rows and the posts that are there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.playground.slack.standin import Post
from bot.schedules.delivery import FINAL_STATES, Delivery
from bot.slack.client import DELIVERY_EVENT
from bot.store import Store
from bot.store.deliveries import deliveries, delivery_of
from bot.store.digests import all_digests
from torture.trial import Wanted

Rows = Mapping[tuple[int, str], Delivery]
ACCOUNTED = {"uncertain", "failed", "missed"}


@dataclass(frozen=True, slots=True)
class Score:
    """The counts.

    `found` are posts that the channel's history told of. `slow` have a row whose work is not done, or none yet; `lost`
    were not posted, though their row says so, or they will never have one. Both say how each of them stands. `odd` are
    posts whose row is done and does not say that they were made, or that have none. `delays` are seconds from an
    occurrence to its post, sorted.
    """

    expected: int
    posted: int
    found: int
    slow: Sequence[str]
    lost: Sequence[str]
    twice: int
    uncertain: int
    failed: int
    missed: int
    odd: int
    delays: Sequence[float]

    def delay(self, share: float) -> str:
        """The delay that so many had at most; nothing where nothing was posted."""
        if not self.delays:
            return "-"
        return f"{self.delays[min(int(share * len(self.delays)), len(self.delays) - 1)]:.1f}"


async def read_planned(store: Store, team: str) -> Mapping[int, datetime]:
    """Until when each digest has its deliveries, by its id."""
    async with store.reading() as connection:
        return {digest.id: digest.since for digest in await all_digests(connection, team)}


async def read_rows(store: Store, team: str) -> Rows:
    """All deliveries, by digest and occurrence."""
    async with store.reading() as connection:
        found = await connection.execute(select(deliveries).where(deliveries.c.team_id == team))
    return {(one.digest, one.occurrence): one for one in map(delivery_of, found)}


def settled(wanted: Sequence[Wanted], rows: Rows) -> bool:
    """Whether nothing more will become of any of them."""
    return all(one.key in rows and rows[one.key].state in FINAL_STATES for one in wanted)


def score(
    wanted: Sequence[Wanted], rows: Rows, posts: Sequence[Post], planned: Mapping[int, datetime], since: datetime
) -> Score:
    """Counts. `planned` is until when each digest has its deliveries. What was due before `since` was added then, so
    that its delay begins there.
    """
    keys = {row.id: key for key, row in rows.items()}
    carried = [(keys.get(id_), id_, float(post.ts)) for post in posts if (id_ := _delivery(post.metadata))]
    first = {key: at for key, _, at in reversed(carried)}
    states = Counter(rows[one.key].state if one.key in rows else "none" for one in wanted)
    gone = [one for one in wanted if one.key not in first]
    slow = [one for one in wanted if not _done(one, rows, planned)]
    lost = [one for one in gone if one not in slow and (one.key not in rows or rows[one.key].state not in ACCOUNTED)]
    times = Counter(key or id_ for key, id_, _ in carried)
    denied = {key for key, row in rows.items() if row.state in {"failed", "missed"}}
    return Score(
        expected=len(wanted),
        posted=len(wanted) - len(gone),
        found=sum(one.key in rows and rows[one.key].reason == "found" for one in wanted),
        slow=[_standing(one, rows) for one in slow],
        lost=[_standing(one, rows) for one in lost],
        twice=sum(count - 1 for count in times.values()),
        uncertain=states["uncertain"],
        failed=states["failed"],
        missed=states["missed"],
        odd=sum(one.key in first and one.key in denied for one in wanted) + sum(key is None for key, *_ in carried),
        delays=sorted(first[one.key] - max(one.due, since).timestamp() for one in wanted if one.key in first),
    )


def _done(one: Wanted, rows: Rows, planned: Mapping[int, datetime]) -> bool:
    """Whether nothing more will become of it: its row is done, or its digest has gone on without one."""
    if row := rows.get(one.key):
        return row.state in FINAL_STATES
    return one.digest not in planned or planned[one.digest] >= one.due


def _standing(one: Wanted, rows: Rows) -> str:
    row = rows.get(one.key)
    told = f"{row.state} since {row.at}, next {row.run_at}, try {row.attempt}, {row.reason}" if row else "no row"
    return f"digest {one.digest} of {one.occurrence}: {told}"


def _delivery(metadata: Mapping[str, Any] | None) -> str | None:
    """The delivery whose id a post carries."""
    if not metadata or metadata.get("event_type") != DELIVERY_EVENT:
        return None
    id_: str | None = metadata["event_payload"].get("delivery")
    return id_
