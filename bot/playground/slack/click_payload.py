"""Builds the payload of a click in a message."""

from collections.abc import Iterator

from bot.playground.slack.conversations import message_json
from bot.playground.slack.organizations import user_fields
from bot.playground.slack.payloads import Json
from bot.playground.slack.records import Post
from bot.playground.slack.workspace import StandinWorkspace


def click_payload(workspace: StandinWorkspace, post: Post, action_id: str, user: str, value: str | None = None) -> Json:
    """The payload of a click on a button, or of an option chosen by its value. What is not there cannot be clicked."""
    for block_id, element in _clickable_elements(post):
        if element["action_id"] == action_id and (action := _action(element, value)):
            action |= {"block_id": block_id, "action_ts": workspace.ts()}
            return _message_payload(workspace, post, user) | {"actions": [action]}
    raise LookupError(f"{action_id} {value or ''}")


def _clickable_elements(post: Post) -> Iterator[tuple[str, Json]]:
    for number, block in enumerate(post.blocks):
        for element in [*block.get("elements", ()), block.get("accessory", {})]:
            if "action_id" in element:
                yield block.get("block_id", f"b{number}"), element


def _action(element: Json, value: str | None) -> Json | None:
    shared = {"type": element["type"], "action_id": element["action_id"]}
    if "options" in element:
        chosen = next((option for option in element["options"] if option["value"] == value), None)
        return chosen and {**shared, "selected_option": chosen}
    if value not in {None, element.get("value")}:
        return None
    return shared | {key: element[key] for key in ("text", "value") if key in element}


def _message_payload(workspace: StandinWorkspace, post: Post, user: str) -> Json:
    place = workspace.conversation(post)
    channel = workspace.channels.get(place)
    payload: Json = {
        "type": "block_actions",
        "user": user_fields(workspace, user),
        "container": {
            "type": "message",
            "message_ts": post.ts,
            "channel_id": place,
            "is_ephemeral": post.ephemeral_to is not None,
            # In a thread only: slackapi/java-slack-sdk issue 1200, slack-go/slack pull request 888.
            **({"thread_ts": post.thread_ts} if post.thread_ts else {}),
        },
        "channel": {"id": place, "name": channel.name if channel else "directmessage"},
        "state": {"values": {}},
    }
    # Of a message that only one person sees, Slack tells no more than its ts.
    return payload if post.ephemeral_to else payload | {"message": message_json(workspace, post)}
