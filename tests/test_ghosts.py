"""What the operator is told of connections that Slack counts and no process has."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.slack.ghosts import RECONNECT_TAKES, Ghosts
from bot.slack.health import Health
from tests.in_slack import bot_in_slack
from tests.sockets import Time, opened, warnings, watched


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


def test_more_connections_than_processes_are_ghosts_after_two_minutes(time: Time, logged: list[Any]) -> None:
    ghosts = Ghosts(1, time.now)
    assert (ghosts.heard(3), ghosts.doubtful()) == (0, False)
    time.at += RECONNECT_TAKES
    assert ghosts.doubtful()
    assert [ghosts.heard(3), ghosts.heard(4), ghosts.doubtful()] == [2, 3, False]
    assert ghosts.heard(1) == 0
    assert [line["event"] for line in logged] == ["socket-ghosts", "socket-ghosts-gone"]
    assert "may go to a process that does not answer" in logged[0]["effect"]
    assert "Stop other processes" in logged[0]["remedy"]


def test_a_second_connection_for_a_moment_is_no_ghost(time: Time, logged: list[Any]) -> None:
    ghosts = Ghosts(1, time.now)
    for _ in range(5):
        assert ghosts.heard(2) == 0
        time.at += RECONNECT_TAKES / 2
        assert ghosts.heard(1) == 0
        time.at += RECONNECT_TAKES
        assert not ghosts.doubtful()
    assert logged == []


def test_where_nobody_knows_how_many_processes_live_nothing_is_a_ghost(time: Time) -> None:
    ghosts = Ghosts(None, time.now)
    ghosts.heard(10)
    time.at += RECONNECT_TAKES
    assert (ghosts.heard(10), ghosts.doubtful()) == (0, False)


async def test_a_count_is_heard_again_over_a_new_connection(
    time: Time, logged: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.socket.LOOK_EVERY", 0.01)
    health = Health()

    def told() -> float | None:
        return health.registry.get_sample_value("slack_ghosts")

    async with watched(time, health, counts_connections=3) as (slack, socket):
        await slack.until(lambda: slack.connections)
        await asyncio.sleep(0.05)
        assert (opened(slack), told()) == (1, 0)
        time.at += RECONNECT_TAKES
        await slack.until(lambda: opened(slack) == 2 and slack.connections == 1)
        assert (await slack.command("hello")).error is None
        assert (told(), warnings(logged)) == (2, [("socket-ghosts", None)])
        slack.counts_connections = None
        await slack.disconnect("refresh_requested")
        await slack.until(lambda: opened(slack) == 3 and slack.connections == 1)
        assert (await slack.command("hello")).error is None
        assert (told(), await socket.connected()) == (0, True)


async def test_the_bot_on_sqlite_knows_that_it_is_one_process(
    tmp_path: Path, logged: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.ghosts.RECONNECT_TAKES", timedelta())
    async with bot_in_slack("socket", tmp_path, prepare=lambda slack: setattr(slack, "counts_connections", 2)) as world:
        assert (await world.slack.command("help")).error is None
    assert [(line["connections"], line["known"]) for line in logged if line["event"] == "socket-ghosts"] == [(2, 1)]
