"""What the stand-in for Slack changes, deletes and shows to one person, asked by Slack's own SDK."""

from typing import Any

import pytest

from bot.playground.slack.standin import Channel, Post, Slack, SlackFault
from tests.slack_bots import CHART, REPORT, SECTION, Block, client
from tests.test_standin_slack import refusal, section

METADATA = {"event_type": "digest", "event_payload": {"delivery": "d1"}}


@pytest.fixture
def slack(bare_slack: Slack) -> Slack:
    return bare_slack


@pytest.fixture
def post(slack: Slack) -> Post:
    """The bot's own message in a channel."""
    return slack.post("C01REPORTS", {"text": "Counting …", "blocks": REPORT, "metadata": METADATA})


# chat.update


async def test_the_bot_changes_its_message_and_everybody_sees_that_it_was(slack: Slack, post: Post) -> None:
    answer = await client(slack).chat_update(channel="C01REPORTS", ts=post.ts, text="184 sessions", blocks=[SECTION])
    [changed] = slack.posts
    assert (changed.ts, changed.text, changed.blocks) == (post.ts, "184 sessions", [SECTION])
    assert (answer["channel"], answer["ts"], answer["text"]) == ("C01REPORTS", post.ts, "184 sessions")
    assert answer["message"]["edited"] == {"user": slack.bot_user_id, "ts": changed.edited}


async def test_blocks_and_metadata_that_are_not_named_stay_and_empty_ones_remove_them(slack: Slack, post: Post) -> None:
    await client(slack).chat_update(channel="C01REPORTS", ts=post.ts, text="184 sessions")
    assert (slack.posts[0].text, slack.posts[0].blocks, slack.posts[0].metadata) == ("184 sessions", REPORT, METADATA)
    await client(slack).chat_update(channel="C01REPORTS", ts=post.ts, text="184 sessions", blocks=[], metadata={})
    assert (slack.posts[0].blocks, slack.posts[0].metadata) == ([], None)


async def test_a_direct_message_is_changed_by_its_conversation_and_not_by_its_user(slack: Slack) -> None:
    ts = slack.post("D01TOKYO", {"text": "Counting …"}).ts
    by_user = client(slack).chat_update(channel="U01TOKYO", ts=ts, text="184 sessions")
    assert (await refusal(by_user))["error"] == "channel_not_found"
    await client(slack).chat_update(channel="D01TOKYO", ts=ts, text="184 sessions")
    assert slack.posts[0].text == "184 sessions"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "184 sessions", "blocks": "header"}, "invalid_blocks_format"),
        ({"text": "184 sessions", "blocks": [CHART]}, "invalid_blocks"),
        ({"text": "184 sessions", "blocks": [section(3000)] * 5}, "msg_blocks_too_long"),
        ({"text": "184 sessions", "metadata": {"event_type": "digest"}}, "invalid_metadata_schema"),
    ],
)
async def test_a_change_is_checked_as_a_new_message_is(
    slack: Slack, post: Post, content: dict[str, Any], error: str
) -> None:
    slack.refuses.add("data_visualization")
    change = client(slack).api_call("chat.update", json={"channel": "C01REPORTS", "ts": post.ts, **content})
    assert (await refusal(change))["error"] == error
    assert slack.posts == [post]


async def test_in_an_archived_channel_nothing_is_changed(slack: Slack, post: Post) -> None:
    slack.channels["C01REPORTS"].is_archived = True
    change = client(slack).chat_update(channel="C01REPORTS", ts=post.ts, text="184 sessions")
    assert (await refusal(change))["error"] == "is_inactive"


# chat.delete, and what both refuse


async def test_the_bot_deletes_its_message(slack: Slack, post: Post) -> None:
    answer = await client(slack).chat_delete(channel="C01REPORTS", ts=post.ts)
    assert (answer["channel"], answer["ts"], slack.posts) == ("C01REPORTS", post.ts, [])


@pytest.mark.parametrize("method", ["chat.update", "chat.delete"])
async def test_only_the_bot_s_own_messages_are_changed_or_deleted(slack: Slack, method: str) -> None:
    theirs = slack.post("C01REPORTS", {"text": "Good morning"}, author="U01TOKYO")
    named = {"channel": "C01REPORTS", "ts": theirs.ts, "text": "184 sessions"}
    error = f"cant_{method.removeprefix('chat.')}_message"
    assert (await refusal(client(slack).api_call(method, json=named)))["error"] == error
    assert slack.posts == [theirs]


@pytest.mark.parametrize("method", ["chat.update", "chat.delete"])
async def test_a_message_that_is_gone_is_elsewhere_or_is_for_one_person_is_not_found(slack: Slack, method: str) -> None:
    gone = slack.post("C01REPORTS", {"text": "gone"})
    slack.delete(gone)
    elsewhere = slack.post("D01TOKYO", {"text": "elsewhere"})
    private = slack.post("C01REPORTS", {"text": "private"}, "U01TOKYO")
    for ts in (gone.ts, elsewhere.ts, private.ts, "soon"):
        named = {"channel": "C01REPORTS", "ts": ts, "text": "184 sessions"}
        assert (await refusal(client(slack).api_call(method, json=named)))["error"] == "message_not_found"


