"""The command in Slack, over both transports, answered in time whatever Devin does."""

import asyncio
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.ports import SlackError
from bot.messages.message import Message
from bot.playground.devin.standin import DevinFault
from bot.playground.slack.standin import SlackFault
from bot.slack.fallback import Fallback
from bot.slack.reply import UrlReply
from tests.in_slack import SEES_CHANNELS, STARTED, Mode, World, bot_in_slack

pytestmark = pytest.mark.usefixtures("nothing_set")
both = pytest.mark.parametrize("mode", ["socket", "http"])
# Whether a command's own lines can be replaced, and whether an answer waits for its ack, nobody knows of Slack.
either = pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])


@both
@either
@pytest.mark.parametrize(("text", "said"), [("last week org=payments", "Payments: "), ("help", "Ask for Devin")])
async def test_a_command_is_acknowledged_with_nothing_and_answered_with_one_private_message(
    mode: Mode, lenient: bool, text: str, said: str, tmp_path: Path
) -> None:
    async with bot_in_slack(mode, tmp_path, lenient=lenient) as world:
        delivery = await world.slack.command(text)
        assert (delivery.error, delivery.body) == (None, {})
        (answer,) = await world.answered(said)
        assert answer.ephemeral_to == "U01NEWYORK"
        assert world.slack.posts == [answer]
        assert len(world.slack.responses) == 1


