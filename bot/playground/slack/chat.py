"""Serves the Web API methods that post, change and delete messages."""

import re

from bot.playground.slack.blocks import check_message, check_metadata, check_sum
from bot.playground.slack.conversations import message_json, visible_channel
from bot.playground.slack.events import tell_of_change, tell_of_own
from bot.playground.slack.payloads import Json
from bot.playground.slack.records import Post
from bot.playground.slack.workspace import Refused, StandinWorkspace

_TS = re.compile(r"\d{1,10}\.\d{6}", re.ASCII)


def post_message(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`chat.postMessage`."""
    conversation = open_to_posts(workspace, str(arguments.get("channel", "")))
    _check_content(workspace, arguments)
    check_metadata(arguments)
    root = _root(workspace, conversation, arguments)
    post = workspace.post(conversation, {**arguments, "thread_ts": root and root.ts})
    tell_of_own(workspace, post)
    return {"channel": conversation, "ts": post.ts, "message": message_json(workspace, post)}


def post_ephemeral(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`chat.postEphemeral`: for one member of a channel that the bot is in, too; a user's id names no channel here.

    In a thread it is only shown if there are replies already: docs.slack.dev, "chat.postEphemeral method". Where it is
    not shown, the answer is the same: PostHog/posthog pull request 73097.
    """
    conversation, user = str(arguments.get("channel", "")), str(arguments.get("user", ""))
    _check_audience(workspace, conversation, user)
    _check_content(workspace, arguments)
    root = _root(workspace, conversation, arguments)
    if arguments.get("thread_ts") is not None and not (root and _has_replies(workspace, root)):
        return {"message_ts": workspace.ts()}
    post = workspace.post(conversation, {**arguments, "metadata": None, "thread_ts": root and root.ts}, user)
    return {"message_ts": post.ts}


def update_message(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`chat.update`: blocks and metadata that are not named stay, and empty ones remove what was there.

    slackapi/python-slack-sdk issue 523, slack-go/slack issue 1214; docs.slack.dev, "chat.update method".
    """
    conversation, post = _own(workspace, arguments, "cant_update_message")
    if post.channel in workspace.channels and workspace.channels[post.channel].is_archived:
        raise Refused("is_inactive")
    _check_content(workspace, arguments)
    if arguments.get("metadata"):
        check_metadata(arguments)
    changed = {**arguments, "blocks": arguments.get("blocks", post.blocks)}
    changed["metadata"] = arguments.get("metadata", post.metadata) or None
    after = workspace.rewrite(post, changed)
    tell_of_change(workspace, post, after)
    return {"channel": conversation, "ts": post.ts, "text": after.text, "message": message_json(workspace, after)}


def delete_message(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`chat.delete`: docs.slack.dev, "chat.delete method"."""
    conversation, post = _own(workspace, arguments, "cant_delete_message")
    workspace.delete(post)
    tell_of_change(workspace, post, None)
    return {"channel": conversation, "ts": post.ts}


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


def _check_content(workspace: StandinWorkspace, arguments: Json) -> None:
    # Only of chat.postMessage is it known that Slack counts the sum; the others are taken to be as strict.
    check_message(arguments, workspace.refuses)
    check_sum(arguments)


def _check_audience(workspace: StandinWorkspace, conversation: str, user: str) -> None:
    place = workspace.place(conversation)
    channel = visible_channel(workspace, place)
    if channel is None and (place not in workspace.users or place == conversation):
        raise Refused("channel_not_found")
    if channel and channel.is_archived:
        raise Refused("is_archived")
    if channel and not channel.is_member:
        raise Refused("not_in_channel")
    if user not in workspace.users or not (channel.has(user) if channel else user == place):
        raise Refused("user_not_in_channel")


def _own(workspace: StandinWorkspace, arguments: Json, error: str) -> tuple[str, Post]:
    """The bot's own message that a call names, and its conversation, whose id is never a user's.

    One that only one person sees is none: howdyai/botkit issue 1095.
    """
    conversation = str(arguments.get("channel", ""))
    place = workspace.place(conversation)
    if visible_channel(workspace, place) is None and (place not in workspace.users or place == conversation):
        raise Refused("channel_not_found")
    post = workspace.find(str(arguments.get("ts", "")))
    if post is None or post.channel != place or post.ephemeral_to:
        raise Refused("message_not_found")
    if post.author is not None:
        raise Refused(error)
    return conversation, post


def _has_replies(workspace: StandinWorkspace, root: Post) -> bool:
    return any(post.thread_ts == root.ts and not post.ephemeral_to for post in workspace.posts)


def _root(workspace: StandinWorkspace, conversation: str, arguments: Json) -> Post | None:
    """The message that a post replies to. A reply to one that is gone was seen to land in the channel itself, which
    Slack's answer alone tells: slack-go/slack issue 1571, langchain-ai/open-swe pull request 2753.
    """
    ts = arguments.get("thread_ts")
    if ts is None:
        return None
    if not _TS.fullmatch(str(ts)):
        raise Refused("invalid_thread_ts")  # Seen in jenkinsci/slack-plugin issue 584.
    return workspace.root(workspace.place(conversation), str(ts))
