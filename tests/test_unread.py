"""What fails in the background is logged when it fails: nothing is left for the event loop to complain about later."""

import asyncio
from typing import Any

import pytest

from bot.devin import Cell, Reading
from bot.devin.gather import Gather
from bot.digests.clock import Clock, Timing
from bot.digests.engine import InProcessEngine
from bot.queries.request import Request
from bot.slack.answer_queue import AnswerQueue
from bot.slack.forms import modals
from bot.store.deliveries import DeliveryKey
from tests.at_work import MONDAY, World
from tests.complaints import Complaints
from tests.test_gather import CELLS


async def fail() -> None:
    """Takes a moment to hit a bug."""
    await asyncio.sleep(0.02)
    raise ValueError("a bug")


async def test_the_loop_complains_of_a_failure_that_nothing_reads(complaints: Complaints) -> None:
    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    assert complaints() == ["Task exception was never retrieved"]


async def test_preferences_that_fail_after_the_form_was_opened_without_them_are_logged(
    complaints: Complaints, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(modals, "LOOK_FOR", 0.001)

    async def look() -> Request:
        await fail()
        raise AssertionError

    assert await modals._soon(look()) is None
    await asyncio.sleep(0.05)
    assert complaints() == []
    assert "ValueError: a bug" in capsys.readouterr().out


async def test_a_delivery_that_fails_is_logged_while_the_others_are_carried_and_at_the_end(
    world: World, complaints: Complaints, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = await world.add()
    world.hand.at = MONDAY
    await world.plan()
    brought, three = list[str](), asyncio.Event()

    async def deliver(delivery: DeliveryKey) -> None:
        brought.append(delivery.id)
        if len(brought) == 3:
            three.set()
        await fail()

    engine = InProcessEngine(world.context.installation, Clock(world.hand, speed=1000), Timing())
    running = asyncio.create_task(engine.run(deliver, lambda: None))
    await three.wait()
    running.cancel()  # With one of them under way.
    await asyncio.wait([running])
    assert complaints() == []
    assert capsys.readouterr().out.count("ValueError: a bug") == len(brought)
    assert set(brought) == {(await world.last(digest)).id}


async def test_words_that_fail_while_the_bot_ends_are_logged(
    complaints: Complaints, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = AnswerQueue(1)

    async def listener() -> None:
        async with queue.turn(fail):
            await asyncio.sleep(60)

    listening = asyncio.create_task(listener())
    await asyncio.sleep(0)
    assert await queue.drain(0.01) == 1
    assert listening.cancelled()
    assert complaints() == []
    assert "ValueError: a bug" in capsys.readouterr().out


class Odd:
    """A Devin whose calls fail when they are cancelled."""

    async def read(self, cell: Cell) -> Reading:
        """Fails at once for the first cell, and for others when that one has."""
        try:
            await asyncio.sleep(0 if cell == CELLS[0] else 60)
        except asyncio.CancelledError:
            raise ValueError("cancelled") from None
        raise ValueError("a bug")


async def test_calls_that_fail_as_they_are_cancelled_are_read(complaints: Complaints) -> None:
    gather: Any = Gather(Odd(), 8)
    with pytest.raises(ValueError, match="a bug"):
        await gather(CELLS[:3])
    assert complaints() == []
