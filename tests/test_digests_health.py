"""How the deliveries of a workspace have gone, counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.schedules.delivery import FINAL_STATES, Delivery, DeliveryCounts, DeliveryState
from bot.store import Store
from bot.store.deliveries import insert_delivery
from bot.store.delivery_counts import delivery_counts

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATE = timedelta(minutes=5)


async def counted(store: Store, *made: Delivery, team: str = "T1") -> DeliveryCounts:
    """The tally of the last seven days, after these deliveries were stored."""
    async with store.writing() as connection:
        for number, delivery in enumerate(made):
            stored = replace(delivery, id=f"d{number}", occurrence=f"{delivery.occurrence}{number}")
            await insert_delivery(connection, store, "T1", stored)
    async with store.reading() as connection:
        return await delivery_counts(connection, team, NOON - timedelta(days=7), LATE)


def due(hours: float, state: DeliveryState, reason: str | None = None, **later: float) -> Delivery:
    """A delivery that was due so many hours before noon, and has been in its state since some time after that."""
    at = NOON - timedelta(hours=hours)
    ended = at + timedelta(**later)
    return Delivery("d", 1, "o", at, at, "C1", state, ended, ended, reason=reason)


async def test_where_nothing_was_due_there_is_nothing(store: Store) -> None:
    assert await counted(store) == DeliveryCounts()


async def test_the_reasons_in_the_thread_of_a_post_count_with_it(store: Store) -> None:
    sent = due(3, "sent")
    assert await counted(store, sent, replace(sent, occurrence="reasons-2026-11-20")) == DeliveryCounts(sent=1)


async def test_what_was_sent_five_minutes_after_it_was_due_is_late(store: Store) -> None:
    sent = [due(3, "sent", minutes=minutes) for minutes in (0, 4, 5, 60)]
    assert await counted(store, *sent) == DeliveryCounts(sent=4, late=2)


async def test_what_somebody_said_has_arrived_is_not_late_by_the_time_they_said_it(store: Store) -> None:
    assert await counted(store, due(3, "sent", "arrived", minutes=120)) == DeliveryCounts(sent=1)


async def test_a_send_that_an_outage_has_cost_is_not_sent_and_one_that_somebody_stopped_is_no_matter(
    store: Store,
) -> None:
    made = [due(3, "failed", "devin-down"), due(4, "missed", "too-late"), due(5, "missed", "paused")]
    assert await counted(store, *made, due(6, "uncertain")) == DeliveryCounts(not_sent=2, unclear=1)


async def test_reasons_in_a_thread_are_no_reports(store: Store) -> None:
    reasons = [replace(due(3, state), occurrence="reasons-2026-11-20") for state in FINAL_STATES]
    assert await counted(store, due(3, "sent"), *reasons) == DeliveryCounts(sent=1)


async def test_of_what_waits_the_oldest_is_named(store: Store) -> None:
    waiting = [due(1, "due"), due(3, "waiting"), due(2, "posting")]
    assert await counted(store, *waiting) == DeliveryCounts(waiting=3, oldest=NOON - timedelta(hours=3))


async def test_older_deliveries_and_those_of_other_workspaces_do_not_count(store: Store) -> None:
    assert await counted(store, due(24 * 7 + 1, "failed")) == DeliveryCounts()
    assert await counted(store, due(1, "sent"), team="T2") == DeliveryCounts()
