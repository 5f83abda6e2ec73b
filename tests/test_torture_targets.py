"""What `make torture` lets pass: a trial in which all happened that was planned, and each digest was posted once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.playground.slack.standin import Post, SlackFault, slack_standin
from bot.schedules.delivery import Delivery, DeliveryState
from bot.slack.client import DELIVERY_EVENT
from torture.faults import LOOK_UP, POST, Faults
from torture.run import Outcome
from torture.score import Score, score
from torture.table import TARGETS, all_met, missed, table
from torture.trial import Trial, Wanted, wanted

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
PLANNED = {"kills": 9, "freezes": 1, "restarts": 1, "misfortunes": 6}
GOOD = Score(
    expected=2, posted=2, found=0, slow=(), lost=(), twice=0, uncertain=0, failed=0, missed=0, odd=0, delays=(0.5, 1.0)
)
MET = Outcome(GOOD, PLANNED, PLANNED, faults={POST: 3, LOOK_UP: 1}, refused_looks=1, crashes=(), bugs=0, seconds=200.0)


def row(digest: int, state: DeliveryState) -> Delivery:
    return Delivery(f"d{digest}", digest, "2026-11-24", AT, AT, "C01REPORTS", state, AT, AT)


def post(delivery: str, seconds: float = 1) -> Post:
    at = (AT + timedelta(seconds=seconds)).timestamp()
    metadata = {"event_type": DELIVERY_EVENT, "event_payload": {"delivery": delivery}}
    return Post("C01REPORTS", f"{at:.6f}", "a report", metadata=metadata)


def scored(rows: Sequence[Delivery], posts: Sequence[Post], digests: int = 1, planned: datetime = AT) -> Score:
    expected = [Wanted(digest, "2026-11-24", AT) for digest in range(1, digests + 1)]
    until = {one.digest: planned for one in expected}
    return score(expected, {(one.digest, one.occurrence): one for one in rows}, posts, until, AT)


def names(outcome: Outcome) -> list[str]:
    return [line.partition(":")[0] for line in missed(outcome)]


def test_a_trial_in_which_all_happened_and_each_digest_was_posted_once_meets_all_targets() -> None:
    assert missed(MET) == []
    assert all_met({"PostgreSQL": MET})


def test_a_product_that_posts_nothing_misses_its_targets() -> None:
    failed = scored([row(1, "failed"), row(2, "failed")], posts=[], digests=2)
    assert (failed.expected, failed.posted, failed.failed) == (2, 0, 2)
    assert names(replace(MET, score=failed)) == ["posts made", "failed"]


@pytest.mark.parametrize("kind", PLANNED)
def test_what_was_planned_has_to_have_happened(kind: str) -> None:
    (name,) = names(replace(MET, made={**PLANNED, kind: PLANNED[kind] - 1}))
    assert name in {"killed", "frozen", "database restarts", "misfortunes"}
    assert names(replace(MET, made={})) == ["misfortunes", "killed", "frozen", "database restarts"]


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("failed", replace(MET, score=replace(GOOD, failed=1))),
        ("missed", replace(MET, score=replace(GOOD, missed=1))),
        ("too slow", replace(MET, score=replace(GOOD, slow=("digest 1",)))),
        ("lost", replace(MET, score=replace(GOOD, lost=("digest 1",)))),
        ("posted twice", replace(MET, score=replace(GOOD, twice=1))),
        ("booked wrongly", replace(MET, score=replace(GOOD, odd=1))),
        ("ended by themselves", replace(MET, crashes=(1,))),
        ("bugs in the logs", replace(MET, bugs=1)),
        ("posts gone wrong", replace(MET, faults={POST: 0, LOOK_UP: 1})),
        ("look-ups gone wrong", replace(MET, faults={POST: 3, LOOK_UP: 0})),
    ],
)
def test_each_target_is_missed_by_one(name: str, outcome: Outcome) -> None:
    assert names(outcome) == [name]
    assert not all_met({"PostgreSQL": MET, "SQLite": outcome})


def test_as_many_may_be_uncertain_as_look_ups_were_refused() -> None:
    assert missed(replace(MET, score=replace(GOOD, uncertain=1), refused_looks=1)) == []
    assert names(replace(MET, score=replace(GOOD, uncertain=2), refused_looks=1)) == ["uncertain"]


def test_a_trial_without_digests_misses_a_target() -> None:
    assert names(replace(MET, score=scored([], [], digests=0))) == ["occurrences"]


def test_what_was_not_measured_is_said_and_counts_as_missed() -> None:
    assert not all_met({"PostgreSQL": MET, "SQLite": None})
    assert not all_met({})
    lines = table({"PostgreSQL": MET, "SQLite": None}).splitlines()
    assert all("not measured" in line for line in lines[1:])
    assert all(line.endswith("MISSED") for line in lines if line.startswith(tuple(TARGETS)))


@pytest.mark.parametrize("state", ["due", "waiting", "claimed", "posting"])
def test_a_delivery_that_waits_at_the_end_was_too_slow_and_is_not_lost(state: DeliveryState) -> None:
    found = scored([row(1, state)], posts=[])
    assert (len(found.slow), len(found.lost)) == (1, 0)
    posted = scored([row(1, state)], posts=[post("d1")])
    assert (len(posted.slow), posted.odd) == (1, 0)


def test_an_occurrence_that_its_digest_has_still_to_plan_is_too_slow() -> None:
    found = scored([], posts=[], planned=AT - timedelta(days=1))
    assert (len(found.slow), len(found.lost)) == (1, 0)


def test_an_occurrence_without_a_row_is_lost_and_so_is_one_that_was_sent_without_a_post() -> None:
    found = scored([row(1, "sent")], posts=[], digests=2)
    assert (len(found.slow), len(found.lost)) == (0, 2)
    assert found.lost[1] == "digest 2 of 2026-11-24: no row"


def test_a_delivery_that_is_posted_twice_is_counted_once_more() -> None:
    found = scored([row(1, "sent")], posts=[post("d1"), post("d1", 2)])
    assert (found.posted, found.twice) == (1, 1)


def test_a_post_whose_row_does_not_say_so_is_booked_wrongly() -> None:
    assert scored([row(1, "failed")], posts=[post("d1")]).odd == 1
    assert scored([row(1, "uncertain")], posts=[post("d1")]).odd == 0
    assert scored([row(1, "sent")], posts=[post("d1"), post("unknown")]).odd == 1


def test_delays_are_told_only_where_something_was_posted() -> None:
    assert scored([row(1, "sent")], posts=[post("d1", 2.5)]).delay(0.5) == "2.5"
    assert scored([row(1, "failed")], posts=[]).delay(0.5) == "-"


async def test_only_faults_that_a_call_has_met_are_counted() -> None:
    async with slack_standin(AT) as slack:
        faults = Faults(slack)
        faults.add(
            LOOK_UP,
            [SlackFault(), SlackFault(error="not_in_channel"), SlackFault(error="not_in_channel", channel="C02")],
        )
        assert (faults.met(LOOK_UP), faults.refused_looks) == ([], 0)
        for _ in range(3):
            slack.fault(LOOK_UP, "C01REPORTS")
        assert faults.met(LOOK_UP) == [SlackFault(error="not_in_channel")]
        faults.end()
        assert slack.fault(LOOK_UP, "C02") == SlackFault()
        assert faults.refused_looks == 1


def test_a_trial_comes_due_at_once_and_at_the_next_minutes_by_many_wall_clocks() -> None:
    at = AT + timedelta(seconds=20)
    digests = list(Trial(replicas=1, digests=21, channels=21, longest=1).all_digests(at))
    dues = {one.due for digest, count in digests for one in wanted(digest, count)}
    assert sorted(dues) == [AT - timedelta(days=1), AT, AT + timedelta(minutes=1), AT + timedelta(minutes=2)]
    assert len({str(digest.rule) for digest, _ in digests}) == 21


def test_in_a_freeze_one_of_the_others_is_killed_and_a_power_cut_kills_all() -> None:
    trial = Trial(replicas=3, digests=1, channels=1, longest=1, kills=9, freezes=1, restarts=1)
    assert trial.planned(6) == {"kills": 13, "freezes": 1, "restarts": 1, "misfortunes": 6}
    alone = Trial(replicas=1, digests=1, channels=1, longest=1, kills=5, staged=False)
    assert alone.planned(6) == {"kills": 5, "freezes": 0, "restarts": 0, "misfortunes": 0}
