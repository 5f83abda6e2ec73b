"""The stand-in for Slack's Web API, asked by Slack's own SDK: what it takes, what it refuses, how it fails."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.playground.slack.standin import Call, Channel, Slack, SlackFault, User, slack_standin
from tests.slack_bots import CHART, FRIDAY, REPORT, Block, Clock, client


@pytest.fixture
def slack(bare_slack: Slack) -> Slack:
    return bare_slack


async def refusal(call: Any) -> Any:
    """What the Web API says instead of ok."""
    with pytest.raises(SlackApiError) as refused:
        await call
    response = refused.value.response
    assert (response.status_code, response["ok"]) == (200, False)
    return response.data


# The Web API


async def test_auth_test_tells_who_the_bot_is_and_in_a_header_what_it_may_do(slack: Slack) -> None:
    answer = await client(slack).auth_test()
    assert (answer["user_id"], answer["team_id"]) == (slack.bot_user_id, slack.team_id)
    assert answer.headers["X-OAuth-Scopes"] == "chat:write,commands"


async def test_a_posted_message_can_be_read_and_its_metadata_is_kept(slack: Slack) -> None:
    metadata = {"event_type": "digest", "event_payload": {"delivery": "d1"}}
    answer = await client(slack).chat_postMessage(
        channel="C01REPORTS", text="184 sessions", blocks=REPORT, metadata=metadata
    )
    [post] = slack.posts
    assert (post.channel, post.text, post.blocks, post.metadata) == ("C01REPORTS", "184 sessions", REPORT, metadata)
    assert (post.ts, post.thread_ts, post.ephemeral_to) == (answer["ts"], None, None)
    assert answer["message"].items() >= {"text": "184 sessions", "metadata": metadata, "bot_id": slack.bot_id}.items()


async def test_a_form_is_read_as_json_is(slack: Slack) -> None:
    form = {"channel": "C01REPORTS", "blocks": '[{"type": "divider"}]'}
    await client(slack).api_call("chat.postMessage", data=form)
    assert slack.posts[0].blocks == [{"type": "divider"}]
    broken = client(slack).api_call("chat.postMessage", data={**form, "blocks": "[{]"})
    assert (await refusal(broken))["error"] == "invalid_blocks_format"


async def test_a_user_id_for_a_channel_is_a_direct_message(slack: Slack) -> None:
    answer = await client(slack).chat_postMessage(channel="U01NEWYORK", text="Good morning")
    assert answer["channel"] == "D01NEWYORK"
    await client(slack).chat_postMessage(channel=answer["channel"], text="Good night")
    assert [post.channel for post in slack.posts] == ["U01NEWYORK", "U01NEWYORK"]


async def test_each_ts_is_later_than_the_one_before_even_while_the_clock_stands_still(
    slack: Slack, clock: Clock
) -> None:
    async def ts() -> str:
        return str((await client(slack).chat_postMessage(channel="C01REPORTS", text="184 sessions"))["ts"])

    first, second = await ts(), await ts()
    clock.wait(seconds=1)
    assert [first, second, await ts()] == ["1795201500.000000", "1795201500.000001", "1795201501.000000"]


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C01RANDOM", "not_in_channel"),
        ("C01ELSEWHERE", "channel_not_found"),
        ("G01BOARD", "channel_not_found"),
        ("C01OLD", "is_archived"),
    ],
)
async def test_it_posts_only_where_the_bot_may(slack: Slack, channel: str, error: str) -> None:
    slack.channels["C01OLD"] = Channel("old", is_archived=True)
    answer = await refusal(client(slack).chat_postMessage(channel=channel, text="184 sessions"))
    assert (answer["error"], slack.posts) == (error, [])


async def test_with_one_more_scope_it_posts_to_public_channels_without_being_there(slack: Slack) -> None:
    slack.scopes.add("chat:write.public")
    await client(slack).chat_postMessage(channel="C01RANDOM", text="184 sessions")
    assert slack.posts[0].channel == "C01RANDOM"


async def test_a_missing_scope_is_named(slack: Slack) -> None:
    answer = await refusal(client(slack).users_info(user="U01TOKYO"))
    assert answer == {"ok": False, "error": "missing_scope", "needed": "users:read", "provided": "chat:write,commands"}


async def test_users_info_tells_zone_and_if_asked_language(slack: Slack) -> None:
    slack.scopes.add("users:read")
    slack.users["U01EVE"] = User("eve", "Europe/Berlin", "de-DE", deleted=True)
    told = (await client(slack).users_info(user="U01TOKYO", include_locale=True))["user"]
    eve = (await client(slack).users_info(user="U01EVE"))["user"]
    assert (told["tz"], told["tz_offset"], told["locale"], told["deleted"]) == ("Asia/Tokyo", 32_400, "ja-JP", False)
    assert ("locale" in eve, eve["deleted"]) == (False, True)
    assert (await refusal(client(slack).users_info(user="U01BOB")))["error"] == "user_not_found"


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-other", "invalid_auth")])
async def test_a_call_without_the_right_token_is_refused(slack: Slack, token: str, error: str) -> None:
    assert (await refusal(client(slack, token).auth_test()))["error"] == error


async def test_each_token_is_for_its_own_methods(slack: Slack) -> None:
    swapped = client(slack, slack.app_token).chat_postMessage(channel="C01REPORTS", text="184 sessions")
    assert (await refusal(swapped))["error"] == "not_allowed_token_type"
    opening = client(slack).apps_connections_open(app_token=slack.bot_token)
    assert (await refusal(opening))["error"] == "not_allowed_token_type"


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_a_token_can_be_taken_back(slack: Slack, error: str) -> None:
    slack.revoked = error
    assert (await refusal(client(slack).auth_test()))["error"] == error


async def test_a_method_that_it_does_not_have_is_unknown(slack: Slack) -> None:
    assert (await refusal(client(slack).api_call("pins.add")))["error"] == "unknown_method"


async def test_it_keeps_each_call_and_of_its_token_only_the_kind(slack: Slack) -> None:
    await client(slack).chat_postMessage(channel="C01REPORTS", text="184 sessions", unfurl_links=False)
    await client(slack, "").apps_connections_open(app_token=slack.app_token)
    posted = {"channel": "C01REPORTS", "text": "184 sessions", "unfurl_links": False}
    assert slack.calls == [Call("chat.postMessage", posted, "xoxb-"), Call("apps.connections.open", {}, "xapp-")]


# Blocks


def section(length: int) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}}


def block(kind: str, key: str, items: int, text: str = "x") -> dict[str, Any]:
    return {"type": kind, key: [{"type": "plain_text", "text": text}] * items}


@pytest.mark.parametrize(
    ("blocks", "problem"),
    [
        ([{"type": "graph"}], "unsupported type: graph [json-pointer:/blocks/0]"),
        ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        ([section(3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        ([section(0)], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        ([{"type": "section"}], "must define either `fields` or `text` [json-pointer:/blocks/0]"),
        ([{"type": "header"}], "missing required field: text [json-pointer:/blocks/0]"),
        ([section(151) | {"type": "header"}], "must be less than 151 characters [json-pointer:/blocks/0/text/text]"),
        ([block("section", "fields", 11)], "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
        (
            [block("section", "fields", 1, "x" * 2001)],
            "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
        ),
        ([block("context", "elements", 11)], "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
        ([block("context", "elements", 0)], "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
        ([{"type": "actions"}], "missing required field: elements [json-pointer:/blocks/0]"),
        (
            [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}],
            "`block_id` a already exists [json-pointer:/blocks/0/block_id]",
        ),
    ],
)
async def test_it_names_the_block_that_it_refuses(slack: Slack, blocks: list[Block], problem: str) -> None:
    answer = await refusal(client(slack).chat_postMessage(channel="C01REPORTS", text="184 sessions", blocks=blocks))
    assert (answer["error"], answer["errors"][0]) == ("invalid_blocks", problem)
    assert answer["response_metadata"]["messages"][0] == f"[ERROR] {problem}"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "184 sessions", "blocks": "header"}, "invalid_blocks_format"),
        ({"text": "184 sessions", "blocks": ["header"]}, "invalid_blocks_format"),
        ({"text": "184 sessions", "blocks": [section(3000)] * 5}, "msg_blocks_too_long"),
    ],
)
async def test_it_refuses_a_message_as_a_whole(slack: Slack, message: dict[str, Any], error: str) -> None:
    answer = await refusal(client(slack).api_call("chat.postMessage", json={"channel": "C01REPORTS", **message}))
    assert answer["error"] == error


async def test_a_workspace_may_refuse_blocks_that_others_take(slack: Slack) -> None:
    await client(slack).chat_postMessage(channel="C01REPORTS", text="184 sessions", blocks=[CHART])
    slack.refuses.add("data_visualization")
    again = client(slack).chat_postMessage(channel="C01REPORTS", text="184 sessions", blocks=[CHART])
    assert (await refusal(again))["error"] == "invalid_blocks"


# What goes wrong


async def test_too_many_calls_are_a_429_that_says_when_to_come_back(slack: Slack) -> None:
    slack.faults["auth.test"].append(SlackFault(status=429, headers={"Retry-After": "7"}))
    with pytest.raises(SlackApiError) as refused:
        await client(slack).auth_test()
    response = refused.value.response
    assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, "ratelimited", "7")
    assert (await client(slack).auth_test())["ok"]


async def test_any_error_can_be_had_by_its_code(slack: Slack) -> None:
    slack.faults["chat.postMessage"].append(SlackFault(error="restricted_action"))
    answer = await refusal(client(slack).chat_postMessage(channel="C01REPORTS", text="184 sessions"))
    assert (answer["error"], slack.posts) == ("restricted_action", [])


async def test_any_body_can_stand_for_an_answer(slack: Slack) -> None:
    slack.faults["auth.test"].append(SlackFault(status=503, body=b"<html>"))
    async with aiohttp.ClientSession() as session, session.post(f"{slack.api_url}auth.test") as answer:
        assert (answer.status, await answer.read()) == (503, b"<html>")


@pytest.mark.parametrize(
    ("fault", "posts"),
    [
        (SlackFault(drop=True), 0),
        (SlackFault(drop=True, accepted=True), 1),
        (SlackFault(status=500), 0),
        (SlackFault(status=500, accepted=True), 1),
        (SlackFault(error="fatal_error", accepted=True), 1),
        (SlackFault(delay=60), 0),
        (SlackFault(delay=60, accepted=True), 1),
    ],
)
async def test_after_a_lost_answer_only_the_channel_tells_whether_the_message_arrived(
    slack: Slack, fault: SlackFault, posts: int
) -> None:
    slack.faults["chat.postMessage"].append(fault)
    once = AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    with pytest.raises((SlackApiError, aiohttp.ClientError, TimeoutError)):
        await asyncio.wait_for(once.chat_postMessage(channel="C01REPORTS", text="184 sessions"), 0.2)
    assert (len(slack.calls), len(slack.posts)) == (1, posts)


async def test_a_late_answer_is_right_all_the_same(slack: Slack) -> None:
    slack.faults["auth.test"].append(SlackFault(delay=0.02))
    assert (await client(slack).auth_test())["ok"]


async def test_the_sdk_left_to_itself_posts_twice_after_a_dropped_answer(slack: Slack) -> None:
    slack.faults["chat.postMessage"].append(SlackFault(drop=True, accepted=True))
    await client(slack).chat_postMessage(channel="C01REPORTS", text="184 sessions")
    assert len(slack.posts) == 2


# How it ends


async def test_it_closes_at_once_whoever_is_still_there() -> None:
    async with aiohttp.ClientSession() as session:
        async with slack_standin(FRIDAY) as closing:
            opened = await client(closing, "").apps_connections_open(app_token=closing.app_token)
            socket = await session.ws_connect(opened["url"])
            closing.faults["auth.test"].append(SlackFault(delay=60))
            call = asyncio.create_task(session.post(f"{closing.api_url}auth.test"))
            await closing.until(lambda: len(closing.calls) == 2)
            started = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - started < 0.5
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await call
        assert [(await socket.receive()).type for _ in range(2)] == [aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.CLOSE]


async def test_what_never_comes_is_a_timeout(slack: Slack) -> None:
    with pytest.raises(TimeoutError):
        await slack.until(lambda: slack.posts, seconds=0.01)


async def test_it_listens_on_loopback(slack: Slack) -> None:
    assert slack.api_url == f"http://127.0.0.1:{URL(slack.api_url).port}/api/"
