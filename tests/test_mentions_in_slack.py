"""The bot is mentioned in channels and threads, and written to directly: what comes back, for whom, how often."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from bot.app import run_in_slack
from bot.digests.clock import Clock
from bot.playground.slack.standin import Channel, Post, SlackFault, User
from bot.slack import progress_notice
from bot.slack.mentions import text_for
from tests.in_slack import SEES_CHANNELS, Mode, World, bot_in_slack, free_port, ready
from tests.test_in_slack import both
from tests.test_progress import FIVE, slow_devin

if TYPE_CHECKING:
    from tests.databases import Server

pytestmark = pytest.mark.usefixtures("nothing_set")
HEARS = ("app_mentions:read", "im:history", *SEES_CHANNELS)
USER, OTHER = "U01NEWYORK", "U01TOKYO"
REPORT = "last week org=payments"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line of progress comes at once."""
    monkeypatch.setattr(progress_notice, "NOTICE_AFTER", 0)


def place(post: Post) -> tuple[str, str | None, str | None]:
    """Where a message stands: its conversation, its thread, its only reader."""
    return post.channel, post.thread_ts, post.ephemeral_to


def by_bot(world: World) -> list[Post]:
    return [post for post in world.slack.posts if post.author is None]


# What is a question


MENTION = {"type": "app_mention", "user": "U1", "text": "<@U0> last 7d", "channel": "C1", "ts": "1.1"}
DIRECT = {"type": "message", "channel_type": "im", "user": "U1", "text": "last 7d", "channel": "D1", "ts": "1.1"}


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (MENTION, "last 7d"),
        ({**MENTION, "text": "last 7d <@U0>"}, "last 7d"),
        ({**MENTION, "text": "<@U0|metrics> last 7d"}, "last 7d"),
        ({**MENTION, "text": "<@U0>"}, ""),
        ({**MENTION, "text": "<@U0>: last 7d"}, "last 7d"),
        ({**MENTION, "text": "<@U0> – last 7d"}, "last 7d"),
        ({**MENTION, "text": "<@U0> -h"}, "-h"),
        ({**MENTION, "text": "&gt; <@U0>, last 7d"}, "last 7d"),
        ({**MENTION, "text": "<@U0> last 7d user=<@U7>"}, "last 7d user=<@U7>"),
        ({**MENTION, "thread_ts": "1.0", "subtype": "thread_broadcast"}, "last 7d"),
        (DIRECT, "last 7d"),
        ({**DIRECT, "text": "<@U0> last 7d"}, "last 7d"),
        ({**DIRECT, "subtype": "file_share", "files": [{"id": "F1"}]}, "last 7d"),
        ({**DIRECT, "subtype": "file_share", "files": [{"id": "F1"}], "text": ""}, "help"),
    ],
)
def test_what_is_said_to_the_bot_is_asked_without_its_name(event: dict[str, Any], text: str) -> None:
    assert text_for(event, "U0") == text


@pytest.mark.parametrize(
    "event",
    [
        {**MENTION, "user": "U0"},
        {**MENTION, "bot_id": "B9"},
        {**MENTION, "edited": {"user": "U1", "ts": "2.0"}},
        {**MENTION, "user": None},
        {**MENTION, "user": "USLACKBOT"},
        {**MENTION, "user": {"id": "U1"}},
        {**DIRECT, "bot_id": "B0"},
        {**DIRECT, "subtype": "bot_message", "user": None},
        {**DIRECT, "subtype": "message_changed", "hidden": True},
        {**DIRECT, "subtype": "message_deleted", "hidden": True},
        {**DIRECT, "subtype": "channel_join"},
        {**DIRECT, "channel_type": "channel"},
        {**DIRECT, "channel_type": "group", "text": "<@U0> last 7d"},
    ],
)
def test_what_is_not_said_to_it_by_a_person_is_ignored(event: dict[str, Any]) -> None:
    assert text_for(event, "U0") is None


