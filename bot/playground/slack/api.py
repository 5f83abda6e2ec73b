"""Serves the methods of Slack's Web API that the bot calls, with Slack's checks in Slack's order."""

import json
import re
from collections.abc import Callable
from datetime import UTC
from email.utils import format_datetime
from typing import Any, NamedTuple

from aiohttp import web

from bot.playground.slack.chat import delete_message, post_ephemeral, post_message, update_message
from bot.playground.slack.conversations import history, info, replies
from bot.playground.slack.faults import answer_with_fault
from bot.playground.slack.files import Uploads
from bot.playground.slack.payloads import Json
from bot.playground.slack.records import Call
from bot.playground.slack.users import users_info
from bot.playground.slack.views import open_view, publish_view, push_view, update_view
from bot.playground.slack.workspace import Refused, StandinWorkspace


class Api:
    """The methods of a workspace. `new_link` makes the address of a websocket."""

    def __init__(self, workspace: StandinWorkspace, new_link: Callable[[], str], files: Uploads) -> None:
        self._workspace = workspace
        self._methods = {
            **_METHODS,
            "apps.connections.open": _Method(lambda *_: {"url": new_link()}, "xapp-"),
            "files.getUploadURLExternal": _Method(files.begin, "xoxb-", "files:write"),
            "files.completeUploadExternal": _Method(files.complete, "xoxb-", "files:write"),
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call of the method that the path names."""
        method = request.match_info["method"]
        arguments, token = await _arguments_and_token(request)
        self._workspace.calls.append(Call(method, arguments, _prefix(token)))
        self._workspace.changed()

        def act() -> web.Response:
            try:
                return self._json({"ok": True, **self._call(method, arguments, token)})
            except Refused as refused:
                return self._json({"ok": False, "error": refused.error, **refused.details})

        def refuse(error: str) -> web.Response:
            return self._json({"ok": False, "error": error})

        fault = self._workspace.fault(method, str(arguments.get("channel", "")))
        return await answer_with_fault(request, fault, act, refuse)

    def _json(self, body: Json) -> web.Response:
        date = format_datetime(self._workspace.clock().astimezone(UTC), usegmt=True)
        scopes = ",".join(sorted(self._workspace.scopes))
        return web.json_response(body, headers={"X-OAuth-Scopes": scopes, "Date": date})

    def _call(self, name: str, arguments: Json, token: str) -> Json:
        if name not in self._methods:
            raise Refused("unknown_method", req_method=name)
        method = self._methods[name]
        self._authorize(token, method)
        return method.call(self._workspace, arguments)

    def _authorize(self, token: str, method: "_Method") -> None:
        workspace = self._workspace
        if not token:
            raise Refused("not_authed")
        if token not in {workspace.bot_token, workspace.app_token}:
            raise Refused("invalid_auth")
        if token == workspace.bot_token and workspace.revoked:
            raise Refused(workspace.revoked)
        if not token.startswith(method.token):
            raise Refused("not_allowed_token_type")
        if method.scope:
            workspace.require(method.scope)


def _auth_test(workspace: StandinWorkspace, _: Json) -> Json:
    """`enterprise_id` is there in an organization: docs.slack.dev, "Developing apps for Enterprise Grid".

    Of a token for all of it `team_id` was seen to be the organization's id: lobu-ai/lobu pull request 3047.
    """
    wide = workspace.is_enterprise_install
    return {
        "url": "https://standin.slack.com/",
        "team": workspace.enterprise_name if wide else "Stand-in",
        "user": workspace.bot_name,
        "team_id": workspace.enterprise_id if wide else workspace.team_id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": wide,
        **({"enterprise_id": workspace.enterprise_id} if workspace.enterprise_id else {}),
    }


class _Method(NamedTuple):
    call: Callable[[StandinWorkspace, Json], Json]
    token: str
    scope: str | None = None  # Of all its calls; a conversation asks for the scopes of its kind itself.


# Without `conversations.list` and `users.list`: a bot that lists a large workspace waits for minutes.
_METHODS = {
    "auth.test": _Method(_auth_test, "xoxb-"),
    "chat.delete": _Method(delete_message, "xoxb-", "chat:write"),
    "chat.postEphemeral": _Method(post_ephemeral, "xoxb-", "chat:write"),
    "chat.postMessage": _Method(post_message, "xoxb-", "chat:write"),
    "chat.update": _Method(update_message, "xoxb-", "chat:write"),
    "conversations.history": _Method(history, "xoxb-"),
    "conversations.info": _Method(info, "xoxb-"),
    "conversations.replies": _Method(replies, "xoxb-"),
    "users.info": _Method(users_info, "xoxb-", "users:read"),
    "views.open": _Method(open_view, "xoxb-"),
    "views.publish": _Method(publish_view, "xoxb-"),
    "views.push": _Method(push_view, "xoxb-"),
    "views.update": _Method(update_view, "xoxb-"),
}


async def _arguments_and_token(request: web.Request) -> tuple[Json, str]:
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        arguments |= await request.json()
    else:
        arguments |= {key: _decoded(key, value) for key, value in (await request.post()).items()}
    token = arguments.pop("token", "")
    bearer = re.fullmatch(r"Bearer (\S+)", request.headers.get("Authorization", ""))
    return arguments, bearer[1] if bearer else str(token)


def _decoded(key: str, value: Any) -> Any:
    # A form has room for text only, so that these come as JSON; what is none is refused where it is checked.
    if key not in {"blocks", "metadata", "view"}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _prefix(token: str) -> str:
    kind = re.match(r"xox[a-z]-|xapp-", token)
    return kind.group() if kind else ""