@pytest.mark.parametrize("method", ["chat.update", "chat.delete", "chat.postEphemeral"])
@pytest.mark.parametrize("channel", ["C01ELSEWHERE", "G01BOARD", "U01TOKYO"])
async def test_what_the_bot_cannot_see_is_no_channel(slack: Slack, method: str, channel: str) -> None:
    named = {"channel": channel, "ts": "1.000001", "user": "U01TOKYO", "text": "184 sessions"}
    assert (await refusal(client(slack).api_call(method, json=named)))["error"] == "channel_not_found"


@pytest.mark.parametrize("method", ["chat.update", "chat.delete", "chat.postEphemeral"])
async def test_each_asks_for_the_scope_and_has_its_faults(slack: Slack, post: Post, method: str) -> None:
    named = {"channel": "C01REPORTS", "ts": post.ts, "user": "U01TOKYO", "text": "184 sessions"}
    slack.faults[method].append(SlackFault(error="fatal_error", channel="C01REPORTS"))
    assert (await refusal(client(slack).api_call(method, json=named)))["error"] == "fatal_error"
    slack.scopes.remove("chat:write")
    assert (await refusal(client(slack).api_call(method, json=named)))["needed"] == "chat:write"


async def test_the_bot_hears_that_its_own_direct_message_was_changed_or_deleted(slack: Slack) -> None:
    told: list[Any] = []
    slack.tell = told.append
    slack.scopes.add("im:history")
    post = slack.post("D01TOKYO", {"text": "Counting …"})
    await client(slack).chat_update(channel="D01TOKYO", ts=post.ts, text="184 sessions")
    await client(slack).chat_delete(channel="D01TOKYO", ts=post.ts)
    changed, deleted = told
    assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "184 sessions")
    assert (changed["previous_message"]["text"], changed["message"]["bot_id"]) == ("Counting …", slack.bot_id)
    assert (deleted["subtype"], deleted["deleted_ts"], deleted["channel_type"]) == ("message_deleted", post.ts, "im")


# chat.postEphemeral


async def ephemeral(slack: Slack, channel: str = "C01REPORTS", user: str = "U01TOKYO", **more: Any) -> Any:
    """Shows a line to one person."""
    return await client(slack).chat_postEphemeral(channel=channel, user=user, text="184 sessions", **more)


async def test_an_ephemeral_message_is_for_one_person(slack: Slack) -> None:
    answer = await ephemeral(slack, blocks=REPORT)
    [post] = slack.posts
    assert (post.ephemeral_to, post.channel, post.text, post.blocks) == (
        "U01TOKYO",
        "C01REPORTS",
        "184 sessions",
        REPORT,
    )
    assert (answer["message_ts"], "ts" in answer.data, "message" in answer.data) == (post.ts, False, False)


@pytest.mark.parametrize(
    ("channel", "user", "error"),
    [
        ("C01RANDOM", "U01TOKYO", "not_in_channel"),
        ("C01OLD", "U01TOKYO", "is_archived"),
        ("C01FEW", "U01TOKYO", "user_not_in_channel"),
        ("C01REPORTS", "U01NOBODY", "user_not_in_channel"),
        ("D01NEWYORK", "U01TOKYO", "user_not_in_channel"),
    ],
)
async def test_it_is_shown_only_to_a_member_where_the_bot_is_one(
    slack: Slack, channel: str, user: str, error: str
) -> None:
    slack.scopes.add("chat:write.public")
    slack.channels["C01OLD"] = Channel("old", is_archived=True)
    slack.channels["C01FEW"] = Channel("few", members={"U01NEWYORK"})
    assert (await refusal(ephemeral(slack, channel, user)))["error"] == error
    assert slack.posts == []


@pytest.mark.parametrize(("replies", "shown"), [([], False), (["U01NEWYORK"], False), ([None], True)])
async def test_in_a_thread_it_is_shown_only_if_somebody_has_replied_already(
    slack: Slack, replies: list[str | None], shown: bool
) -> None:
    root = slack.post("C01REPORTS", {"text": "last week"})
    for only_reader in replies:
        slack.post("C01REPORTS", {"text": "by size", "thread_ts": root.ts}, only_reader)
    answer = await ephemeral(slack, thread_ts=root.ts)
    found = slack.find(answer["message_ts"])
    assert ((found and found.thread_ts), slack.calls[0].method) == (root.ts if shown else None, "chat.postEphemeral")


async def test_in_a_thread_that_is_gone_it_is_not_shown(slack: Slack, post: Post) -> None:
    slack.post("C01REPORTS", {"text": "by size", "thread_ts": post.ts})
    slack.delete(post)
    answer = await ephemeral(slack, thread_ts=post.ts)
    assert (answer["ok"], slack.find(answer["message_ts"])) == (True, None)


async def test_its_content_is_checked(slack: Slack) -> None:
    blocks: list[Block] = [{"type": "graph"}]
    assert (await refusal(ephemeral(slack, blocks=blocks)))["error"] == "invalid_blocks"
    assert (await refusal(ephemeral(slack, thread_ts="soon")))["error"] == "invalid_thread_ts"
