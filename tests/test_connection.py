"""How the bot is connected to Slack: at the start, when the line goes deaf, and at the end."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import run_in_slack
from bot.config.settings import Settings, host_and_port, missing_for_slack
from bot.messages.render import _environment
from bot.playground.devin import standin as devin_end
from bot.playground.slack import standin as slack_end
from bot.problems import Problem
from bot.queries.request import AS_INSTALLED
from bot.slack.answer_queue import AnswerQueue, Tell
from bot.slack.connection import listening
from bot.slack.health import Health
from bot.slack.socket import SILENT_FOR
from tests.in_slack import Mode, bot_in_slack, free_port
from tests.sockets import socket_to

pytestmark = pytest.mark.usefixtures("nothing_set")


def test_each_missing_setting_is_named() -> None:
    assert missing_for_slack(Settings(), over_http=False) == ["DEVIN_API_KEY", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]
    assert missing_for_slack(Settings(), over_http=True) == ["DEVIN_API_KEY", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"]


@pytest.mark.parametrize(("text", "expected"), [("127.0.0.1:80", ("127.0.0.1", 80)), (":8080", ("127.0.0.1", 8080))])
def test_an_address_is_a_host_and_a_port(text: str, expected: tuple[str, int]) -> None:
    assert host_and_port(text) == expected


@pytest.mark.parametrize("text", ["", "8080", "host:", "host:x", "host:70000"])
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(Problem):
        host_and_port(text)


@pytest.mark.parametrize("setting", ["slack_bot_token", "slack_app_token"])
async def test_a_refused_token_ends_the_start_with_a_problem_that_names_it(tmp_path: Path, setting: str) -> None:
    with pytest.raises(Problem) as refused:
        async with bot_in_slack("socket", tmp_path, **{setting: "xoxb-wrong"}):  # type: ignore[arg-type]
            pass
    assert refused.value.key == "slack-said"
    assert refused.value.data["setting"] == setting.upper()


async def test_told_to_stop_while_slack_is_away_the_bot_ends(tmp_path: Path) -> None:
    stop = asyncio.Event()
    settings = Settings(
        slack_bot_token=SecretStr("xoxb-1"),
        slack_app_token=SecretStr("xapp-1"),
        slack_api_url="http://127.0.0.1:9/api/",
        database_url=SecretStr(f"sqlite:///{tmp_path}/bot.db"),
    )
    running = asyncio.create_task(run_in_slack(settings, None, stop))
    await asyncio.sleep(0.2)
    assert not running.done()
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_a_bot_on_an_empty_file_makes_its_tables_and_answers(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, database_url=f"sqlite:///{tmp_path}/new.db") as world:
        await world.slack.command("last week org=payments")
        await world.answered("Payments: ")


async def test_health_is_told_in_both_modes(tmp_path: Path) -> None:
    async with bot_in_slack("http", tmp_path) as world, aiohttp.ClientSession() as session:
        base = str(world.slack.http_url).removesuffix("/slack/events")
        for path in ("/healthz", "/readyz"):
            async with session.get(base + path) as response:
                assert response.status == 200
        async with session.get(base + "/metrics") as response:
            assert "answers_under_way" in await response.text()


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_health_has_an_address_of_its_own_where_one_is_set(tmp_path: Path, mode: Mode) -> None:
    port = free_port()
    async with bot_in_slack(mode, tmp_path, health_address=f"127.0.0.1:{port}"), aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
            assert response.status == 200
        async with session.get(f"http://127.0.0.1:{port}/metrics") as response:
            assert "slack_quiet_seconds" in await response.text()


async def test_a_bot_that_is_ready_has_compiled_what_acknowledges_a_command(tmp_path: Path) -> None:
    _environment.cache_clear()
    async with bot_in_slack("socket", tmp_path):
        compiled = {name for _, name in _environment("en", AS_INSTALLED).cache or ()}
    assert compiled == {"slack/busy.j2", "slack/progress.j2", "_blocks.j2"}


async def test_a_port_that_is_taken_is_a_problem_and_no_traceback() -> None:
    async with listening([], ("127.0.0.1", 0)) as port:
        with pytest.raises(Problem) as taken:
            async with listening([], ("127.0.0.1", port)):
                pass
    assert taken.value.key == "cannot-listen"


async def test_before_it_is_connected_the_bot_is_well_but_not_ready() -> None:
    async with listening(Health().routes(), ("127.0.0.1", 0)) as port, aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/healthz") as response:
            assert response.status == 200
        async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
            assert response.status == 503


async def test_a_connection_that_is_up_but_deaf_is_rebuilt_even_if_the_first_try_fails() -> None:
    at = [datetime(2026, 11, 20, tzinfo=UTC)]
    async with slack_end.slack_standin(lambda: at[0]) as slack, socket_to(slack, lambda: at[0]) as socket:
        await socket.connect()
        await slack.until(lambda: slack.connections)
        slack.drop_envelopes()
        assert not await socket.rebuild_if_deaf()
        at[0] += SILENT_FOR
        slack.faults["apps.connections.open"].append(slack_end.SlackFault(status=503))
        assert await socket.rebuild_if_deaf()
        await slack.until(lambda: slack.connections)
        assert (await slack.command("again")).error is None
        assert await socket.connected()


async def test_the_watch_goes_on_when_a_rebuild_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.socket.LOOK_EVERY", 0.01)
    at = [datetime(2026, 11, 20, tzinfo=UTC)]
    async with slack_end.slack_standin(lambda: at[0]) as slack, socket_to(slack, lambda: at[0]) as socket:
        watching = asyncio.create_task(socket.watch())
        await slack.until(lambda: slack.connections)
        slack.drop_envelopes()
        slack.faults["apps.connections.open"].extend([slack_end.SlackFault(status=503)] * 2)
        while [call.method for call in slack.calls].count("apps.connections.open") < 4:
            at[0] += SILENT_FOR
            await asyncio.sleep(0.01)
        async with asyncio.timeout(60):  # The clock has gone on, so that it may be rebuilt once more meanwhile.
            answered = await slack.command("again")
            while answered.error:
                await asyncio.sleep(0.01)
                answered = await slack.command("again")
        watching.cancel()


async def test_an_address_that_does_not_answer_is_replaced_by_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.socket.TRY_FOR", 0.05)
    now = lambda: datetime.now(UTC)  # noqa: E731
    async with slack_end.slack_standin(now) as slack, socket_to(slack, now, url="ws://127.0.0.1:9/used") as socket:
        await asyncio.wait_for(socket.connect(), 5)
        assert (await slack.command("hello")).error is None


async def in_turn(queue: AnswerQueue, work: Tell, given_up: Tell) -> None:
    """A listener that does some work in its turn."""
    async with queue.turn(given_up):
        await work()


async def test_what_takes_too_long_is_given_up_when_the_bot_ends_and_its_askers_hear_so() -> None:
    heard: list[str] = []

    async def tell() -> None:
        heard.append("ended")

    queue = AnswerQueue(1)
    answers = [asyncio.create_task(in_turn(queue, lambda: asyncio.sleep(60), tell)) for _ in range(2)]
    await asyncio.sleep(0)  # One runs, one waits for its turn.
    assert await queue.drain(0.05) == 2
    assert all(answer.cancelled() for answer in answers)
    assert heard == ["ended", "ended"]
    assert queue.under_way == 0


async def test_an_answer_that_fails_is_logged_and_frees_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    async def fail() -> None:
        raise ValueError("a bug")

    queue = AnswerQueue(1)
    for _ in range(2):
        await in_turn(queue, fail, fail)
    assert queue.under_way == 0
    assert "a bug" in capsys.readouterr().out


async def test_a_process_told_to_end_answers_first_and_exits_with_0(tmp_path: Path) -> None:
    now = lambda: datetime.now(UTC)  # noqa: E731
    async with slack_end.slack_standin(now) as slack, devin_end.devin_standin(now) as devin:
        devin.faults.extend([devin_end.DevinFault(delay=0.5)] * 2)
        environment = {
            **{name: value for name, value in os.environ.items() if name in {"PATH", "COV_CORE_SOURCE"}},
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "DEVIN_API_KEY": "cog_test",
            "DEVIN_API_URL": devin.url,
            "DATABASE_URL": f"sqlite:///{tmp_path}/bot.db",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=environment, stderr=asyncio.subprocess.PIPE
        )
        await slack.until(lambda: slack.connections, seconds=20)
        assert (await slack.command("last week")).error is None
        process.send_signal(signal.SIGTERM)
        _, logged = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0
        assert [post.text for post in slack.posts if post.text.startswith("Last week: ")]
        assert slack.bot_token.encode() not in logged


def test_a_quiet_line_is_not_taken_for_deaf_too_early() -> None:
    assert timedelta(hours=1) < SILENT_FOR <= timedelta(hours=2)
