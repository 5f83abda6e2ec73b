"""Commands and clicks from the stand-in for Slack to bots, over HTTP and over websockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.playground.slack.standin import Ack, Slack, slack_standin
from tests.slack_bots import REPORT, SECTION, Block, answering, client, link, over_a_socket, over_http


@pytest.fixture
def slack(bare_slack: Slack) -> Slack:
    return bare_slack


@pytest.fixture(params=[over_http, over_a_socket])
async def bot(request: pytest.FixtureRequest) -> AsyncIterator[Slack]:
    """A stand-in with a bot connected to it, in each way. Bolt looks at the real time."""
    async with slack_standin(lambda: datetime.now(UTC)) as slack, request.param(slack):
        slack.lenient = True  # This bot's answer takes the place of the line in its ack.
        yield slack


# A bot in Bolt, over HTTP and over a websocket


async def test_the_answer_takes_the_place_of_the_line_that_said_to_wait(bot: Slack) -> None:
    delivery = await bot.command("last 7d", user="U01TOKYO", channel="C01RANDOM")
    assert delivery.body == {"text": "Counting …", "response_type": "ephemeral"}
    assert delivery.ack_seconds is not None
    assert delivery.ack_seconds < 1
    await bot.until(lambda: bot.responses and bot.responses[0].answer)
    [post] = bot.posts
    assert (post.text, post.channel, post.ephemeral_to, post.blocks) == ("last 7d", "C01RANDOM", "U01TOKYO", REPORT)


async def test_a_click_brings_the_value_of_its_button(bot: Slack) -> None:
    await bot.command("last 7d")
    report = await bot.until(lambda: next((post for post in bot.posts if post.blocks), None))
    delivery = await bot.click(report, "why")
    assert (delivery.error, delivery.kind) == (None, "interactive")
    await bot.until(lambda: len(bot.posts) == 2)
    assert bot.posts[1].text == "Because of last 7d"


async def test_what_a_user_types_arrives_escaped_with_people_and_channels_as_tokens(
    bot: Slack,
) -> None:
    await bot.command("a & b <c> @tokyo #reports #board #nowhere <@U01TOKYO|tokyo> <#C01REPORTS|>")
    await bot.until(lambda: bot.responses and bot.responses[0].answer)
    named = "<@U01TOKYO|tokyo> <#C01REPORTS|reports> <#G01BOARD|> #nowhere"
    assert bot.posts[0].text == f"a &amp; b &lt;c&gt; {named} <@U01TOKYO|tokyo> <#C01REPORTS|>"


async def test_a_command_that_is_not_acked_in_time_is_a_timeout_for_its_user(bot: Slack) -> None:
    bot.ack_timeout = 0.1
    delivery = await bot.command("silent")
    assert (delivery.error, delivery.ack_seconds, bot.posts) == ("operation_timeout", None, [])


# Deliveries over HTTP


async def test_a_command_is_a_form_with_what_slack_tells_of_user_and_channel(slack: Slack) -> None:
    async with answering(slack) as sent:
        delivery = await slack.command("last 7d", user="U01TOKYO", channel="D01TOKYO")
    form = dict(URL.build(path="/", query_string=sent[0], encoded=True).query)
    assert form.items() >= {"command": "/devin-metrics", "text": "last 7d", "user_id": "U01TOKYO"}.items()
    assert form.items() >= {"channel_id": "D01TOKYO", "channel_name": "directmessage", "user_name": "tokyo"}.items()
    assert (form["team_id"], form["api_app_id"]) == (slack.team_id, slack.app_id)
    assert (form["response_url"], form["is_enterprise_install"]) == (delivery.response_url, "false")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("", []),
        ("Counting …", [("Counting …", "U01NEWYORK")]),
        ({"text": "Counting …", "blocks": [SECTION]}, [("Counting …", "U01NEWYORK")]),
        ({"text": "184 sessions", "response_type": "in_channel"}, [("184 sessions", None)]),
        ({"response_type": "in_channel"}, []),
    ],
)
async def test_the_ack_of_a_command_is_its_first_reply(slack: Slack, body: Any, shown: list[Any]) -> None:
    async with answering(slack, body):
        delivery = await slack.command("last 7d")
    assert (delivery.status, delivery.error) == (200, None)
    assert [(post.text, post.ephemeral_to) for post in slack.posts] == shown


async def test_an_ack_with_blocks_that_slack_refuses_is_no_reply(slack: Slack) -> None:
    slack.refuses.add("section")
    async with answering(slack, {"text": "184 sessions", "blocks": [SECTION]}):
        delivery = await slack.command("last 7d")
    assert (delivery.error, slack.posts) == ("invalid_command_response", [])


async def test_the_ack_of_a_click_shows_nothing(slack: Slack) -> None:
    async with answering(slack, {"text": "Because."}):
        delivery = await slack.click(slack.post("C01REPORTS", {"blocks": REPORT}), "why")
    assert (delivery.status, len(slack.posts)) == (200, 1)


async def test_a_bot_that_fails_or_cannot_be_reached_is_an_error_for_the_user(slack: Slack) -> None:
    async with answering(slack, "Oops", status=500):
        failed = await slack.command("last 7d")
    gone = await slack.command("last 7d")
    assert (failed.status, failed.body, failed.error) == (500, {"text": "Oops"}, "dispatch_failed")
    assert (gone.status, gone.error, slack.posts) == (None, "dispatch_failed", [])


FORM = b"text=last+7d"


@pytest.mark.parametrize(
    ("body", "signed", "age", "statuses"),
    [
        (FORM, FORM, timedelta(minutes=4), {404}),  # Bolt believes it, and has no listener for it.
        (FORM, FORM, timedelta(minutes=6), {401}),
        (FORM, FORM, timedelta(minutes=-6), {401}),
        (FORM, b"text=last+30d", timedelta(0), {401}),
        (FORM, FORM, None, {401, 500}),  # Bolt 1.30 stumbles over this one, and over the next.
        (b"text=\xff", b"text=\xff", timedelta(0), {400, 401, 500}),
    ],
)
async def test_it_delivers_what_is_old_forged_or_broken_too(
    body: bytes, signed: bytes, age: timedelta | None, statuses: set[int]
) -> None:
    async with slack_standin(lambda: datetime.now(UTC)) as slack, over_http(slack):
        timestamp = "yesterday" if age is None else str(int((slack.clock() - age).timestamp()))
        delivery = await slack.deliver_raw(body, slack.sign(signed, timestamp))
    assert delivery.status in statuses


# Clicks


OVERFLOW = {"type": "overflow", "action_id": "by", "options": [{"value": "by=org"}, {"value": "by=size"}]}


@pytest.fixture
async def clicks(slack: Slack) -> AsyncIterator[list[Block]]:
    """What a bot is told of the interactions."""
    told: list[Block] = []
    async with link(slack) as socket:
        await socket.receive()

        async def listen() -> None:
            async for message in socket:
                told.append(message.json())
                await socket.send_json({"envelope_id": told[-1]["envelope_id"]})

        listening = asyncio.create_task(listen())
        yield told
        await socket.close()
        await listening


async def test_a_click_tells_the_message_that_it_was_made_on(slack: Slack, clicks: list[Block]) -> None:
    post = slack.post("D01TOKYO", {"text": "184 sessions", "blocks": REPORT})
    delivery = await slack.click(post, "why", user="U01TOKYO")
    payload = clicks[0]["payload"]
    assert (clicks[0]["type"], clicks[0]["accepts_response_payload"]) == ("interactive", True)
    assert (payload["type"], payload["channel"]["id"], payload["user"]["id"]) == (
        "block_actions",
        "D01TOKYO",
        "U01TOKYO",
    )
    assert (payload["message"]["ts"], payload["message"]["blocks"]) == (post.ts, REPORT)
    assert payload["response_url"] == delivery.response_url
    [action] = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("why", "next", "last 7d")


async def test_of_a_message_that_one_person_sees_a_click_tells_only_its_ts(slack: Slack, clicks: list[Block]) -> None:
    await slack.click(slack.post("C01REPORTS", {"blocks": REPORT}, "U01NEWYORK"), "why")
    container = clicks[0]["payload"]["container"]
    assert (container["is_ephemeral"], container["message_ts"]) == (True, slack.posts[0].ts)
    assert "message" not in clicks[0]["payload"]


async def test_an_option_is_chosen_by_its_value(slack: Slack, clicks: list[Block]) -> None:
    post = slack.post("C01REPORTS", {"blocks": [SECTION | {"accessory": OVERFLOW}]})
    await slack.click(post, "by", value="by=size")
    assert clicks[0]["payload"]["actions"][0]["selected_option"] == {"value": "by=size"}


async def test_what_is_not_there_cannot_be_clicked(slack: Slack) -> None:
    with pytest.raises(LookupError):
        await slack.click(slack.post("C01REPORTS", {"blocks": REPORT}), "why", value="last 30d")


async def test_an_interaction_outside_a_conversation_has_no_response_url(slack: Slack, clicks: list[Block]) -> None:
    submission = {"type": "view_submission", "user": {"id": "U01NEWYORK"}, "view": {"id": "V1"}}
    delivery = await slack.interaction(submission)
    assert delivery.response_url is None
    assert clicks[0]["payload"].items() >= submission.items()
    assert "response_url" not in clicks[0]["payload"]


# Socket Mode


async def test_hello_counts_the_connections(slack: Slack) -> None:
    async with link(slack) as first, link(slack) as second:
        assert (await first.receive_json())["num_connections"] == 1
        hello = await second.receive_json()
    assert (hello["type"], hello["num_connections"]) == ("hello", 2)
    assert hello["debug_info"]["approximate_connection_time"] > 0


async def test_a_websocket_address_is_good_for_one_connection(slack: Slack) -> None:
    url = (await client(slack, "").apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_the_eleventh_connection_is_one_too_many(slack: Slack) -> None:
    async with AsyncExitStack() as stack:
        links = [await stack.enter_async_context(link(slack)) for _ in range(11)]
        told = await links[10].receive_json()
        assert (told["type"], told["reason"], slack.connections) == ("disconnect", "too_many_websockets", 10)
        assert (await links[10].receive()).type is aiohttp.WSMsgType.CLOSE


async def test_without_a_connection_a_command_fails_at_once(slack: Slack) -> None:
    delivery = await slack.command("last 7d")
    assert (delivery.error, delivery.ack_seconds) == ("dispatch_failed", None)


async def test_any_of_the_connections_may_get_a_command(slack: Slack) -> None:
    slack.ack_timeout = 0.02
    async with link(slack) as first, link(slack) as second:
        await slack.command("last 7d")
        await slack.command("last 30d")
        for socket, text in ((first, "last 7d"), (second, "last 30d")):
            assert (await socket.receive_json())["type"] == "hello"
            envelope = await socket.receive_json()
            assert (envelope["type"], envelope["payload"]["text"]) == ("slash_commands", text)


async def test_an_ack_that_comes_too_late_is_kept_but_shows_nothing(slack: Slack) -> None:
    slack.ack_timeout = 0.02
    async with link(slack) as socket:
        delivery = await slack.command("last 7d")
        ack = {"envelope_id": delivery.envelope_id, "payload": {"text": "184 sessions"}}
        await socket.send_json(ack)
        await slack.until(lambda: slack.acks)
    assert slack.acks == [Ack(str(delivery.envelope_id), {"text": "184 sessions"})]
    assert (delivery.error, slack.posts) == ("operation_timeout", [])


async def test_a_deaf_connection_still_answers_pings(slack: Slack) -> None:
    async with link(slack, autoping=False) as socket:
        slack.drop_envelopes()
        await slack.command("last 7d")
        await socket.ping(b"there?")
        assert [(await socket.receive()).type for _ in range(2)] == [aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PONG]


async def test_what_goes_to_deaf_connections_is_lost_while_new_ones_hear(slack: Slack) -> None:
    async with over_a_socket(slack):
        slack.drop_envelopes()
        first = await slack.command("last 7d")
        async with over_a_socket(slack):
            errors = [(await slack.command("last 7d")).error for _ in range(2)]
    assert (first.error, errors, slack.lost) == ("operation_timeout", ["operation_timeout", None], 2)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_told_to_disconnect_the_sdk_comes_back_with_a_new_connection(slack: Slack, reason: Any) -> None:
    async with over_a_socket(slack):
        await slack.disconnect(reason)
        await slack.until(lambda: len(slack.calls) == 2 and slack.connections == 1)
        assert (await slack.command("last 7d")).error is None
