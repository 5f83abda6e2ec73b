"""Builds the events that tell the bot of messages, and what the Events API puts around each event."""

import uuid
from typing import Any

from bot.playground.slack.conversations import message_json
from bot.playground.slack.organizations import enterprise_of, is_external, team_of
from bot.playground.slack.payloads import Json
from bot.playground.slack.records import Post
from bot.playground.slack.workspace import StandinWorkspace


def said_event(workspace: StandinWorkspace, post: Post, team: str | None = None) -> Json | None:
    """The event of a user's message; None where the app has no scope for it or Slack does not tell of it.

    A mention in a channel is an `app_mention`, if the bot is a member; in direct messages there is none, but a
    `message` of them all: docs.slack.dev, "app_mention event" and "message.im event".
    """
    assert post.author is not None
    event = message_json(workspace, post) | {"client_msg_id": str(uuid.uuid4())}
    if post.channel in workspace.users:
        event |= {"channel_type": "im"}
        scope = "im:history"
    elif f"<@{workspace.bot_user_id}>" in post.text and workspace.channels[post.channel].is_member:
        event |= {"type": "app_mention"}
        scope = "app_mentions:read"
    else:
        return None
    return event | _place(workspace, post) | _teams(workspace, event, post, team) if scope in workspace.scopes else None


def tell_of_own(workspace: StandinWorkspace, post: Post, *, by_response_url: bool = False) -> None:
    """Tells the bot of its own direct message, which has no subtype: slackapi/bolt-js issue 580.

    One that came by a response URL has one, and no user: slackapi/bolt-python issue 683.
    """
    if _is_told(workspace, post):
        profile = {"id": workspace.bot_id, "app_id": workspace.app_id, "team_id": workspace.team_id, "deleted": False}
        event = message_json(workspace, post) | {"bot_profile": profile, "channel_type": "im"}
        if by_response_url:
            event |= {"subtype": "bot_message"}
            del event["user"]
        workspace.tell(event | _place(workspace, post))


def tell_of_change(workspace: StandinWorkspace, post: Post, after: Post | None) -> None:
    """Tells the bot that its own direct message was changed, or deleted if nothing is there afterwards.

    docs.slack.dev, "message_changed event" and "message_deleted event".
    """
    if not _is_told(workspace, post):
        return
    event: Json = {
        "type": "message",
        "channel_type": "im",
        "hidden": True,
        "previous_message": message_json(workspace, post),
    }
    if after is None:
        event |= {"subtype": "message_deleted", "deleted_ts": post.ts}
    else:
        event |= {"subtype": "message_changed", "message": message_json(workspace, after)}
    at = workspace.ts()
    workspace.tell(event | {"channel": workspace.conversation(post), "ts": at, "event_ts": at})


def event_payload(workspace: StandinWorkspace, event: Json, event_id: str | None = None, **other: Any) -> Json:
    """An event with what the Events API puts around it; `other` stands for what would be there.

    docs.slack.dev, "Events API"; teams and organizations as in bolt-python, tests/slack_bolt/request/test_internals.py:
    outside are those of the user, but around a mention those of the installation, which stands in `authorizations`.
    Where the app is installed in a whole organization that has no team: bolt-python, test_events_org_apps.py.
    """
    user = _user_of(event)
    mention = event["type"] == "app_mention" and is_external(workspace, user)
    outer = workspace.enterprise_id if mention else enterprise_of(workspace, user)
    wide = workspace.is_enterprise_install
    authorization = {
        "enterprise_id": workspace.enterprise_id,
        "team_id": None if wide else workspace.team_id,
        "user_id": workspace.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": wide,
    }
    payload: Json = {
        "token": "deprecated",
        "team_id": workspace.team_id if mention else event.get("team", team_of(workspace, user)),
        **({"enterprise_id": outer} if outer else {}),
        "context_team_id": workspace.team_id,
        "context_enterprise_id": workspace.enterprise_id,
        "api_app_id": workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id or f"Ev{uuid.uuid4().hex[:9].upper()}",
        "event_time": int(workspace.clock().timestamp()),
        "authorizations": [authorization],
        "is_ext_shared_channel": _is_shared(workspace, event, user),
    }
    return payload | other


def _is_told(workspace: StandinWorkspace, post: Post) -> bool:
    return post.channel in workspace.users and post.ephemeral_to is None and "im:history" in workspace.scopes


def _place(workspace: StandinWorkspace, post: Post) -> Json:
    fields = {"channel": workspace.conversation(post), "event_ts": post.ts}
    root = workspace.find(post.thread_ts)
    return fields | ({"parent_user_id": root.author or workspace.bot_user_id} if root else {})


def _teams(workspace: StandinWorkspace, event: Json, post: Post, team: str | None) -> Json:
    """The workspace in an event; those of users elsewhere are also where they are not the installation's.

    slack-go/slack issue 695; of another company's organization there is only the organization: test_internals.py.
    """
    user = post.author or ""
    own = team or team_of(workspace, user)
    if own == workspace.team_id:
        return {"team": own}
    external = is_external(workspace, user)
    known = (external and enterprise_of(workspace, user)) or own
    elsewhere = {"user_team": known, "source_team": known, "user_profile": {"team": known}}
    return {"team": workspace.team_id if event["type"] == "app_mention" and external else own} | elsewhere


def _user_of(event: Json) -> str:
    """The user of an event, of the message that it is about where it has none itself."""
    inner = event.get("message") or event.get("previous_message") or {}
    return str(event.get("user") or inner.get("user") or "")


def _is_shared(workspace: StandinWorkspace, event: Json, user: str) -> bool:
    channel = workspace.channels.get(str(event.get("channel")))
    return channel.is_ext_shared if channel else is_external(workspace, user)
