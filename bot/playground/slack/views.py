"""Serves the Web API methods of views, independently of `bot.messages.view`."""

import json
from datetime import timedelta

from bot.playground.slack.blocks import view_problems
from bot.playground.slack.forms import Trigger, View, initial_values
from bot.playground.slack.organizations import team_of
from bot.playground.slack.payloads import Json
from bot.playground.slack.workspace import Refused, StandinWorkspace

_LARGEST = 250_000  # Bytes of a view: the views' reference says 250 kB.
_HIGHEST = 3  # Modals one upon another.


def open_view(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`views.open`."""
    trigger = _trigger(workspace, arguments)
    content = _checked(workspace, arguments, "modal")
    trigger.exchanged = True
    return {"view": view_json(workspace, add_modal(workspace, trigger.user, content))}


def push_view(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`views.push`: upon the modal in which the trigger was made."""
    trigger = _trigger(workspace, arguments)
    content = _checked(workspace, arguments, "modal")
    under = _modal_of_id(workspace, trigger.view)
    if sum(view.root == under.root for view in workspace.modals) >= _HIGHEST:
        raise Refused("push_limit_reached")
    trigger.exchanged = True
    return {"view": view_json(workspace, add_modal(workspace, trigger.user, content, under))}


def update_view(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`views.update`; a `hash` that is not the view's own is of an older state, and refused."""
    view = _modal_of_id(workspace, arguments.get("view_id"))
    content = _checked(workspace, arguments, "modal")
    _check_hash(view, arguments)
    rewrite_view(workspace, view, content)
    return {"view": view_json(workspace, view)}


def publish_view(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`views.publish`: a user's Home, in place of the one before."""
    user = str(arguments.get("user_id", ""))
    if user not in workspace.users:
        raise Refused("user_not_found")
    content = _checked(workspace, arguments, "home")
    home = workspace.homes.get(user)
    if home is None:
        home = workspace.homes[user] = _new_view(workspace, user, content)
    else:
        _check_hash(home, arguments)
        home.values = {}  # A Home begins anew each time.
    rewrite_view(workspace, home, content)
    return {"view": view_json(workspace, home)}


def add_modal(workspace: StandinWorkspace, user: str, content: Json, under: View | None = None) -> View:
    """Opens a modal that has been checked, alone or upon another one."""
    view = _new_view(workspace, user, content, under)
    workspace.modals.append(view)
    rewrite_view(workspace, view, content)
    return view


def rewrite_view(workspace: StandinWorkspace, view: View, content: Json) -> None:
    """Puts other content into a view. What was entered stays where block and element keep their ids."""
    blocks = [{"block_id": f"b{number}", **block} for number, block in enumerate(content["blocks"])]
    view.content, view.hash, view.errors = {**content, "blocks": blocks}, f"{workspace.ts()}.hash", {}
    view.values = initial_values(blocks, view.values)
    workspace.changed()


def view_json(workspace: StandinWorkspace, view: View) -> Json:
    """A view as Slack sends it; where the app is installed, an example of docs.slack.dev, "Work Objects", has an
    organization's id, and slack_bolt/request/internals.py takes that before the user's workspace.
    """
    return {
        "callback_id": "",
        "private_metadata": "",
        "submit": None,
        "close": None,
        **view.content,
        "id": view.id,
        "team_id": team_of(workspace, view.user),
        "app_installed_team_id": workspace.enterprise_id if workspace.is_enterprise_install else workspace.team_id,
        "app_id": workspace.app_id,
        "bot_id": workspace.bot_id,
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "state": {"values": view.values},
    }


def check_view(content: object, kind: str, refuses: set[str]) -> Json:
    """Refuses what is no view of this kind. The messages are as Slack was seen to write them."""
    if not isinstance(content, dict):
        raise Refused("invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]})
    if problems := list(view_problems(content, kind, refuses)):
        messages = [f"[ERROR] {problem} [json-pointer:/view{where}]" for where, problem in problems]
        raise Refused("invalid_arguments", response_metadata={"messages": messages})
    if len(json.dumps(content)) > _LARGEST:
        raise Refused("view_too_large")
    return content


def _checked(workspace: StandinWorkspace, arguments: Json, kind: str) -> Json:
    return check_view(arguments.get("view"), kind, workspace.refuses)


def _new_view(workspace: StandinWorkspace, user: str, content: Json, under: View | None = None) -> View:
    view_id = f"V{workspace.ts().replace('.', '')}"
    return View(view_id, user, content, "", under.root if under else view_id, under.id if under else None)


def _trigger(workspace: StandinWorkspace, arguments: Json) -> Trigger:
    trigger = workspace.triggers.get(str(arguments.get("trigger_id", "")))
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.exchanged:
        raise Refused("exchanged_trigger_id")
    if workspace.clock() - trigger.at > timedelta(seconds=workspace.ack_timeout):
        raise Refused("expired_trigger_id")
    return trigger


def _modal_of_id(workspace: StandinWorkspace, view_id: object) -> View:
    found = next((view for view in workspace.modals if view.id == view_id), None)
    if found is None:
        raise Refused("not_found")
    return found


def _check_hash(view: View, arguments: Json) -> None:
    if arguments.get("hash", view.hash) != view.hash:
        raise Refused("hash_conflict")