@both
async def test_the_acknowledgement_does_not_wait_for_devin(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        released = asyncio.Event()
        world.devin.faults.extend([DevinFault(until=released)] * 2)
        delivery = await world.slack.command("last week org=payments")
        assert delivery.error is None
        assert not [post for post in world.slack.posts if "Payments: " in post.text]
        released.set()
        await world.answered("Payments: ")


async def test_the_bot_answers_by_the_clock_that_it_is_given(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.command("yesterday org=payments tz=UTC")
        await world.answered(f"{STARTED - timedelta(days=1):%b %d, %Y}")


@both
async def test_a_wrong_text_is_answered_in_words(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        await world.slack.command("lst 7d")
        await world.answered("Did you mean “last 7d”?")


@both
async def test_what_was_typed_cannot_mention_anybody(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        await world.slack.command('org="<!channel> & *x*"')
        (answer,) = await world.answered("No organization is called")
        assert "&lt;!channel&gt; &amp; *x*" in answer.text
        assert "<!channel>" not in answer.text


@both
async def test_a_text_of_20000_characters_is_refused_in_words(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        delivery = await world.slack.command("x" * 20_000)
        assert delivery.error is None
        await world.answered("20,000 characters, and 1,500 are read at most")


@both
async def test_the_same_command_typed_three_times_is_answered_three_times(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        world.devin.faults.extend([DevinFault(delay=0.3)] * 6)
        for _ in range(3):
            assert (await world.slack.command("last week org=payments")).error is None
        assert len(await world.answered("Payments: ", count=3)) == 3


@both
async def test_beyond_what_can_wait_there_is_a_busy_line_and_no_work(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, limits={"concurrent_answers": 1}) as world:
        released = asyncio.Event()
        world.devin.faults.extend([DevinFault(until=released)] * 4)
        bodies = [(await world.slack.command("last week org=payments")).body for _ in range(3)]
        released.set()
        assert bodies[:2] == [{}, {}]
        assert bodies[2]["text"].startswith("Many people are asking right now")
        await world.answered("Payments: ", count=2)
        assert len(world.devin.requests) == 2  # Both asked the same at the same time.


@pytest.mark.parametrize("text", ["last week org=payments", "digest list"])
async def test_stopped_while_an_answer_is_sent_the_bot_says_that_it_may_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr("bot.slack.connection.DRAIN", 0.2)
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.faults["response_url"].append(SlackFault(delay=5, accepted=True))
        await world.slack.command(text)
        await world.slack.until(lambda: world.slack.responses)
        world.stop.set()
        await world.bot
        assert len([post for post in world.slack.posts if "may be there" in post.text]) == 1
        assert not [post for post in world.slack.posts if "restarted" in post.text]


async def test_stopped_after_an_answer_was_sent_the_bot_does_not_say_that_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows the answer, here the asker's Home, may take longer than the stop leaves."""
    monkeypatch.setattr("bot.slack.connection.DRAIN", 0.2)
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.open_home()
        home = await world.slack.until(lambda: world.slack.homes.get("U01NEWYORK"))
        world.slack.faults["views.publish"].append(SlackFault(delay=5))
        await world.slack.act(home, "ask-week")
        await world.answered("This week so far: ")
        world.stop.set()
        await world.bot
        assert not [post for post in world.slack.posts if "restarted" in post.text or "may be there" in post.text]


@both
async def test_told_to_stop_the_bot_finishes_the_answer_first(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path) as world:
        world.devin.faults.extend([DevinFault(delay=0.5)] * 2)
        await world.slack.command("last week org=payments")
        world.stop.set()
        await world.bot
        assert [post.text for post in world.slack.posts if "Payments: " in post.text]


# Where the response URL does not work


@pytest.mark.parametrize(
    "fault",
    [
        SlackFault(status=404, body=b"used_url"),
        SlackFault(status=404, body=b"expired_url"),
        SlackFault(status=500),
        SlackFault(status=200, body=b'{"ok": false, "error": "expired_url"}'),
        SlackFault(status=200, body=b'{"ok": false}'),
    ],
    ids=["used", "expired", "broken", "200 with a refusal", "200 that is not ok"],
)
async def test_where_the_response_url_fails_the_answer_goes_to_the_asker_directly(
    tmp_path: Path, fault: SlackFault
) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.faults["response_url"].append(fault)
        await world.slack.command("last week org=payments")
        (answer,) = await world.answered("Payments: ")
        assert (answer.channel, answer.ephemeral_to) == ("U01NEWYORK", None)
        assert world.slack.posts == [answer]


@pytest.mark.parametrize("accepted", [True, False])
async def test_an_answer_that_slack_may_have_is_not_sent_twice_and_can_be_asked_for_again(
    tmp_path: Path, accepted: bool
) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.faults["response_url"].append(SlackFault(drop=True, accepted=accepted))
        await world.slack.command("last week org=payments")
        (line,) = await world.answered("Slack did not say whether the answer to “last week org=payments” arrived.")
        assert (line.channel, line.ephemeral_to) == ("U01NEWYORK", None)
        assert len([post for post in world.slack.posts if "Payments: " in post.text]) == int(accepted)
        await world.slack.click(line, "ask-again")
        await world.answered("Payments: ", count=1 + int(accepted))


@pytest.mark.parametrize("text", ["digest send 1", "digest add daily 9:00"])
async def test_a_command_that_slack_may_have_answered_is_not_offered_again_where_it_changes_something(
    tmp_path: Path, text: str
) -> None:
    async with bot_in_slack("socket", tmp_path, scopes={"channels:read"}) as world:
        await world.slack.command("digest add weekly monday 9:00")
        await world.answered("Digest 1 is set up")
        world.slack.faults["response_url"].append(SlackFault(drop=True, accepted=True))
        await world.slack.command(text)
        (line,) = await world.answered(
            f"Slack did not say whether the answer to “{text}” arrived. Before you ask again"
        )
        assert [block["type"] for block in line.blocks] == ["rich_text"]


async def test_a_line_shows_a_text_as_it_was_typed(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.faults["response_url"].append(SlackFault(drop=True))
        await world.slack.command('last week   org="R&D"')
        (line,) = await world.answered("Slack did not say")
        assert "the answer to “last week org=" in line.text
        assert "amp;amp;" not in line.text


async def test_where_no_connection_comes_about_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a firewall that drops what goes to the host of response URLs: the answer goes to the asker directly."""
    monkeypatch.setattr("bot.slack.reply.CONNECT_DEADLINE", 0.1)
    writers: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _reader, writer: writers.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    client = AsyncWebClient(base_url="https://127.0.0.1/api/")
    async with silent, aiohttp.ClientSession() as client.session:
        reply = UrlReply(f"https://127.0.0.1:{port}/", datetime.now(UTC), client, Fallback())
        with pytest.raises(SlackError, match="unreachable") as failed:
            await reply.send(Message("Direct", ()), datetime.now(UTC))
        assert not failed.value.unclear
        for writer in writers:
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize(
    "faults",
    [
        [SlackFault(status=429, headers={"Retry-After": "0"})] * 2,
        [SlackFault(status=429, headers={"Retry-After": "600"})],
        [SlackFault(status=404, body=b"\xff\xfe")],
    ],
    ids=["slow down twice", "slow down for long", "not UTF-8"],
)
async def test_what_the_response_url_goes_on_refusing_goes_to_the_asker_directly(
    tmp_path: Path, faults: list[SlackFault]
) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.faults["response_url"].extend(faults)
        await world.slack.command("last week org=payments")
        (answer,) = await world.answered("Payments: ")
        assert (answer.channel, len(world.slack.responses)) == ("U01NEWYORK", len(faults))


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_shared_answer_of_which_nobody_knows_is_not_sent_twice(tmp_path: Path, accepted: bool) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=SEES_CHANNELS) as world:
        world.slack.faults["response_url"].append(SlackFault(drop=True, accepted=accepted))
        await world.slack.command("last week org=payments share")
        (line,) = await world.answered("Look before you ask for it again.")
        assert line.ephemeral_to == "U01NEWYORK"
        assert len([post for post in world.slack.posts if "Payments: " in post.text]) == int(accepted)


async def test_a_response_url_that_asks_to_slow_down_is_used_again(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.faults["response_url"].append(SlackFault(status=429, headers={"Retry-After": "0"}))
        await world.slack.command("last week org=payments")
        (answer,) = await world.answered("Payments: ")
        assert answer.ephemeral_to == "U01NEWYORK"
        assert len(world.slack.responses) == 2


async def test_where_slack_refuses_the_blocks_the_same_words_come_without_them(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.refuses.add("section")
        await world.slack.command("last week org=payments")
        (answer,) = await world.answered("Payments: ")
        assert answer.blocks == []
        assert "Ship rate: " in answer.text
        assert len(world.slack.responses) == 2


async def test_a_token_that_is_revoked_while_running_leaves_the_command_answered_by_its_url(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.scopes.add("users:read")
        world.slack.revoked = "token_revoked"
        await world.slack.command("last week org=payments")
        await world.answered("Payments: ")


# Sharing


@both
@either
async def test_share_posts_for_everyone_in_the_channel(mode: Mode, lenient: bool, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, lenient=lenient, scopes=SEES_CHANNELS) as world:
        await world.slack.command("last week org=payments share")
        (answer,) = await world.answered("Payments: ")
        assert (answer.channel, answer.ephemeral_to) == ("C01REPORTS", None)
        await world.slack.until(lambda: world.slack.responses[-1].answer)
        assert world.slack.posts == [answer]


@both
@either
async def test_the_share_button_posts_what_it_stands_under(mode: Mode, lenient: bool, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, lenient=lenient, scopes=SEES_CHANNELS) as world:
        await world.slack.command("last week org=payments")
        (private,) = await world.answered("Payments: ")
        clicked = await world.slack.click(private, "share")
        assert clicked.error is None
        private, shared = await world.answered("Payments: ", count=2)
        assert len(world.slack.posts) == 2
        assert (shared.channel, shared.ephemeral_to) == ("C01REPORTS", None)
        assert shared.text.splitlines()[0] == private.text.splitlines()[0]
        assert "share" not in [element["action_id"] for element in shared.blocks[-1]["elements"]]


async def test_what_slack_does_not_take_for_the_channel_is_not_said_to_be_shared(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=SEES_CHANNELS) as world:
        await world.slack.command("last week org=payments")
        (private,) = await world.answered("Payments: ")
        refusal = SlackFault(status=403, body=b"restricted_action")
        world.slack.faults["response_url"].append(refusal)
        await world.slack.click(private, "share")
        (line,) = await world.answered("Slack did not take the answer for this channel.")
        assert line.ephemeral_to == "U01NEWYORK"
        world.slack.faults["response_url"].append(refusal)
        await world.slack.command("last week org=payments share")
        await world.answered("Slack did not take the answer for this channel.", count=2)
        assert [post.channel for post in await world.answered("Payments: ", count=3)] == [
            "C01REPORTS",
            "U01NEWYORK",
            "U01NEWYORK",
        ]
        assert not [post for post in world.slack.posts if "Shared" in post.text]


BUSY = "Many people are asking right now"


async def test_beyond_what_can_wait_a_click_gets_a_busy_line_too(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, limits={"concurrent_answers": 1}, scopes=SEES_CHANNELS) as world:
        await world.slack.command("last week org=payments")
        (private,) = await world.answered("Payments: ")
        await asyncio.to_thread(_do, "DELETE FROM readings", tmp_path / "bot.db")  # Which would answer at once.
        released, posts = asyncio.Event(), world.slack.posts
        world.devin.faults.extend([DevinFault(until=released)] * 4)
        for _ in range(3):
            assert (await world.slack.click(private, "share")).error is None
        await world.answered(BUSY)
        released.set()
        # Each click has an answer; how many of them had to come later depends on what the first one still does.
        await world.slack.until(lambda: sum("Payments: " in post.text or BUSY in post.text for post in posts) == 1 + 3)


async def test_an_answer_about_single_people_stays_private(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.command("last week user=user-01")
        (private,) = await world.answered("all organizations")
        assert "share" not in [element["action_id"] for element in private.blocks[-1]["elements"]]
        await world.slack.command("last week user=user-01 share")
        await world.answered("stays private")


# Zone and language


async def own_zone(world: World, user: str) -> str:
    """The line of an answer that names its zone."""
    before = len(world.slack.responses)
    await world.slack.command("yesterday org=payments", user=user)
    await world.slack.until(lambda: len(world.slack.responses) > before)
    text = str(world.slack.responses[-1].message["text"])
    return next(line for line in text.splitlines() if "time (" in line or line.startswith("UTC"))


async def test_slack_tells_the_zone_where_it_may_and_is_asked_once(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes={"users:read"}) as world:
        assert "Tokyo time" in await own_zone(world, "U01TOKYO")
        assert "Tokyo time" in await own_zone(world, "U01TOKYO")
        calls = [call for call in world.slack.calls if call.method == "users.info"]
        assert [call.arguments["user"] for call in calls] == [world.slack.bot_user_id, "U01TOKYO"]


async def test_without_the_scope_slack_is_not_asked(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        assert (await own_zone(world, "U01TOKYO")).startswith("UTC")
        assert "users.info" not in [call.method for call in world.slack.calls]


@pytest.mark.parametrize(
    "fault", [SlackFault(status=429, headers={"Retry-After": "30"}), SlackFault(status=500), SlackFault(drop=True)]
)
async def test_where_slack_does_not_tell_and_guests_may_ask_the_answer_comes_all_the_same(
    tmp_path: Path, fault: SlackFault
) -> None:
    async with bot_in_slack("socket", tmp_path, scopes={"users:read"}, access={"guests": True}) as world:
        world.slack.faults["users.info"].extend([fault] * 2)  # aiohttp repeats a GET that was dropped, once.
        assert (await own_zone(world, "U01TOKYO")).startswith("UTC")


async def test_what_somebody_chose_wins_and_is_kept(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes={"users:read"}) as world:
        await world.slack.command("settings tz=Europe/Berlin", user="U01TOKYO")
        await world.answered("Time zone: Europe/Berlin, as you chose")
    async with bot_in_slack("socket", tmp_path, scopes={"users:read"}) as world:
        assert "Berlin time" in await own_zone(world, "U01TOKYO")
        await world.slack.command("settings reset", user="U01TOKYO")
        await world.answered("Time zone: Asia/Tokyo, as in your Slack profile")


# Over HTTP, from anybody


@pytest.mark.parametrize("timestamp", ["1", "9999999999", "9" * 5000, "soon", "²", ""])
async def test_old_future_and_odd_timestamps_are_refused(tmp_path: Path, timestamp: str) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        body = b"command=%2Fdevin-metrics&text="
        headers = {**world.slack.sign(body, timestamp or None), "X-Slack-Request-Timestamp": timestamp}
        assert (await world.slack.deliver_raw(body, headers)).status == 401


async def test_a_forged_signature_is_refused(tmp_path: Path) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        headers = world.slack.sign(b"another body")
        assert (await world.slack.deliver_raw(b"command=%2Fdevin-metrics", headers)).status == 401


@pytest.mark.parametrize("body", [b"payload=junk", b"[1]", b'{"a":' + b"[" * 100_000, b"{", b"payload=[1]"])
async def test_what_nobody_signed_is_refused_before_it_is_read(tmp_path: Path, body: bytes) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        headers = {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=x", "Content-Type": "application/json"}
        assert (await world.slack.deliver_raw(body, headers)).status == 401
        assert (await world.slack.deliver_raw(body, world.slack.sign(body))).status in {400, 404}


async def test_broken_utf8_is_refused(tmp_path: Path) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        body = b"command=%2Fdevin-metrics&text=\xff"
        assert (await world.slack.deliver_raw(body, world.slack.sign(body))).status == 400


async def test_a_certificate_probe_is_answered(tmp_path: Path) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        assert (await world.slack.deliver_raw(b"ssl_check=1&token=x", {})).status == 200


async def test_a_command_that_a_workspace_renamed_is_answered(tmp_path: Path) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        body = (
            b"command=%2Fdevin&text=help&user_id=U01NEWYORK&team_id=T01STANDIN&response_url="
            + world.slack.api_url.encode()
        )
        assert (await world.slack.deliver_raw(body, world.slack.sign(body))).status == 200


# Socket Mode


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_a_connection_that_slack_renews_is_renewed(tmp_path: Path, reason: str) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await world.slack.disconnect(reason)  # type: ignore[arg-type]
        opened = "apps.connections.open"
        await world.slack.until(lambda: [call.method for call in world.slack.calls].count(opened) > 1)
        await world.slack.until(lambda: world.slack.connections)
        await world.slack.command("last week org=payments")
        await world.answered("Payments: ")


async def test_at_the_start_the_bot_waits_for_a_slow_slack(tmp_path: Path) -> None:
    started = time.monotonic()
    slow = {
        "auth.test": [SlackFault(delay=0.3), SlackFault(status=503)],
        "apps.connections.open": [SlackFault(status=429), SlackFault(status=500)],
    }
    async with bot_in_slack("socket", tmp_path, faults=slow) as world:
        await world.slack.command("help")
        await world.answered("Ask for Devin session metrics")
    assert time.monotonic() - started < 30


async def test_answers_under_way_are_not_lost_when_the_task_is_collected(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await asyncio.gather(*(world.slack.command("last week org=payments") for _ in range(20)))
        assert len(await world.answered("Payments: ", count=20)) == 20


async def test_a_database_that_fails_leaves_nobody_without_words(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        await asyncio.to_thread(_do, "DROP TABLE people", tmp_path / "bot.db")  # The bot's own writers go on meanwhile.
        await world.slack.command("last week")
        await world.answered("Something went wrong inside this bot.")


@pytest.mark.parametrize(
    ("fault", "lines"),
    [
        (SlackFault(error="is_archived"), 0),
        (SlackFault(status=429, headers={"Retry-After": "30"}), 0),
        (SlackFault(status=503), 1),
        (SlackFault(drop=True), 1),
    ],
    ids=["refused", "slow down", "broken", "dropped"],
)
async def test_where_neither_way_back_works_the_log_says_so_and_nothing_is_sent_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: SlackFault, lines: int
) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        world.slack.faults["response_url"].append(SlackFault(status=404, body=b"expired_url"))
        world.slack.faults["chat.postMessage"].append(fault)
        await world.slack.command("help")
        await world.slack.until(lambda: [call for call in world.slack.calls if call.method == "chat.postMessage"])
    assert "answer-not-delivered" in capsys.readouterr().out
    assert [post.text.partition(" to ")[0] for post in world.slack.posts] == [
        "Slack did not say whether the answer"
    ] * lines


async def test_a_response_url_is_used_five_times_at_most(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path) as world:
        client = AsyncWebClient(token=world.slack.bot_token, base_url=world.slack.api_url, retry_handlers=[])
        delivery = await world.slack.command("help")
        await world.answered("Ask for Devin session metrics")
        reply = UrlReply(str(delivery.response_url), datetime.now(UTC), client, Fallback())
        reply.uses = 5
        with pytest.raises(SlackError, match="used_url"):
            await reply.send(Message("Spent", ()), datetime.now(UTC))
        reply.uses, reply.asked_at = 0, datetime.now(UTC) - timedelta(minutes=31)
        with pytest.raises(SlackError, match="expired_url"):
            await reply.send(Message("Expired", ()), datetime.now(UTC))
        assert len(world.slack.responses) == 1


def _do(statement: str, file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute(statement)
        database.commit()
