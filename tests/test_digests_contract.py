"""What commands may rely on, whichever keeps the digests: a database of each kind, or the tests' own memory."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from bot.commands.ports import Digests
from bot.digests.clock import Clock, Timing
from bot.digests.engine import InProcessEngine
from bot.digests.stored import StoredDigests
from bot.problems import Problem
from bot.queries.query import parse
from bot.schedules.delivery import AGAIN, BY_HAND, Delivery, DeliveryCounts, Digest, new_delivery
from bot.schedules.schedule import read_rule
from bot.store import Store, open_store
from bot.store.deliveries import deliveries, insert_delivery
from bot.store.installation import Installation
from bot.store.migrations import migrate
from tests.digests_told import ToldDigests

TEAM = "T1"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEEKLY = Digest(
    rule=read_rule("weekly monday 09:00", date(2026, 11, 20)),
    tz=ZoneInfo("Europe/Berlin"),
    query=parse("last week"),
    channel="C1",
    lang="en",
    since=NOON,
    steward="U1",
    steward_name="Ada",
)
DAILY = replace(WEEKLY, rule=read_rule("daily 09:00", date(2026, 11, 20)), query=parse("yesterday"))


@dataclass(frozen=True)
class DigestsUnderTest:
    """Digests, and how a delivery comes among theirs that nobody sent through them."""

    digests: Digests
    put: Callable[[Delivery], Awaitable[object]]


def told() -> DigestsUnderTest:
    digests = ToldDigests()

    async def put(delivery: Delivery) -> None:
        digests.sent = [one for one in digests.sent if one.id != delivery.id] + [delivery]

    return DigestsUnderTest(digests, put)


def stored(store: Store) -> DigestsUnderTest:
    async def put(delivery: Delivery) -> None:
        async with store.writing() as connection:
            if not await insert_delivery(connection, store, TEAM, delivery):
                values = {"state": delivery.state, "at": delivery.at, "unclear": delivery.unclear}
                await connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(values))

    engine = InProcessEngine(Installation(store, TEAM, lambda: NOON), Clock(lambda: NOON), Timing())
    return DigestsUnderTest(StoredDigests(store, TEAM, engine), put)


@pytest.fixture(params=["told", "sqlite", "postgresql"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DigestsUnderTest]:
    """Each keeper, with nothing in it."""
    if request.param == "told":
        yield told()
        return
    file = f"sqlite:///{tmp_path}/devin-metrics.db"
    url = file if request.param == "sqlite" else request.getfixturevalue("postgresql").new_database()
    async with open_store(url) as store:
        await migrate(store)
        yield stored(store)


@pytest.fixture
def digests(kept: DigestsUnderTest) -> Digests:
    return kept.digests


def delivery(digest: Digest, day: str, **changes: object) -> Delivery:
    due = datetime.fromisoformat(f"{day}T09:00+00:00")
    return replace(new_delivery(digest, day, due, due), **changes)  # type: ignore[arg-type]


class TestDigests:
    """The contract of `bot.commands.ports.Digests`."""

    async def test_what_was_added_is_found_with_an_id_a_version_and_a_secret(self, digests: Digests) -> None:
        added = await digests.add(WEEKLY)
        assert (added.id, added.version, len(added.secret)) == (1, 1, 32)
        assert added == replace(WEEKLY, id=1, version=1, secret=added.secret)
        assert await digests.find(1) == added

    async def test_all_are_listed_by_id(self, digests: Digests) -> None:
        added = [await digests.add(one) for one in (WEEKLY, DAILY)]
        assert [one.id for one in added] == [1, 2]
        assert await digests.all() == added
        assert added[0].secret != added[1].secret

    async def test_a_free_id_is_kept_and_one_that_is_taken_becomes_the_next(self, digests: Digests) -> None:
        assert (await digests.add(replace(WEEKLY, id=7))).id == 7
        assert (await digests.add(replace(DAILY, id=7))).id == 8
        assert (await digests.add(replace(WEEKLY, lang="ja"))).id == 9
        assert [one.id for one in await digests.all()] == [7, 8, 9]

    async def test_a_secret_of_its_own_is_kept_and_one_that_another_has_is_not(self, digests: Digests) -> None:
        first = await digests.add(replace(WEEKLY, secret="a" * 32))
        second = await digests.add(replace(DAILY, secret="a" * 32))
        assert first.secret == "a" * 32
        assert second.secret not in {"", first.secret}

    @pytest.mark.parametrize("same", [{}, {"steward": "U2"}, {"paused": BY_HAND}, {"id": 5}])
    async def test_the_same_digest_is_refused_whoever_answers_for_it(
        self, digests: Digests, same: dict[str, str]
    ) -> None:
        await digests.add(WEEKLY)
        with pytest.raises(Problem, match="digest-exists") as refused:
            await digests.add(replace(WEEKLY, **same))  # type: ignore[arg-type]
        assert refused.value.data == {"id": 1}

    @pytest.mark.parametrize("other", [{"channel": "C2"}, {"lang": "ja"}, {"tz": ZoneInfo("UTC")}])
    async def test_another_channel_language_or_zone_is_another_digest(
        self, digests: Digests, other: dict[str, object]
    ) -> None:
        await digests.add(WEEKLY)
        assert (await digests.add(replace(WEEKLY, **other))).id == 2  # type: ignore[arg-type]

    async def test_a_change_is_the_next_version(self, digests: Digests) -> None:
        added = await digests.add(WEEKLY)
        changed = await digests.change(replace(added, paused=BY_HAND))
        assert changed == replace(added, paused=BY_HAND, version=2)
        assert await digests.find(1) == changed

    async def test_of_two_changes_of_the_same_version_the_second_is_refused(self, digests: Digests) -> None:
        added = await digests.add(WEEKLY)
        await digests.change(replace(added, paused=BY_HAND))
        with pytest.raises(Problem, match="digest-changed-meanwhile") as refused:
            await digests.change(replace(added, channel="C2"))
        assert refused.value.data == {"id": 1}
        assert (await digests.find(1)).channel == "C1"

    async def test_a_change_that_makes_two_the_same_is_refused(self, digests: Digests) -> None:
        await digests.add(WEEKLY)
        other = await digests.add(replace(WEEKLY, channel="C2"))
        with pytest.raises(Problem, match="digest-exists") as refused:
            await digests.change(replace(other, channel="C1"))
        assert refused.value.data == {"id": 1}

    async def test_what_there_is_not_is_a_problem_that_says_what_there_is(self, digests: Digests) -> None:
        await digests.add(WEEKLY)
        with pytest.raises(Problem, match="unknown-digest") as unknown:
            await digests.find(7)
        assert unknown.value.data == {"id": 7, "known": [1]}

    async def test_what_was_removed_is_gone_and_cannot_be_changed(self, digests: Digests) -> None:
        added, other = await digests.add(WEEKLY), await digests.add(DAILY)
        await digests.send(added, NOON)
        await digests.remove(added)
        assert await digests.all() == [other]
        with pytest.raises(Problem, match="unknown-digest"):
            await digests.find(1)
        assert (await digests.add(WEEKLY)).id == 3

    async def test_what_a_removed_digest_sent_can_still_be_asked_about(self, digests: Digests) -> None:
        added = await digests.add(WEEKLY)
        sent = await digests.send(added, NOON)
        await digests.remove(added)
        assert await digests.deliveries(1, 9) == [sent]

    async def test_a_send_by_hand_is_a_delivery_of_its_own_that_is_due_now(self, digests: Digests) -> None:
        added = await digests.add(WEEKLY)
        first, second = await digests.send(added, NOON), await digests.send(added, NOON + timedelta(minutes=1))
        assert (first.state, first.due, first.run_at, first.channel) == ("due", NOON, NOON, "C1")
        assert first.occurrence.startswith("manual-")
        assert first.id != second.id
        assert await digests.deliveries(1, 9) == [second, first]
        assert await digests.deliveries(1, 1) == [second]
        assert await digests.deliveries(2, 9) == []

    async def test_where_nothing_was_kept_nobody_knows_what_a_delivery_was_made_of(self, digests: Digests) -> None:
        sent = await digests.send(await digests.add(WEEKLY), NOON)
        assert await digests.made_of(sent.id) is None
        assert await digests.made_of("nothing") is None

    async def test_what_arrived_is_sent(self, kept: DigestsUnderTest) -> None:
        digest = await kept.digests.add(WEEKLY)
        uncertain = delivery(digest, "2026-11-23", state="uncertain", unclear=True)
        await kept.put(uncertain)
        settled = await kept.digests.settle(uncertain.id, arrived=True, at=NOON)
        assert (settled.state, settled.reason, settled.at) == ("sent", "arrived", NOON)
        assert await kept.digests.deliveries(1, 9) == [settled]

    async def test_what_is_posted_again_is_due_now_and_is_looked_for_no_more(self, kept: DigestsUnderTest) -> None:
        digest = await kept.digests.add(WEEKLY)
        uncertain = delivery(digest, "2026-11-23", state="uncertain", unclear=True)
        await kept.put(uncertain)
        settled = await kept.digests.settle(uncertain.id, arrived=False, at=NOON)
        again = replace(uncertain, state="due", planned_at=NOON, run_at=NOON, at=NOON, unclear=False, reason=AGAIN)
        assert settled == again
        assert await kept.digests.deliveries(1, 9) == [again]

    @pytest.mark.parametrize("arrived", [True, False])
    async def test_only_what_is_uncertain_can_be_settled(self, kept: DigestsUnderTest, arrived: bool) -> None:
        sent = delivery(await kept.digests.add(WEEKLY), "2026-11-23", state="sent")
        await kept.put(sent)
        with pytest.raises(Problem, match="delivery-settled") as settled:
            await kept.digests.settle(sent.id, arrived=arrived, at=NOON)
        assert settled.value.data == {"state": "sent"}
        with pytest.raises(Problem, match="unknown-delivery") as unknown:
            await kept.digests.settle("nothing", arrived=arrived, at=NOON)
        assert unknown.value.data == {"id": "nothing"}

    async def test_what_became_of_all_that_was_due_since_a_moment_is_counted(self, kept: DigestsUnderTest) -> None:
        digest = await kept.digests.add(WEEKLY)
        assert await kept.digests.tally(NOON) == DeliveryCounts()
        made = [
            delivery(digest, "2026-11-19", state="failed"),  # Before.
            delivery(digest, "2026-11-21", state="sent"),
            delivery(digest, "2026-11-22", state="sent", at=NOON + timedelta(days=9)),
            delivery(digest, "2026-11-23", state="sent", at=NOON + timedelta(days=9), reason="arrived"),
            delivery(digest, "2026-11-24", state="failed"),
            delivery(digest, "2026-11-25", state="missed", reason="too-late"),
            delivery(digest, "2026-11-26", state="missed", reason="paused"),
            delivery(digest, "2026-11-27", state="uncertain"),
            delivery(digest, "2026-11-28", state="waiting"),
            delivery(digest, "2026-11-29", state="posting"),
        ]
        for one in made:
            await kept.put(one)
        await kept.put(replace(made[1], id="r", occurrence="reasons-2026-11-21"))
        oldest = datetime(2026, 11, 28, 9, tzinfo=UTC)
        assert await kept.digests.tally(NOON) == DeliveryCounts(3, 1, 2, 1, 2, oldest)
