"""The stand-in's conversations, asked by Slack's own SDK: how they are, and what was said there."""

import asyncio
from typing import Any

import pytest

from bot.playground.slack.standin import Channel, Slack, SlackFault, User
from tests.slack_bots import FRIDAY, REPORT, Clock, client
from tests.test_standin_slack import refusal

METADATA = {"event_type": "digest", "event_payload": {"delivery": "d1"}}
NOW = f"{FRIDAY.timestamp():.6f}"
SCOPES = {f"{kind}:{right}" for kind in ("channels", "groups", "im") for right in ("read", "history")}


@pytest.fixture
def slack(bare_slack: Slack) -> Slack:
    bare_slack.scopes.update(SCOPES)
    return bare_slack


async def texts(call: Any) -> list[str]:
    return [message["text"] for message in (await call)["messages"]]


# conversations.info


async def test_it_tells_how_a_channel_is_and_whether_the_bot_is_there(slack: Slack) -> None:
    slack.channels["C01PARTNER"] = Channel("partner", is_member=False, is_archived=True, is_ext_shared=True)
    slack.channels["C01INVITED"] = Channel("invited", is_private=True, is_pending_ext_shared=True)
    partner = (await client(slack).conversations_info(channel="C01PARTNER"))["channel"]
    invited = (await client(slack).conversations_info(channel="C01INVITED"))["channel"]
    direct = (await client(slack).conversations_info(channel="D01TOKYO"))["channel"]
    assert (partner["name"], partner["is_member"], partner["is_archived"]) == ("partner", False, True)
    assert (partner["is_ext_shared"], partner["is_pending_ext_shared"], partner["is_private"]) == (True, False, False)
    assert (invited["is_ext_shared"], invited["is_pending_ext_shared"], invited["is_private"]) == (False, True, True)
    assert (direct["is_im"], direct["user"], "is_member" in direct) == (True, "U01TOKYO", False)


@pytest.mark.parametrize("channel", ["C01ELSEWHERE", "G01BOARD", "U01TOKYO", ""])
@pytest.mark.parametrize("method", ["conversations.info", "conversations.history", "conversations.replies"])
async def test_what_the_bot_cannot_see_is_not_found(slack: Slack, method: str, channel: str) -> None:
    call = client(slack).api_call(method, http_verb="GET", params={"channel": channel, "ts": NOW})
    assert (await refusal(call))["error"] == "channel_not_found"


@pytest.mark.parametrize(
    ("channel", "kind"), [("C01REPORTS", "channels"), ("G01BOARD", "groups"), ("D01NEWYORK", "im")]
)
@pytest.mark.parametrize("right", ["read", "history"])
async def test_each_kind_of_conversation_has_its_own_scopes(slack: Slack, channel: str, kind: str, right: str) -> None:
    slack.channels["G01BOARD"].is_member = True
    slack.scopes.remove(f"{kind}:{right}")
    bot = client(slack)
    asked = bot.conversations_info(channel=channel) if right == "read" else bot.conversations_history(channel=channel)
    answer = await refusal(asked)
    assert (answer["error"], answer["needed"]) == ("missing_scope", f"{kind}:{right}")


@pytest.mark.parametrize("method", ["conversations.list", "users.list", "users.conversations", "conversations.members"])
async def test_nothing_can_be_listed(slack: Slack, method: str) -> None:
    """Complaint 15: a bot that lists a large workspace's channels times out."""
    assert (await refusal(client(slack).api_call(method)))["error"] == "unknown_method"


# conversations.history


async def test_history_has_the_latest_first_and_neither_replies_nor_what_one_person_sees(slack: Slack) -> None:
    first = slack.post("C01REPORTS", {"text": "first"})
    slack.post("C01REPORTS", {"text": "reply", "thread_ts": first.ts})
    slack.post("C01REPORTS", {"text": "private"}, "U01TOKYO")
    slack.post("C01RANDOM", {"text": "elsewhere"})
    slack.post("C01REPORTS", {"text": "second"}, author="U01TOKYO")
    messages = (await client(slack).conversations_history(channel="C01REPORTS"))["messages"]
    assert [(message["text"], message["user"]) for message in messages] == [
        ("second", "U01TOKYO"),
        ("first", slack.bot_user_id),
    ]
    assert [message.get("bot_id") for message in messages] == [None, slack.bot_id]


