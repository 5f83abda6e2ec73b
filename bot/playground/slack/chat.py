"""Serves the Web API methods that post messages."""

import re

from bot.playground.slack.blocks import check_message, check_metadata, check_sum
from bot.playground.slack.conversations import message_json, visible_channel
from bot.playground.slack.events import tell_of_own
from bot.playground.slack.payloads import Json
from bot.playground.slack.workspace import Refused, StandinWorkspace

_TS = re.compile(r"\d{1,10}\.\d{6}", re.ASCII)


def post_message(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`chat.postMessage`."""
    conversation = open_to_posts(workspace, str(arguments.get("channel", "")))
    check_message(arguments, workspace.refuses)
    check_sum(arguments)
    check_metadata(arguments)
    post = workspace.post(conversation, {**arguments, "thread_ts": _thread(workspace, conversation, arguments)})
    tell_of_own(workspace, post)
    return {"channel": conversation, "ts": post.ts, "message": message_json(workspace, post)}


def open_to_posts(workspace: StandinWorkspace, id_: str) -> str:
    """The conversation that a channel's or a user's id names, if the bot may post there."""
    place = workspace.place(id_)
    if place in workspace.users:
        # The first message opens the conversation, which conversations.open refuses to do with a deleted user; one that
        # is open goes on taking messages: slackapi/python-slack-sdk issue 1156.
        if workspace.users[place].deleted and place not in workspace.directs:
            raise Refused("user_disabled")
        return workspace.direct(place)
    channel = visible_channel(workspace, place)
    if channel is None:
        raise Refused("channel_not_found")
    if channel.is_archived:
        raise Refused("is_archived")
    if not channel.is_member and "chat:write.public" not in workspace.scopes:
        raise Refused("not_in_channel")
    return place


def _thread(workspace: StandinWorkspace, conversation: str, arguments: Json) -> str | None:
    """The message that a post replies to. A reply to one that is gone was seen to land in the channel itself, which
    Slack's answer alone tells: slack-go/slack issue 1571, langchain-ai/open-swe pull request 2753.
    """
    ts = arguments.get("thread_ts")
    if ts is None:
        return None
    if not _TS.fullmatch(str(ts)):
        raise Refused("invalid_thread_ts")  # Seen in jenkinsci/slack-plugin issue 584.
    root = workspace.root(workspace.place(conversation), str(ts))
    return root.ts if root else None
