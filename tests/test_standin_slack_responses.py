"""The stand-in's response URLs, asked by Slack's own SDK."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.slack.standin import Dispatch, Slack, SlackFault
from tests.slack_bots import CHART, REPORT, Clock, answering, link


@pytest.fixture
def slack(bare_slack: Slack) -> Slack:
    return bare_slack


async def respond(url: str | None, **message: Any) -> tuple[int, str]:
    answer = await AsyncWebhookClient(url or "").send_dict(message)
    return answer.status_code, answer.body


async def commanded(slack: Slack, ack: str = "") -> Dispatch:
    async with answering(slack, ack):
        return await slack.command("last 7d")


async def test_a_response_url_is_good_for_five_answers(slack: Slack) -> None:
    url = (await commanded(slack)).response_url
    answers = [await respond(url, text="184 sessions") for _ in range(6)]
    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]
    assert [response.answer for response in slack.responses] == ["ok"] * 5 + ["used_url"]
    assert (len(slack.posts), slack.responses[0].message) == (5, {"text": "184 sessions"})


async def test_a_response_url_is_good_for_thirty_minutes(slack: Slack, clock: Clock) -> None:
    url = (await commanded(slack)).response_url
    clock.wait(minutes=30)
    assert await respond(url, text="184 sessions") == (200, "ok")
    clock.wait(seconds=1)
    assert await respond(url, text="184 sessions") == (404, "expired_url")


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"blocks": [CHART]}, "invalid_blocks"),
        ({"blocks": "header"}, "invalid_blocks_format"),
    ],
)
async def test_a_response_url_refuses_what_the_web_api_does(slack: Slack, message: Any, error: str) -> None:
    slack.refuses.add("data_visualization")
    delivery = await commanded(slack)
    assert await respond(delivery.response_url, **message) == (400, error)
    assert slack.posts == []


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [("", b"text=184", (400, "invalid_payload")), ("-other", b'{"text": "184"}', (404, "no_service"))],
)
async def test_an_answer_needs_a_known_address_and_json(
    slack: Slack, path: str, body: bytes, answer: tuple[int, str]
) -> None:
    url = f"{(await commanded(slack)).response_url}{path}"
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as response:
        assert (response.status, await response.text()) == answer


async def test_an_answer_is_for_the_asker_unless_it_is_for_the_channel(slack: Slack) -> None:
    url = (await commanded(slack)).response_url
    await respond(url, text="184 sessions")
    await respond(url, text="184 sessions", response_type="in_channel", thread_ts="1.000001")
    assert [(post.ephemeral_to, post.thread_ts) for post in slack.posts] == [("U01NEWYORK", None), (None, "1.000001")]


async def test_a_command_s_own_lines_are_not_replaced_and_not_deleted(slack: Slack) -> None:
    """As reported of Slack itself: slackapi/bolt-js issue 2287, slackapi/bolt-python issue 1268, bolt-js issue 959."""
    url = (await commanded(slack, "Counting …")).response_url
    await respond(url, text="184 sessions", replace_original=True)
    await respond(url, delete_original=True)
    assert [post.text for post in slack.posts] == ["Counting …", "184 sessions"]


async def test_where_lines_are_replaced_one_does_not_become_public(slack: Slack) -> None:
    slack.lenient = True
    url = (await commanded(slack, "Counting …")).response_url
    waiting = slack.posts[0]
    await respond(url, text="184 sessions", replace_original="true", response_type="in_channel")
    assert [(post.ts, post.text, post.ephemeral_to) for post in slack.posts] == [
        (waiting.ts, "184 sessions", "U01NEWYORK")
    ]


async def test_where_lines_are_replaced_it_is_the_ack_and_not_an_earlier_answer(slack: Slack) -> None:
    slack.lenient = True
    url = (await commanded(slack)).response_url
    await respond(url, text="Counting …")
    await respond(url, text="184 sessions", replace_original=True)
    assert [post.text for post in slack.posts] == ["Counting …", "184 sessions"]


async def test_the_answer_to_a_click_replaces_the_message_unless_it_says_no(slack: Slack) -> None:
    post = slack.post("C01REPORTS", {"text": "184 sessions", "blocks": REPORT})
    async with answering(slack):
        url = (await slack.click(post, "why")).response_url
    await respond(url, text="More sessions.", replace_original=False)
    await respond(url, text="Because.")
    assert [(post.text, post.ephemeral_to) for post in slack.posts] == [
        ("Because.", None),
        ("More sessions.", "U01NEWYORK"),
    ]


@pytest.mark.parametrize(
    ("lenient", "posts"), [(False, ["184 sessions", "Counting …"]), (True, ["184 sessions"])], ids=["strict", "lenient"]
)
async def test_an_answer_that_is_faster_than_the_ack_overtakes_it_or_waits(
    slack: Slack, lenient: bool, posts: list[str]
) -> None:
    slack.lenient = lenient
    async with link(slack) as socket:
        command = asyncio.create_task(slack.command("last 7d"))
        await socket.receive()
        envelope = await socket.receive_json()
        answer = asyncio.create_task(
            respond(envelope["payload"]["response_url"], text="184 sessions", replace_original=True)
        )
        await slack.until(lambda: slack.responses and (lenient or slack.posts))
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "Counting …"}})
        assert await answer == (200, "ok")
        assert ((await command).error, [post.text for post in slack.posts]) == (None, posts)


async def test_where_lines_are_replaced_an_answer_can_delete_one(slack: Slack) -> None:
    slack.lenient = True
    url = (await commanded(slack, "Counting …")).response_url
    assert await respond(url, delete_original=True) == (200, "ok")
    assert slack.posts == []
    await respond(url, text="184 sessions", replace_original=True)
    assert slack.posts[0].text == "184 sessions"


async def test_response_urls_have_their_faults(slack: Slack) -> None:
    url = (await commanded(slack)).response_url
    slack.faults["response_url"].extend(
        [SlackFault(status=429), SlackFault(error="expired_url"), SlackFault(drop=True)]
    )
    assert await respond(url, text="184 sessions") == (429, "ratelimited")
    assert await respond(url, text="184 sessions") == (404, "expired_url")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await AsyncWebhookClient(url or "", retry_handlers=[]).send(text="184 sessions")
    assert [response.answer for response in slack.responses] == ["ratelimited", "expired_url", ""]