async def test_metadata_is_told_to_who_asks_for_it(slack: Slack) -> None:
    slack.post("C01REPORTS", {"text": "184 sessions", "metadata": METADATA})
    asked = await client(slack).conversations_history(channel="C01REPORTS", include_all_metadata=True)
    silent = await client(slack).conversations_history(channel="C01REPORTS")
    assert asked["messages"][0]["metadata"] == METADATA
    assert "metadata" not in silent["messages"][0]


@pytest.mark.parametrize(
    ("span", "told"),
    [
        ({}, "edcba"),
        ({"oldest": "1795201502"}, "ed"),
        ({"oldest": "1795201502.000000", "inclusive": True}, "edc"),
        ({"latest": "1795201502.000000"}, "ba"),
        ({"latest": "1795201502.0", "inclusive": True}, "cba"),
        ({"oldest": "1795201501", "latest": "1795201503"}, "c"),
        ({"oldest": "999999999"}, "edcba"),
        ({"oldest": "1795201504.000001"}, ""),
    ],
)
async def test_history_is_told_between_two_moments(slack: Slack, clock: Clock, span: Any, told: str) -> None:
    for text in "abcde":
        slack.post("C01REPORTS", {"text": text})
        clock.wait(seconds=1)
    assert await texts(client(slack).conversations_history(channel="C01REPORTS", **span)) == list(told)


async def test_history_comes_in_pages(slack: Slack) -> None:
    for number in range(5):
        slack.post("C01REPORTS", {"text": str(number)})
    asked = await client(slack).conversations_history(channel="C01REPORTS", limit=2)
    pages = [[message["text"] for message in page["messages"]] async for page in asked]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"cursor": "bmV4dF90czox"}, "invalid_cursor"),
        ({"cursor": "?"}, "invalid_cursor"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"latest": "1.0000000"}, "invalid_ts_latest"),
        ({"channel": "C01RANDOM"}, "not_in_channel"),
    ],
)
async def test_history_refuses_what_it_cannot_read(slack: Slack, arguments: Any, error: str) -> None:
    call = client(slack).conversations_history(**{"channel": "C01REPORTS", **arguments})
    assert (await refusal(call))["error"] == error


# Threads


async def test_a_thread_is_its_message_and_the_replies_to_it_whichever_of_them_is_named(slack: Slack) -> None:
    bot = client(slack)
    root = (await bot.chat_postMessage(channel="C01REPORTS", text="last week"))["ts"]
    reply = await bot.chat_postMessage(channel="C01REPORTS", text="by size", thread_ts=root, metadata=METADATA)
    await bot.chat_postMessage(channel="C01REPORTS", text="by origin", thread_ts=reply["ts"])
    assert reply["message"]["thread_ts"] == root
    for ts in (root, reply["ts"]):
        assert await texts(bot.conversations_replies(channel="C01REPORTS", ts=ts)) == [
            "last week",
            "by size",
            "by origin",
        ]
    late = bot.conversations_replies(channel="C01REPORTS", ts=root, oldest=reply["ts"], limit=1)
    pages = [page["messages"][0]["text"] async for page in await late]
    assert pages == ["last week", "by origin"]


async def test_a_reply_to_a_message_that_is_gone_is_posted_in_the_channel_itself(slack: Slack) -> None:
    root = slack.post("C01REPORTS", {"text": "last week"})
    slack.delete(root)
    answer = await client(slack).chat_postMessage(channel="C01REPORTS", text="restated", thread_ts=root.ts)
    assert "thread_ts" not in answer["message"]
    assert [(post.text, post.thread_ts) for post in slack.posts] == [("restated", None)]


