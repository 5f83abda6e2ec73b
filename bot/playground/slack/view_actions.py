"""Builds the payloads of actions in a view, and applies the ack of a submission."""

from typing import Any

from bot.playground.slack.forms import View, elements, enter_value
from bot.playground.slack.organizations import user_fields
from bot.playground.slack.payloads import Json
from bot.playground.slack.views import add_modal, check_view, rewrite_view, view_json
from bot.playground.slack.workspace import Refused, StandinWorkspace


def shortcut_payload(workspace: StandinWorkspace, callback_id: str, user: str) -> Json:
    """The payload of a global shortcut, which has no channel."""
    return {
        "type": "shortcut",
        "callback_id": callback_id,
        "action_ts": workspace.ts(),
        "user": user_fields(workspace, user),
    }


def action_payload(workspace: StandinWorkspace, view: View, action_id: str, value: Any) -> Json | None:
    """The payload of a click or a choice in a view; None for an input that keeps it until the form is submitted."""
    block, acted = enter_value(view, action_id, value)
    if block["type"] == "input" and not block.get("dispatch_action"):
        return None
    return {
        "type": "block_actions",
        **_user_and_view(workspace, view),
        "container": {"type": "view", "view_id": view.id},
        "actions": [acted | {"action_ts": workspace.ts()}],
    }


def suggestion_payload(workspace: StandinWorkspace, view: View, action_id: str, typed: str) -> Json:
    """The payload that asks for the options of an external select. LookupError: there is none of that id."""
    for block, element in elements(view.content["blocks"]):
        if element["action_id"] == action_id and element["type"].endswith("external_select"):
            asked = {"action_id": action_id, "block_id": block["block_id"], "value": typed}
            container = {"type": "view", "view_id": view.id}
            return {"type": "block_suggestion", **_user_and_view(workspace, view), **asked, "container": container}
    raise LookupError(action_id)


def submission_payload(workspace: StandinWorkspace, view: View) -> Json:
    """The payload of a form that is submitted."""
    return {"type": "view_submission", **_user_and_view(workspace, view), "response_urls": []}


def home_opened_event(workspace: StandinWorkspace, user: str) -> Json:
    """The event of a user who looks at the bot's Home; the view is there if one was published."""
    event: Json = {"type": "app_home_opened", "user": user, "channel": workspace.direct(user), "tab": "home"}
    home = workspace.homes.get(user)
    return event | {"event_ts": workspace.ts()} | ({"view": view_json(workspace, home)} if home else {})


def apply_submission_ack(workspace: StandinWorkspace, view: View, answer: Json) -> str | None:
    """Applies the ack of a submission: the form closes, unless the ack has errors or another view.

    Returns the error that the user is shown where Slack does not understand the ack.
    """
    try:
        match answer.get("response_action"):
            case "errors":
                return _show_errors(workspace, view, answer.get("errors"))
            case "update":
                rewrite_view(workspace, view, check_view(answer.get("view"), "modal", workspace.refuses))
            case "push":
                add_modal(workspace, view.user, check_view(answer.get("view"), "modal", workspace.refuses), view)
            case "clear":
                workspace.modals = [open_ for open_ in workspace.modals if open_.root != view.root]
            case None if not answer:
                workspace.modals.remove(view)
            case _:
                return "invalid_response_action"
    except Refused as refused:
        return refused.error
    workspace.changed()
    return None


def _show_errors(workspace: StandinWorkspace, view: View, errors: Any) -> str | None:
    inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
        return "invalid_response_action"
    view.errors = errors
    workspace.changed()
    return None


def _user_and_view(workspace: StandinWorkspace, view: View) -> Json:
    return {"user": user_fields(workspace, view.user), "view": view_json(workspace, view)}
