"""An asker who waits long hears once how many calls the answer takes; a terminal shows how far they are."""

import asyncio
import os
import pty
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.cli.progress import ERASE
from bot.devin.gather import Progress
from bot.messages.message import Message
from bot.playground.devin.standin import DevinFault, DevinStandin, devin_standin
from bot.playground.slack.standin import SlackFault
from bot.slack import progress_notice
from bot.slack.fallback import Fallback
from bot.slack.progress_notice import ProgressNotice
from bot.slack.reply import UrlReply
from tests.in_slack import SEES_CHANNELS, Mode, World, bot_in_slack

pytestmark = pytest.mark.usefixtures("nothing_set")
FIVE = "last 4w by=week vs=none"  # The whole, and each week.


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line comes at once."""
    monkeypatch.setattr(progress_notice, "NOTICE_AFTER", 0)


@asynccontextmanager
async def slow_devin(devin: DevinStandin) -> AsyncIterator[None]:
    """The next calls are answered only at the end of the block."""
    released = asyncio.Event()
    devin.faults.extend([DevinFault(until=released)] * 8)
    try:
        yield
    finally:
        devin.faults.clear()
        released.set()


def said(world: World) -> list[str]:
    """What came over response URLs, in order."""
    return [response.message["text"].splitlines()[-1] for response in world.slack.responses]


# In Slack


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mode", ["socket", "http"])
@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
async def test_a_private_line_says_how_many_calls_it_takes_and_stays_above_the_answer(
    mode: Mode, lenient: bool, tmp_path: Path
) -> None:
    async with bot_in_slack(mode, tmp_path, lenient=lenient) as world:
        async with slow_devin(world.devin):
            await world.slack.command(FIVE)
            (line,) = await world.answered("Asking Devin")
            assert line.text == f"Asking Devin: 5 calls for “{FIVE}”"
            assert line.ephemeral_to == "U01NEWYORK"
        (answer,) = await world.answered("Last 4 full weeks: ")
        assert world.slack.posts == [line, answer]
        assert len(world.slack.responses) == 2


@pytest.mark.usefixtures("impatient")
async def test_a_single_call_is_told_as_one(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        async with slow_devin(world.devin):
            await world.slack.command("last week vs=none")
            await world.answered("Asking Devin: 1 call for “last week vs=none”")
        await world.answered("Last week: ")


@pytest.mark.usefixtures("impatient")
async def test_it_never_overtakes_the_answer(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.faults["response_url"].append(SlackFault(delay=0.5))
        async with slow_devin(world.devin):
            await world.slack.command(FIVE)
            await world.slack.until(lambda: world.slack.responses)
        (answer,) = await world.answered("Last 4 full weeks: ")
        assert world.slack.posts[1:] == [answer]
        assert [response.answer for response in world.slack.responses] == ["ok", "ok"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "fault",
    [
        SlackFault(status=404, body=b"expired_url"),
        SlackFault(status=429, headers={"Retry-After": "20"}),
        SlackFault(drop=True),
    ],
    ids=["refused", "slow down", "dropped"],
)
async def test_where_slack_does_not_take_it_the_answer_comes_all_the_same(tmp_path: Path, fault: SlackFault) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.faults["response_url"].append(fault)
        async with slow_devin(world.devin):
            await world.slack.command(FIVE)
            await world.slack.until(lambda: world.slack.responses)
        (answer,) = await world.answered("Last 4 full weeks: ")
        assert answer.ephemeral_to == "U01NEWYORK"
        assert len(world.slack.responses) == 2
        assert [call.method for call in world.slack.calls if call.method == "chat.postMessage"] == []


@pytest.mark.usefixtures("impatient")
async def test_of_a_shared_answer_the_channel_reads_no_line_of_progress(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=SEES_CHANNELS) as world:
        async with slow_devin(world.devin):
            await world.slack.command(f"{FIVE} share")
            (line,) = await world.answered("Asking Devin")
            assert line.ephemeral_to == "U01NEWYORK"
        (answer,) = await world.answered("Last 4 full weeks: ")
        assert answer.ephemeral_to is None


@pytest.mark.usefixtures("impatient")
async def test_what_was_kept_is_no_call_and_an_answer_without_calls_needs_no_word(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        async with slow_devin(world.devin):
            await world.slack.command("last 4w vs=none")
            await world.answered("Asking Devin: 1 call ")
        await world.answered("Last 4 full weeks: ")
        async with slow_devin(world.devin):
            await world.slack.command(FIVE)
            await world.answered("Asking Devin: 4 calls ")
        await world.answered("Last 4 full weeks: ", count=2)
        await world.slack.command(FIVE)
        await world.answered("Last 4 full weeks: ", count=3)
        assert len(world.slack.responses) == 5


async def test_an_answer_that_comes_soon_needs_no_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_notice, "NOTICE_AFTER", 600)
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.command(FIVE)
        await world.answered("Last 4 full weeks: ")
        assert len(world.slack.responses) == 1


@pytest.mark.usefixtures("impatient")
async def test_told_to_stop_meanwhile_the_bot_finishes_the_answer(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        async with slow_devin(world.devin):
            await world.slack.command(FIVE)
            await world.answered("Asking Devin: 5 calls ")
            world.stop.set()
        await world.bot
        assert [post.text.partition(":")[0] for post in world.slack.posts] == ["Asking Devin", "Last 4 full weeks"]


@pytest.mark.usefixtures("impatient")
async def test_it_tells_the_newest_number_and_tells_it_once() -> None:
    heard: asyncio.Queue[Progress] = asyncio.Queue()
    async with ProgressNotice(heard.put) as waiting:
        for done in range(15):
            waiting.tell(Progress(done, 40))
        assert await heard.get() == Progress(14, 40)
        waiting.tell(Progress(15, 40))
    assert heard.empty()


@pytest.mark.usefixtures("impatient")
async def test_that_all_is_done_needs_no_word() -> None:
    heard: asyncio.Queue[Progress] = asyncio.Queue()
    async with ProgressNotice(heard.put) as waiting:
        waiting.tell(Progress(40, 40))
    assert heard.empty()


@pytest.mark.usefixtures("impatient")
async def test_a_bug_in_it_is_logged_and_spoils_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    saying = asyncio.Event()

    async def broken(_: Progress) -> None:
        saying.set()
        raise ZeroDivisionError

    async with ProgressNotice(broken) as waiting:
        waiting.tell(Progress(0, 2))
        await saying.wait()
    assert "progress-not-said" in capsys.readouterr().out


@pytest.mark.usefixtures("impatient")
async def test_a_click_that_takes_long_has_the_line_too_and_its_message_stays(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.command("help")
        (help_,) = await world.answered("Ask for Devin session metrics")
        async with slow_devin(world.devin):
            await world.slack.command("lst 4w vs=none")
            (wrong,) = await world.answered("Did you mean")
            await world.slack.click(wrong, "ask-meant")
            (line,) = await world.answered("Asking Devin: 1 call ")
        (answer,) = await world.answered("Last 4 full weeks: ")
        assert world.slack.posts == [help_, wrong, line, answer]


async def test_what_was_asked_in_a_view_has_no_conversation_for_the_line() -> None:
    reply = UrlReply("", datetime.now(UTC), AsyncWebClient(), Fallback())
    await reply.send_progress(Message("Asking", ()), datetime.now(UTC))
    assert reply.uses == 0


# In the terminal


@asynccontextmanager
async def asking(devin: DevinStandin, folder: Path, stderr: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """`devin-metrics ask` in a process of its own, with that end for its stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "ask", FIVE),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path), "DEVIN_API_KEY": "cog_test", "DEVIN_API_URL": devin.url},
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_terminal_shows_it_on_stderr_and_has_the_answer_alone_in_the_end(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    async with devin_standin(lambda: datetime.now(UTC)) as devin, asking(devin, tmp_path, theirs) as process:
        os.close(theirs)
        async with asyncio.timeout(60), slow_devin(devin):
            shown = await asyncio.to_thread(os.read, ours, 1000)
            assert shown.decode() == f"{ERASE}0 of 5 calls to Devin are done."
        answer, _ = await process.communicate()
        assert (await asyncio.to_thread(_rest, ours)).endswith(f"5 of 5 calls to Devin are done.{ERASE}")
    assert answer.decode().startswith("Last 4 full weeks: ")
    assert "calls to Devin" not in answer.decode()


def _rest(terminal: int) -> str:
    """What is still to be read from a terminal that nobody writes to any more."""
    with open(terminal, "rb", buffering=0) as reader, suppress(OSError):  # At its end Linux raises one.
        told = b""
        while part := reader.read(1000):
            told += part
    return told.decode()


async def test_where_stderr_is_no_terminal_nothing_is_shown(tmp_path: Path) -> None:
    async with (
        devin_standin(lambda: datetime.now(UTC)) as devin,
        asking(devin, tmp_path, asyncio.subprocess.PIPE) as process,
    ):
        devin.faults.extend([DevinFault(delay=1.5)] * 5)
        answer, shown = await process.communicate()
    assert answer.decode().startswith("Last 4 full weeks: ")
    assert shown == b""
