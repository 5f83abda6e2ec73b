"""Slack's Web API, as far as the bot calls it, with Slack's checks in Slack's order."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.playground.slack_blocks import check, check_sum
from bot.playground.slack_faults import answer
from bot.playground.slack_workspace import Call, Json, Post, Refused, Workspace


class Api:
    """The methods, answering for a workspace; a link is the address of a websocket."""

    def __init__(self, workspace: Workspace, new_link: Callable[[], str]) -> None:
        self._workspace = workspace
        self._new_link = new_link

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call of the method that the path names."""
        method = request.match_info["method"]
        arguments, token = await _read(request)
        self._workspace.calls.append(Call(method, arguments, _prefix(token)))
        self._workspace.changed()

        def act() -> web.Response:
            try:
                return self._json({"ok": True, **self._call(method, arguments, token)})
            except Refused as refused:
                return self._json({"ok": False, "error": refused.error, **refused.details})

        def refuse(error: str) -> web.Response:
            return self._json({"ok": False, "error": error})

        return await answer(request, self._workspace.fault(method), act, refuse)

    def _json(self, body: Json) -> web.Response:
        return web.json_response(body, headers={"X-OAuth-Scopes": ",".join(sorted(self._workspace.scopes))})

    def _call(self, name: str, arguments: Json, token: str) -> Json:
        if name not in _METHODS:
            raise Refused("unknown_method", req_method=name)
        method = _METHODS[name]
        self._authorize(token, method)
        return method.call(self, arguments)

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
        if method.scope and method.scope not in workspace.scopes:
            raise Refused("missing_scope", needed=method.scope, provided=",".join(sorted(workspace.scopes)))

    def _auth_test(self, _: Json) -> Json:
        workspace = self._workspace
        return {
            "url": "https://standin.slack.com/",
            "team": "Stand-in",
            "user": "devin_metrics",
            "team_id": workspace.team_id,
            "user_id": workspace.bot_user_id,
            "bot_id": workspace.bot_id,
            "is_enterprise_install": False,
        }

    def _connections_open(self, _: Json) -> Json:
        return {"url": self._new_link()}

    def _post_message(self, arguments: Json) -> Json:
        conversation = self._conversation(str(arguments.get("channel", "")))
        check(arguments, self._workspace.refuses)
        check_sum(arguments)
        post = self._workspace.post(conversation, arguments)
        return {"channel": conversation, "ts": post.ts, "message": message(self._workspace, post)}

    def _conversation(self, id_: str) -> str:
        """The conversation that a channel's or a user's id names, if the bot may post there."""
        place = self._workspace.place(id_)
        if place in self._workspace.users:
            return self._workspace.direct(place)
        channel = self._workspace.channels.get(place)
        if channel is None or (channel.is_private and not channel.is_member):
            raise Refused("channel_not_found")
        if channel.is_archived:
            raise Refused("is_archived")
        if not channel.is_member and "chat:write.public" not in self._workspace.scopes:
            raise Refused("not_in_channel")
        return place

    def _users_info(self, arguments: Json) -> Json:
        user_id = str(arguments.get("user", ""))
        if user_id not in self._workspace.users:
            raise Refused("user_not_found")
        user = self._workspace.users[user_id]
        local = self._workspace.clock().astimezone(ZoneInfo(user.tz))
        offset = local.utcoffset()
        assert offset is not None
        shown: Json = {
            "id": user_id,
            "team_id": self._workspace.team_id,
            "name": user.name,
            "real_name": user.name.title(),
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
    call: Callable[[Api, Json], Json]
    token: str
    scope: str | None = None


_METHODS = {
    "apps.connections.open": _Method(Api._connections_open, "xapp-"),
    "auth.test": _Method(Api._auth_test, "xoxb-"),
    "chat.postMessage": _Method(Api._post_message, "xoxb-", "chat:write"),
    "users.info": _Method(Api._users_info, "xoxb-", "users:read"),
}


def message(workspace: Workspace, post: Post) -> Json:
    """A post as Slack tells of it."""
    told = {
        "type": "message",
        "user": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "app_id": workspace.app_id,
        "team": workspace.team_id,
        "ts": post.ts,
        "text": post.text,
        "blocks": post.blocks,
        "metadata": post.metadata,
        "thread_ts": post.thread_ts,
    }
    return {key: value for key, value in told.items() if value is not None}


async def _read(request: web.Request) -> tuple[Json, str]:
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
    if key not in {"blocks", "metadata"}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _prefix(token: str) -> str:
    kind = re.match(r"xox[a-z]-|xapp-", token)
    return kind.group() if kind else ""