async def test_a_thread_that_is_not_there_is_not_found(slack: Slack) -> None:
    elsewhere = slack.post("C01RANDOM", {"text": "elsewhere"})
    for ts in ("1.000001", elsewhere.ts, "soon"):
        answer = await refusal(client(slack).conversations_replies(channel="C01REPORTS", ts=ts))
        assert answer["error"] == "thread_not_found"


@pytest.mark.parametrize("ts", ["soon", "1795201500", "1795201500.1"])
async def test_a_ts_that_is_none_is_refused(slack: Slack, ts: str) -> None:
    answer = await refusal(client(slack).chat_postMessage(channel="C01REPORTS", text="restated", thread_ts=ts))
    assert (answer["error"], slack.posts) == ("invalid_thread_ts", [])


# Metadata, people, faults


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("digest", "invalid_metadata_format"),
        ([METADATA], "invalid_metadata_format"),
        ({"event_type": "digest"}, "invalid_metadata_schema"),
        ({"event_type": "", "event_payload": {}}, "invalid_metadata_schema"),
        ({"event_type": "digest", "event_payload": "d1"}, "invalid_metadata_schema"),
    ],
)
async def test_metadata_are_an_event_and_its_payload(slack: Slack, metadata: Any, error: str) -> None:
    message = {"channel": "C01REPORTS", "text": "184 sessions", "metadata": metadata}
    answer = await refusal(client(slack).api_call("chat.postMessage", json=message))
    assert (answer["error"], slack.posts) == (error, [])


async def test_no_conversation_is_opened_with_a_deleted_user_but_an_open_one_takes_messages(slack: Slack) -> None:
    slack.users["U01EVE"] = User("eve", deleted=True)
    slack.post("D01TOKYO", {"text": "Good morning"})
    slack.users["U01TOKYO"].deleted = True
    refused = await refusal(client(slack).chat_postMessage(channel="U01EVE", text="Good night"))
    assert (refused["error"], len(slack.posts)) == ("user_disabled", 1)
    assert (await client(slack).chat_postMessage(channel="U01TOKYO", text="Good night"))["channel"] == "D01TOKYO"


async def test_a_user_has_a_name_a_real_one_and_one_to_show(slack: Slack) -> None:
    slack.scopes.add("users:read")
    slack.users["U01EVE"] = User("eve", real_name="Eve Õunapuu", display_name="eve.o")
    told = (await client(slack).users_info(user="U01EVE"))["user"]
    assert (told["name"], told["real_name"]) == ("eve", "Eve Õunapuu")
    assert told["profile"].items() >= {"real_name": "Eve Õunapuu", "display_name": "eve.o"}.items()
    assert (await client(slack).users_info(user="U01TOKYO"))["user"]["profile"]["real_name"] == "Tokyo"


async def test_a_fault_can_wait_for_one_channel(slack: Slack) -> None:
    slack.channels["C01OTHER"] = Channel("other")
    slack.faults["chat.postMessage"].append(SlackFault(error="fatal_error", channel="C01OTHER"))
    await client(slack).chat_postMessage(channel="C01REPORTS", text="184 sessions")
    other = await refusal(client(slack).chat_postMessage(channel="C01OTHER", text="184 sessions"))
    await client(slack).chat_postMessage(channel="C01OTHER", text="184 sessions")
    assert (other["error"], [post.channel for post in slack.posts]) == ("fatal_error", ["C01REPORTS", "C01OTHER"])


async def test_of_many_posts_each_is_found_changed_and_deleted_by_its_ts(slack: Slack) -> None:
    posts = [slack.post("C01REPORTS", {"text": str(number), "blocks": REPORT}) for number in range(2000)]
    slack.delete(posts[1000])
    slack.rewrite(posts[1001], {"text": "changed"})
    found = [slack.find(post.ts) for post in posts]
    assert (found[999], found[1000], found[1999]) == (posts[999], None, posts[1999])
    assert slack.posts[1000].text == "changed"
    assert slack.find(None) is None
    await asyncio.gather(*(client(slack).chat_postMessage(channel="C01REPORTS", text="more") for _ in range(20)))
    assert len(slack.posts) == 2019
