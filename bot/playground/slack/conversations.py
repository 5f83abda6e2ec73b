"""Serves the Web API methods that tell of conversations."""

import base64
import binascii
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from bot.playground.slack.organizations import team_of
from bot.playground.slack.payloads import Json
from bot.playground.slack.records import Channel, Post
from bot.playground.slack.workspace import Refused, StandinWorkspace, micros

_MOMENT = re.compile(r"\d{1,10}(\.\d{1,6})?", re.ASCII)
_MOST_MESSAGES = 999  # Messages of a page.


def info(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`conversations.info`."""
    place = _readable_place(workspace, arguments, "read")
    if place in workspace.users:
        user = {"user": place, "is_user_deleted": workspace.users[place].deleted}
        return {"channel": {"id": workspace.direct(place), "is_im": True, "is_org_shared": False, **user}}
    channel = workspace.channels[place]
    return {
        "channel": {
            "id": place,
            "name": channel.name,
            "is_channel": not channel.is_private,
            "is_group": channel.is_private,
            "is_im": False,
            "is_private": channel.is_private,
            "is_archived": channel.is_archived,
            "is_shared": channel.is_ext_shared,
            "is_ext_shared": channel.is_ext_shared,
            "is_pending_ext_shared": channel.is_pending_ext_shared,
            "is_member": channel.is_member,
        }
    }


def history(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`conversations.history`: the latest first, without the replies in threads."""
    place = _joined_place(workspace, arguments)
    posts = [
        post
        for post in reversed(_posts_between(workspace, arguments))
        if _is_shown_in(post, place) and not post.thread_ts
    ]
    return _message_page(workspace, posts, arguments)


def replies(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`conversations.replies`: the message, whatever its age, and then its replies, the latest last."""
    place = _joined_place(workspace, arguments)
    root = workspace.root(place, str(arguments.get("ts", "")))
    if root is None:
        raise Refused("thread_not_found")
    answers = [
        post for post in _posts_between(workspace, arguments) if _is_shown_in(post, place) and post.thread_ts == root.ts
    ]
    return _message_page(workspace, [root, *answers], arguments)


def message_json(workspace: StandinWorkspace, post: Post) -> Json:
    """A post as Slack tells of it."""
    bot = {"bot_id": workspace.bot_id, "app_id": workspace.app_id} if post.author is None else {}
    fields = {
        "type": "message",
        "user": post.author or workspace.bot_user_id,
        "team": team_of(workspace, post.author or ""),
        "ts": post.ts,
        "text": post.text,
        "blocks": post.blocks,
        "metadata": post.metadata,
        "thread_ts": post.thread_ts,
        "edited": post.edited and {"user": post.author or workspace.bot_user_id, "ts": post.edited},
        # Of a message with files the text may be empty: docs.slack.dev, "file_share event".
        **({"subtype": "file_share", "files": [*post.files]} if post.files else {}),
    }
    return bot | {key: value for key, value in fields.items() if value is not None}


def visible_channel(workspace: StandinWorkspace, place: str) -> Channel | None:
    """The channel of an id, if the bot can see it: a private one only from within."""
    channel = workspace.channels.get(place)
    return None if channel and channel.is_private and not channel.is_member else channel


def _readable_place(workspace: StandinWorkspace, arguments: Json, right: str) -> str:
    """The place that a conversation's id names; each kind has scopes of its own, for `read` and for `history`."""
    id_ = str(arguments.get("channel", ""))
    place = workspace.place(id_)
    channel = visible_channel(workspace, place)
    direct = place in workspace.users and place != id_
    workspace.require(f"{'im' if direct else 'groups' if channel and channel.is_private else 'channels'}:{right}")
    if channel is None and not direct:
        raise Refused("channel_not_found")
    return place


def _joined_place(workspace: StandinWorkspace, arguments: Json) -> str:
    place = _readable_place(workspace, arguments, "history")
    if place in workspace.channels and not workspace.channels[place].is_member:
        raise Refused("not_in_channel")  # Public channels, too: other than a person's token, a bot's needs to be there.
    return place


def _is_shown_in(post: Post, place: str) -> bool:
    return post.channel == place and post.ephemeral_to is None


def _posts_between(workspace: StandinWorkspace, arguments: Json) -> list[Post]:
    """The posts between `oldest` and `latest`, in whatever conversation. The bounds count if `inclusive`."""
    first: Callable[..., int]
    first, last = (bisect_left, bisect_right) if _is_true(arguments, "inclusive") else (bisect_right, bisect_left)
    posts, bounds = workspace.posts, {"oldest": 0, "latest": len(workspace.posts)}
    for bound, search in (("oldest", first), ("latest", last)):
        if bound in arguments:
            if not _MOMENT.fullmatch(str(arguments[bound])):
                raise Refused(f"invalid_ts_{bound}")
            bounds[bound] = search(posts, micros(str(arguments[bound])), key=lambda post: micros(post.ts))
    return posts[bounds["oldest"] : bounds["latest"]]


def _message_page(workspace: StandinWorkspace, posts: list[Post], arguments: Json) -> Json:
    begin = _index_of_cursor(posts, str(arguments.get("cursor", "")))
    end = begin + max(1, min(int(arguments.get("limit", 100)), _MOST_MESSAGES))
    messages = [message_json(workspace, post) for post in posts[begin:end]]
    if not _is_true(arguments, "include_all_metadata"):
        for one in messages:
            one.pop("metadata", None)
    cursor = base64.b64encode(f"next_ts:{posts[end].ts}".encode()).decode() if end < len(posts) else ""
    return {"messages": messages, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def _index_of_cursor(posts: list[Post], cursor: str) -> int:
    if not cursor:
        return 0
    try:
        ts = base64.b64decode(cursor, validate=True).decode().removeprefix("next_ts:")
        return [post.ts for post in posts].index(ts)
    except (binascii.Error, ValueError):
        raise Refused("invalid_cursor") from None


def _is_true(arguments: Json, key: str) -> bool:
    return str(arguments.get(key, "")).lower() in {"1", "true"}  # The SDK sends a true as 1.