# Mentions


@both
async def test_a_mention_is_answered_in_its_thread_for_all(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, scopes=HEARS) as world:
        await world.slack.mention(REPORT)
        (answer,) = await world.answered("Payments: ")
        assert place(answer) == ("C01REPORTS", world.slack.posts[0].ts, None)
        assert len(by_bot(world)) == 1
        offered = [element["action_id"] for element in answer.blocks[-1]["elements"]]
        assert "share" not in offered


async def test_a_mention_in_a_thread_is_answered_there(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        root = world.slack.post("C01REPORTS", {"text": "How did it go?"}, author=OTHER)
        await world.slack.mention(REPORT, thread=root.ts)
        (answer,) = await world.answered("Payments: ")
        assert place(answer) == ("C01REPORTS", root.ts, None)


async def test_the_name_alone_asks_what_the_command_alone_asks(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        await world.slack.mention("")
        await world.answered("Last 7 full days: ")


@pytest.mark.usefixtures("impatient")
@both
async def test_the_line_of_progress_becomes_the_answer(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, scopes=HEARS) as world:
        async with slow_devin(world.devin):
            await world.slack.mention(FIVE)
            (line,) = await world.answered("Asking Devin: 5 calls")
            assert place(line) == ("C01REPORTS", world.slack.posts[0].ts, None)
        (answer,) = await world.answered("Last 4 full weeks: ")
        assert (answer.ts, place(answer)) == (line.ts, place(line))
        assert len(by_bot(world)) == 1


@pytest.mark.usefixtures("impatient")
async def test_a_line_that_somebody_deleted_is_followed_by_an_answer_of_its_own(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        async with slow_devin(world.devin):
            await world.slack.mention(FIVE)
            (line,) = await world.answered("Asking Devin: 5 calls")
            world.slack.delete(line)
        (answer,) = await world.answered("Last 4 full weeks: ")
        assert answer.thread_ts == world.slack.posts[0].ts


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("accepted", [True, False])
async def test_an_update_of_which_slack_does_not_tell_is_made_again(tmp_path: Path, accepted: bool) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        world.slack.faults["chat.update"].append(SlackFault(drop=True, accepted=accepted))
        async with slow_devin(world.devin):
            await world.slack.mention(FIVE)
            await world.answered("Asking Devin: 5 calls")
        await world.answered("Last 4 full weeks: ")
        await world.slack.until(lambda: len([call for call in world.slack.calls if call.method == "chat.update"]) == 2)
        assert len(by_bot(world)) == 1


@both
async def test_what_is_wrong_with_a_mention_is_for_the_asker_alone(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, scopes=HEARS) as world:
        await world.slack.mention("lst 7d")
        (wrong,) = await world.answered("Did you mean")
        assert place(wrong) == ("C01REPORTS", None, USER)
        root = world.slack.post("C01REPORTS", {"text": "How did it go?"}, author=OTHER)
        await world.slack.mention("lst 7d", thread=root.ts)
        _, there = await world.answered("Did you mean", count=2)
        assert place(there) == ("C01REPORTS", root.ts, USER)
        await world.slack.click(wrong, "ask-meant")
        (answer,) = await world.answered("Last 7 full days: ")
        assert answer.ephemeral_to == USER


@pytest.mark.usefixtures("impatient")
async def test_an_answer_about_single_people_is_for_the_asker_alone_and_leaves_no_line(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        async with slow_devin(world.devin):
            await world.slack.mention("last week user=user-01")
            await world.answered("Asking Devin")
        (answer,) = await world.answered("all organizations")
        assert place(answer) == ("C01REPORTS", None, USER)
        assert by_bot(world) == [answer]


async def test_what_devin_refuses_is_for_the_asker_alone(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS, devin_api_url="http://127.0.0.1:9") as world:
        await world.slack.mention(REPORT)
        (wrong,) = await world.answered("Devin")
        assert wrong.ephemeral_to == USER


async def test_a_digest_asked_for_by_a_mention_is_set_up_when_the_asker_says_so(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        await world.slack.mention("digest add weekly monday 9:00 org=payments", user=OTHER)
        (question,) = await world.answered(
            "This changes something, so it waits for your click:\ndigest add weekly monday 9:00 org=payments"
        )
        assert place(question) == ("C01REPORTS", None, OTHER)
        await world.slack.mention("digest list")
        await world.answered("No digest")
        await world.slack.click(question, "ask-confirmed", user=OTHER)
        await world.answered("Digest 1")
        hello = [post for post in by_bot(world) if post.ephemeral_to is None and not post.thread_ts]
        assert [post.channel for post in hello] == ["C01REPORTS"]


async def test_a_mention_in_a_thread_whose_parent_is_gone_is_answered_in_the_channel(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        root = world.slack.post("C01REPORTS", {"text": "How did it go?"}, author=OTHER)
        event = {**MENTION, "user": USER, "text": f"<@{world.slack.bot_user_id}> {REPORT}", "channel": "C01REPORTS"}
        world.slack.delete(root)
        await world.slack.event({**event, "ts": "1763566200.000100", "thread_ts": root.ts})
        (answer,) = await world.answered("Payments: ")
        assert place(answer) == ("C01REPORTS", None, None)


@pytest.mark.parametrize("thread", ["1763566200.000100", "1763566100.000100"], ids=["its own", "gone"])
async def test_what_is_for_the_asker_alone_is_not_shown_in_a_thread_without_replies(
    thread: str, tmp_path: Path
) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        text = f"<@{world.slack.bot_user_id}> lst 7d"
        event = {**MENTION, "user": USER, "text": text, "channel": "C01REPORTS", "ts": "1763566200.000100"}
        await world.slack.event({**event, "thread_ts": thread})
        (wrong,) = await world.answered("Did you mean")
        assert place(wrong) == ("C01REPORTS", None, USER)


async def test_what_slack_does_not_take_in_the_channel_goes_to_the_asker_directly(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        world.slack.faults["chat.postMessage"].append(SlackFault(error="restricted_action"))
        await world.slack.mention(REPORT)
        (answer,) = await world.answered("Payments: ")
        assert answer.channel == USER
        (line,) = await world.answered("Slack did not take the answer for this channel.")
        assert line.ephemeral_to == USER


async def test_a_line_that_slack_does_not_show_goes_to_the_asker_directly(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        world.slack.faults["chat.postEphemeral"].append(SlackFault(error="user_not_in_channel"))
        await world.slack.mention("lst 7d")
        (wrong,) = await world.answered("Did you mean")
        assert wrong.channel == USER


async def test_a_pause_that_slack_asks_for_is_kept(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        world.slack.faults["chat.postMessage"].append(SlackFault(status=429, headers={"Retry-After": "0"}))
        await world.slack.mention(REPORT)
        (answer,) = await world.answered("Payments: ")
        assert answer.channel == "C01REPORTS"


@pytest.mark.usefixtures("impatient")
async def test_where_slack_refuses_the_blocks_of_an_update_the_words_come_without_them(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        world.slack.refuses.add("section")
        async with slow_devin(world.devin):
            await world.slack.mention(FIVE)
            (line,) = await world.answered("Asking Devin: 5 calls")
        (answer,) = await world.answered("Last 4 full weeks: ")
        assert (answer.ts, answer.blocks) == (line.ts, [])
        assert by_bot(world) == [answer]


@pytest.mark.usefixtures("impatient")
async def test_a_line_that_cannot_be_changed_does_not_stay_beside_the_answer(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        world.slack.faults["chat.update"].append(SlackFault(error="cant_update_message"))
        async with slow_devin(world.devin):
            await world.slack.mention(FIVE)
            await world.answered("Asking Devin: 5 calls")
        (answer,) = await world.answered("Last 4 full weeks: ")
        assert by_bot(world) == [answer]


async def test_what_a_bot_that_ends_has_acknowledged_it_answers(tmp_path: Path) -> None:
    async with bot_in_slack("http", tmp_path, scopes=HEARS) as world:
        taken = await asyncio.gather(*(world.slack.mention(REPORT) for _ in range(20)))
        world.stop.set()
        await world.bot
        assert len(by_bot(world)) == len([one for one in taken if one.error is None])


async def test_4000_characters_are_answered_with_what_is_too_long(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        await world.slack.mention("x" * 3_980)
        (wrong,) = await world.answered("1,500")
        assert wrong.ephemeral_to == USER


async def test_beyond_what_can_wait_a_mention_gets_a_busy_line(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS, limits={"concurrent_answers": 1}) as world:
        async with slow_devin(world.devin):
            for _ in range(3):
                await world.slack.mention(REPORT)
            (busy,) = await world.answered("Many people are asking right now")
            assert place(busy) == ("C01REPORTS", None, USER)
        await world.answered("Payments: ", count=2)


# Direct messages


@both
async def test_a_direct_message_is_answered_there_and_so_is_a_typo(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, scopes=HEARS) as world:
        await world.slack.direct_message(REPORT)
        (answer,) = await world.answered("Payments: ")
        assert place(answer) == (USER, None, None)
        await world.slack.direct_message("先週")
        await world.answered("Last week: ")
        await world.slack.direct_message("lst 7d")
        (wrong,) = await world.answered("Did you mean")
        assert place(wrong) == (USER, None, None)
        await world.slack.direct_message("last week user=user-01")
        await world.answered("all organizations", count=2)
        assert len(by_bot(world)) == 4


@pytest.mark.usefixtures("impatient")
async def test_in_direct_messages_the_line_becomes_the_answer_whatever_it_is(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        async with slow_devin(world.devin):
            await world.slack.direct_message(FIVE)
            (line,) = await world.answered("Asking Devin: 5 calls")
        (answer,) = await world.answered("Last 4 full weeks: ")
        assert answer.ts == line.ts
        assert len(by_bot(world)) == 1


async def test_a_direct_message_changes_things_at_once(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        await world.slack.direct_message("settings tz=Asia/Tokyo")
        await world.answered("Tokyo")
        await world.slack.direct_message("digest add weekly monday 9:00")
        await world.answered("Digest 1")


# Once


@both
async def test_an_event_that_slack_repeats_is_answered_once(mode: Mode, tmp_path: Path) -> None:
    async with bot_in_slack(mode, tmp_path, scopes=HEARS) as world:
        first = await world.slack.mention(REPORT)
        for attempt in (1, 2, 3):
            await world.slack.repeat(first, attempt)
        await world.answered("Payments: ")
        await world.slack.mention("last 4w")
        await world.answered("Last 4 full weeks: ")
        assert len(by_bot(world)) == 2


async def test_an_event_that_a_bot_answered_before_its_restart_is_answered_once(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        first = await world.slack.mention(REPORT)
        await world.answered("Payments: ")
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        world.slack.post("C01REPORTS", {"text": "Earlier"}, author=USER)
        await world.slack.repeat(first)
        await world.slack.mention("last 4w")
        await world.answered("Last 4 full weeks: ")
        assert len(by_bot(world)) == 1


async def test_an_event_that_goes_to_two_replicas_is_answered_once(postgresql: "Server", tmp_path: Path) -> None:
    url = SecretStr(await postgresql.new_migrated())
    async with bot_in_slack("http", tmp_path, scopes=HEARS, database_url=url) as world:
        port = free_port()
        async with asyncio.TaskGroup() as group:
            other_bot = run_in_slack(world.settings, ("127.0.0.1", port), world.stop, 0, Clock(world.slack.clock))
            group.create_task(other_bot)
            one, other = world.slack.http_url, f"http://127.0.0.1:{port}/slack/events"
            first = await world.slack.mention(REPORT)
            world.slack.http_url = other
            await ready(world, port)
            assert (await world.slack.repeat(first)).error is None
            await world.answered("Payments: ")
            world.slack.http_url = one
            await world.slack.mention("last 4w")
            await world.answered("Last 4 full weeks: ")
            assert len(by_bot(world)) == 2
            world.stop.set()


async def test_a_bot_does_not_answer_itself_and_other_bots(tmp_path: Path) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        text = f"<@{world.slack.bot_user_id}> {REPORT}"
        event = {**MENTION, "text": text, "channel": "C01REPORTS", "ts": "1763566200.000100"}
        await world.slack.event({**event, "user": world.slack.bot_user_id, "bot_id": world.slack.bot_id})
        await world.slack.event({**event, "user": "U0OTHERBOT", "bot_id": "B0OTHER"})
        await world.slack.direct_message(REPORT)
        await world.answered("Payments: ")
        await asyncio.sleep(0.1)  # The bot hears of its own direct message, too.
        assert len(by_bot(world)) == 1


# Who may read


async def test_in_a_channel_shared_with_another_company_a_mention_is_answered_to_the_asker_alone(
    tmp_path: Path,
) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        world.slack.channels["C01PARTNER"] = Channel("partner", is_ext_shared=True)
        await world.slack.mention(REPORT, channel="C01PARTNER")
        (wrong,) = await world.answered("People of another company read")
        assert place(wrong) == ("C01PARTNER", None, USER)
        await world.slack.click(wrong, "ask-alone")
        (answer,) = await world.answered("Payments: ")
        assert answer.ephemeral_to == USER
        world.slack.channels["C01INVITED"] = Channel("invited", is_pending_ext_shared=True)
        await world.slack.mention(REPORT, channel="C01INVITED")
        await world.answered("People of another company read", count=2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lst 7d", "Did you mean"),
        ("settings", "Your settings"),
        ("digest add weekly monday 9:00", "This changes something"),
        ("digest list", "No digest"),
        ("orgs", "Payments"),
        ("last week user=user-01", "all organizations"),
        ("x" * 3_980, "1,500"),
    ],
)
async def test_what_is_for_the_asker_alone_they_get_wherever_they_mention_the_bot(
    text: str, words: str, tmp_path: Path
) -> None:
    async with bot_in_slack("socket", tmp_path, scopes=HEARS) as world:
        world.slack.channels["C01PARTNER"] = Channel("partner", is_ext_shared=True)
        await world.slack.mention(text, channel="C01PARTNER")
        (answer,) = await world.answered(words)
        assert place(answer) == ("C01PARTNER", None, USER)


async def test_a_shared_channel_that_the_settings_allow_reads_the_answer(tmp_path: Path) -> None:
    async with bot_in_slack(
        "socket", tmp_path, scopes=HEARS, access={"shared_channels": frozenset({"C01PARTNER"})}
    ) as world:
        world.slack.channels["C01PARTNER"] = Channel("partner", is_ext_shared=True)
        world.slack.users["U9PARTNER"] = User("partner", team_id="T9PARTNER")
        await world.slack.mention(REPORT, channel="C01PARTNER", user="U9PARTNER")
        (answer,) = await world.answered("Payments: ")
        assert place(answer) == ("C01PARTNER", world.slack.posts[0].ts, None)
        for more in ("digest add weekly monday 9:00", "settings tz=Asia/Tokyo", "digest list"):
            await world.slack.mention(more, channel="C01PARTNER", user="U9PARTNER")
        wrong = await world.answered("This bot answers only the people of the company that runs it", count=3)
        assert {post.ephemeral_to for post in wrong} == {"U9PARTNER"}
