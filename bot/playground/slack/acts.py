"""Payloads of user actions in a view; what Slack does with the bot's answer to them."""

from typing import Any

from bot.playground.slack.forms import View, elements, enter
from bot.playground.slack.views import check_view, rewrite, show, told
from bot.playground.slack.workspace import Json, Refused, Workspace


def shortcut(workspace: Workspace, callback_id: str, user: str) -> Json:
    """The payload of a global shortcut, which is called nowhere in particular."""
    return {"type": "shortcut", "callback_id": callback_id, "action_ts": workspace.ts(), "user": _who(workspace, user)}


def action(workspace: Workspace, view: View, action_id: str, value: Any) -> Json | None:
    """The payload of a click or a choice in a view; None for an input that keeps it until the form is submitted."""
    block, acted = enter(view, action_id, value)
    if block["type"] == "input" and not block.get("dispatch_action"):
        return None
    return {
        "type": "block_actions",
        **_in(workspace, view),
        "container": {"type": "view", "view_id": view.id},
        "actions": [acted | {"action_ts": workspace.ts()}],
    }


def suggestion(workspace: Workspace, view: View, action_id: str, typed: str) -> Json:
    """The payload that asks for the options of an external select. LookupError: there is none of that id."""
    for block, element in elements(view.content["blocks"]):
        if element["action_id"] == action_id and element["type"].endswith("external_select"):
            asked = {"action_id": action_id, "block_id": block["block_id"], "value": typed}
            container = {"type": "view", "view_id": view.id}
            return {"type": "block_suggestion", **_in(workspace, view), **asked, "container": container}
    raise LookupError(action_id)


def submission(workspace: Workspace, view: View) -> Json:
    """The payload of a form that is submitted."""
    return {"type": "view_submission", **_in(workspace, view), "response_urls": []}


def home_opened(workspace: Workspace, user: str) -> Json:
    """The event of a user who looks at the bot's Home; the view is there if one was published."""
    event: Json = {"type": "app_home_opened", "user": user, "channel": workspace.direct(user), "tab": "home"}
    home = workspace.homes.get(user)
    return event | {"event_ts": workspace.ts()} | ({"view": told(workspace, home)} if home else {})


def submitted(workspace: Workspace, view: View, answer: Json) -> str | None:
    """Does what the ack of a submission says: the form closes, unless there are errors in it or another one follows.

    What the user is told instead, where Slack does not understand the answer.
    """
    try:
        match answer.get("response_action"):
            case "errors":
                return _show_errors(workspace, view, answer.get("errors"))
            case "update":
                rewrite(workspace, view, check_view(answer.get("view"), "modal", workspace.refuses))
            case "push":
                show(workspace, view.user, check_view(answer.get("view"), "modal", workspace.refuses), view)
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


def _show_errors(workspace: Workspace, view: View, errors: Any) -> str | None:
    inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
        return "invalid_response_action"
    view.errors = errors
    workspace.changed()
    return None


def _in(workspace: Workspace, view: View) -> Json:
    return {"user": _who(workspace, view.user), "view": told(workspace, view)}


def _who(workspace: Workspace, user: str) -> Json:
    return {"id": user, "username": workspace.users[user].name, "team_id": workspace.team_id}
