"""When the bot connects anew, and what the operator is told of connections that Slack refuses."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.playground.slack.standin import SlackFault
from bot.slack.reconnects import ENDED, REMEDIES, RENEWALS, SETTLED_AFTER, Reconnects
from tests.sockets import OPEN, Time, opened, warnings, watched

REFUSALS = ["too_many_websockets", "link_disabled"]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.reconnects.jitter", lambda seconds: seconds)


# How long the next connection waits


@pytest.mark.usefixtures("no_chance")
def test_each_refusal_makes_the_next_connection_wait_twice_as_long_up_to_a_minute(time: Time) -> None:
    reconnects = Reconnects(time.now)
    assert [reconnects.pause("too_many_websockets") for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_up_to_half_of_a_pause_is_left_to_chance(time: Time) -> None:
    first = [Reconnects(time.now).pause("link_disabled") for _ in range(200)]
    assert 0.5 <= min(first) < 0.6
    assert 0.9 < max(first) <= 1


def test_after_a_year_of_refusals_it_is_still_a_minute_at_most(time: Time) -> None:
    reconnects = Reconnects(time.now)
    assert max(reconnects.pause(ENDED) for _ in range(5000)) <= 60


def test_a_pause_that_slack_asks_for_is_kept(time: Time) -> None:
    assert Reconnects(time.now).pause("ratelimited", 90) == 90


@pytest.mark.usefixtures("no_chance")
def test_a_connection_that_has_lived_for_a_minute_ends_the_row(time: Time, logged: list[Any]) -> None:
    for lived, expected in ((SETTLED_AFTER / 2, [1, 2, 4]), (SETTLED_AFTER, [1, 1, 1])):
        pauses = []
        reconnects = Reconnects(time.now)
        for _ in range(3):
            pauses.append(reconnects.pause("too_many_websockets"))
            reconnects.opened()
            time.at += lived
        assert pauses == expected
    assert len(warnings(logged)) == 1 + 3


@pytest.mark.usefixtures("no_chance")
@pytest.mark.parametrize("reason", [*sorted(RENEWALS), ENDED])
def test_the_end_of_a_connection_that_has_lived_is_no_fault(time: Time, logged: list[Any], reason: str) -> None:
    reconnects = Reconnects(time.now)
    for _ in range(5):
        reconnects.opened()
        time.at += SETTLED_AFTER
        assert reconnects.pause(reason) == 0
    assert warnings(logged) == []
    assert reconnects.pause("too_many_websockets") == 1


@pytest.mark.parametrize("reason", sorted(RENEWALS))
def test_a_renewal_may_come_early_but_not_always(time: Time, logged: list[Any], reason: str) -> None:
    reconnects = Reconnects(time.now)
    assert reconnects.pause(reason) == 0
    assert reconnects.pause(reason) > 0
    assert warnings(logged) == []


def test_each_reason_is_told_once_with_its_remedy(time: Time, logged: list[Any]) -> None:
    reconnects = Reconnects(time.now)
    for reason in [*REMEDIES, "something_new"] * 3:
        reconnects.pause(reason)
    assert warnings(logged) == [("socket-refused", reason) for reason in [*REMEDIES, "something_new"]]
    remedies = {line["reason"]: line["remedy"] for line in logged}
    assert "ten connections" in remedies["too_many_websockets"]
    assert "switch it on" in remedies["link_disabled"]
    assert "SLACK_APP_TOKEN" in remedies["something_new"]


# Over a websocket


@pytest.mark.parametrize("reason", REFUSALS)
async def test_told_to_go_each_time_the_bot_asks_for_few_connections_a_minute(reason: str, logged: list[Any]) -> None:
    minute = Time(60)
    async with watched(minute, dismisses=reason) as (slack, socket):
        await asyncio.wait_for(minute.over.wait(), 20)
        assert 5 <= opened(slack) <= 8
        assert not await socket.connected()
    assert warnings(logged) == [("socket-refused", reason)]


async def test_refused_each_time_the_bot_asks_for_few_connections_a_minute(logged: list[Any]) -> None:
    minute = Time(60)
    async with watched(minute) as (slack, socket):
        await slack.until(lambda: slack.connections)
        slack.faults[OPEN].extend([SlackFault(error="not_allowed_token_type")] * 500)
        await slack.disconnect("refresh_requested")
        await asyncio.wait_for(minute.over.wait(), 20)
        assert opened(slack) <= 10
        assert not await socket.connected()
    assert warnings(logged) == [("socket-refused", "not_allowed_token_type")]


@pytest.mark.parametrize("reason", REFUSALS)
async def test_when_slack_lets_it_stay_again_the_bot_answers_and_is_ready(time: Time, reason: str) -> None:
    async with watched(time, dismisses=reason) as (slack, socket):
        await slack.until(lambda: opened(slack) > 3)
        slack.dismisses = None
        answered = await slack.command("hello")
        while answered.error:
            await asyncio.sleep(0.01)
            answered = await slack.command("hello")
        assert await socket.connected()


@pytest.mark.parametrize("reason", sorted(RENEWALS))
async def test_asked_to_renew_its_connection_the_bot_does_so_at_once(
    time: Time, logged: list[Any], reason: Any
) -> None:
    async with watched(time) as (slack, _):
        await slack.until(lambda: slack.connections)
        await slack.disconnect(reason)
        await slack.until(lambda: opened(slack) == 2 and slack.connections == 1)
        assert (await slack.command("hello")).error is None
    assert (time.sleeps, warnings(logged)) == ([], [])


async def test_a_connection_that_ends_without_a_word_is_replaced(time: Time, logged: list[Any]) -> None:
    async with watched(time) as (slack, _):
        await slack.until(lambda: slack.connections)
        await slack._sockets.links[0].socket.close()
        await slack.until(lambda: opened(slack) == 2 and slack.connections == 1)
        assert (await slack.command("hello")).error is None
    assert len(time.sleeps) == 1
    assert warnings(logged) == [("socket-refused", ENDED)]
