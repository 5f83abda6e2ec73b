"""The stand-in's files: uploaded to an address of their own, then shared with a conversation."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.playground.slack.standin import Slack
from tests.slack_bots import client
from tests.test_standin_slack import refusal


@pytest.fixture
def slack(bare_slack: Slack) -> Slack:
    bare_slack.scopes.add("files:write")
    return bare_slack


async def uploaded(slack: Slack, content: bytes = b"a,b\n", length: int = 4) -> tuple[str, int]:
    """The id of a file of so many bytes, and the status that its upload was answered with."""
    begun = await client(slack).files_getUploadURLExternal(filename="a.csv", length=length)
    async with aiohttp.ClientSession() as session, session.post(begun["upload_url"], data=content) as answered:
        return begun["file_id"], answered.status


async def test_a_file_is_shown_where_it_was_shared(slack: Slack) -> None:
    told = await client(slack).chat_postMessage(channel="U01TOKYO", text="A file:")
    id_, status = await uploaded(slack)
    await client(slack).files_completeUploadExternal(files=[{"id": id_}], channel_id=told["channel"])
    (file,) = slack.files
    assert (status, file.name, file.content, file.place) == (200, "a.csv", b"a,b\n", "U01TOKYO")
    assert [post.channel for post in slack.posts] == ["U01TOKYO", "U01TOKYO"]


async def test_without_a_conversation_only_the_bot_can_see_it(slack: Slack) -> None:
    id_, _ = await uploaded(slack)
    await client(slack).files_completeUploadExternal(files=[{"id": id_}])
    assert [file.place for file in slack.files] == [None]
    assert slack.posts == []


@pytest.mark.parametrize(
    ("conversation", "error"),
    [
        ("U01TOKYO", "invalid_arguments"),
        ("D01TOKYO", "channel_not_found"),
        ("C01RANDOM", "not_in_channel"),
        ("C01ELSEWHERE", "channel_not_found"),
    ],
)
async def test_it_is_not_shared_by_a_user_id_nor_where_the_bot_is_not(
    slack: Slack, conversation: str, error: str
) -> None:
    id_, _ = await uploaded(slack)
    call = client(slack).files_completeUploadExternal(files=[{"id": id_}], channel_id=conversation)
    assert (await refusal(call))["error"] == error
    assert slack.posts == []


async def test_what_is_not_as_long_as_was_said_is_no_file(slack: Slack) -> None:
    id_, status = await uploaded(slack, length=5)
    assert (status, slack.files) == (400, [])
    call = client(slack).files_completeUploadExternal(files=[{"id": id_}])
    assert (await refusal(call))["error"] == "file_not_found"


async def test_an_empty_file_has_no_address(slack: Slack) -> None:
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client(slack).files_getUploadURLExternal(filename="a.csv", length=0)


async def test_it_takes_the_scope(slack: Slack) -> None:
    slack.scopes.discard("files:write")
    call = client(slack).files_getUploadURLExternal(filename="a.csv", length=4)
    assert (await refusal(call))["needed"] == "files:write"
