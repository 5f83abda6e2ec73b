"""Serves the methods of Slack's Web API that the bot calls, with Slack's checks in Slack's order."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.playground.slack.conversations import history, info, post_message, replies
from bot.playground.slack.faults import answer_with_fault
from bot.playground.slack.files import Uploads
from bot.playground.slack.payloads import Json
from bot.playground.slack.views import open_view, publish_view, push_view, update_view
from bot.playground.slack.workspace import Call, Refused, StandinWorkspace


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
        return web.json_response(body, headers={"X-OAuth-Scopes": ",".join(sorted(self._workspace.scopes))})

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
    """In an organization there is its id, too (docs.slack.dev/reference/methods/auth.test); a token for all of it is
    told the organization's id in place of a workspace's (github.com/lobu-ai/lobu/pull/3047).
    """
    enterprise = {"enterprise_id": workspace.enterprise_id} if workspace.enterprise_id else {}
    return {
        "url": "https://standin.slack.com/",
        "team": "Stand-in",
        "user": "devin_metrics",
        "team_id": workspace.enterprise_id if workspace.org_wide else workspace.team_id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": workspace.org_wide,
        **enterprise,
    }


def _users_info(workspace: StandinWorkspace, arguments: Json) -> Json:
    user_id = str(arguments.get("user", ""))
    if user_id not in workspace.users:
        raise Refused("user_not_found")
    user = workspace.users[user_id]
    local = workspace.clock().astimezone(ZoneInfo(user.tz))
    offset = local.utcoffset()
    assert offset is not None
    real_name = user.name.title() if user.real_name is None else user.real_name
    shown: Json = {
        "id": user_id,
        "team_id": workspace.team_id,
        "name": user.name,
        "real_name": real_name,
        "profile": {"real_name": real_name, "display_name": user.display_name},
        "deleted": user.deleted,
        "is_bot": False,
        "tz": user.tz,
        "tz_label": local.tzname(),
        "tz_offset": int(offset.total_seconds()),
    }
    # The SDK sends a true as 1.
    wanted = str(arguments.get("include_locale", "")).lower() in {"1", "true"}
    return {"user": shown | ({"locale": user.locale} if wanted else {})}


class _Method(NamedTuple):
    call: Callable[[StandinWorkspace, Json], Json]
    token: str
    scope: str | None = None  # Of all its calls; a conversation asks for the scopes of its kind itself.


# Without `conversations.list` and `users.list`: a bot that lists a large workspace waits for minutes.
_METHODS = {
    "auth.test": _Method(_auth_test, "xoxb-"),
    "chat.postMessage": _Method(post_message, "xoxb-", "chat:write"),
    "conversations.history": _Method(history, "xoxb-"),
    "conversations.info": _Method(info, "xoxb-"),
    "conversations.replies": _Method(replies, "xoxb-"),
    "users.info": _Method(_users_info, "xoxb-", "users:read"),
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
