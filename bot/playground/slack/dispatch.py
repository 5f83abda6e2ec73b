"""Dispatches payloads to the bot over HTTP or a websocket."""

import asyncio
import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp

from bot.playground.slack.blocks import check_message
from bot.playground.slack.payloads import Json
from bot.playground.slack.responses import ResponseUrl, ResponseUrls, only_reader
from bot.playground.slack.socket import EnvelopeType, NoLink, Sockets
from bot.playground.slack.workspace import Refused, StandinWorkspace

# What Slack writes in angle brackets itself. Everything else that a user types is text.
_TOKENS = re.compile(r"(<(?:@[UW]\w+|#?[CG]\w+|https?:[^\s<>|]+|mailto:[^\s<>|]+)(?:\|[^<>]*)?>)", re.ASCII)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(slots=True)
class Dispatch:
    """The outcome of sending a command, an interaction or an event to the bot."""

    kind: EnvelopeType | None = None
    status: int | None = None  # Of HTTP.
    envelope_id: str | None = None  # Of Socket Mode.
    body: Json = field(default_factory=dict)  # The ack's.
    ack_seconds: float | None = None
    error: str | None = None  # What the user is shown instead of a reply.
    response_url: str | None = None


class Transport:
    """Sends the payloads of user actions to the bot: over HTTP where it has a URL, else over a websocket."""

    def __init__(
        self, workspace: StandinWorkspace, sockets: Sockets, urls: ResponseUrls, session: aiohttp.ClientSession
    ) -> None:
        self._workspace = workspace
        self._sockets = sockets
        self._urls = urls
        self._session = session

    async def command(self, text: str, user: str, channel: str) -> Dispatch:
        """Types `/devin-metrics text`; the ack's body is the reply that comes first."""
        workspace = self._workspace
        url = self._urls.open("commands", user, channel)
        known = workspace.channels.get(channel)
        payload = {
            "token": "deprecated",
            "team_id": workspace.team_id,
            "team_domain": "standin",
            "channel_id": channel,
            "channel_name": known.name if known else "directmessage",
            "user_id": user,
            "user_name": workspace.users[user].name,
            "command": workspace.command_name,
            "text": as_escaped(text, workspace),
            "api_app_id": workspace.app_id,
            "is_enterprise_install": "false",
            "response_url": url.url,
            "trigger_id": workspace.trigger(user),
        }
        dispatch = await self._send(Dispatch("slash_commands", response_url=url.url), payload)
        self._reply(dispatch, url)
        url.acked.set()
        return dispatch

    async def interaction(self, payload: Json) -> Dispatch:
        """Sends what an interaction tells, together with what Slack adds to each."""
        workspace = self._workspace
        url = self._answerable(payload)
        added: Json = {
            "team": {"id": workspace.team_id, "domain": "standin"},
            "api_app_id": workspace.app_id,
            "token": "deprecated",
            "trigger_id": workspace.trigger(payload.get("user", {}).get("id", ""), payload.get("view", {}).get("id")),
            "enterprise": None,
            "is_enterprise_install": False,
        }
        if url:
            added["response_url"] = url.url
        dispatch = await self._send(
            Dispatch("interactive", response_url=url.url if url else None), {**added, **payload}
        )
        if url:
            url.acked.set()
        return dispatch

    async def event(self, event: Json) -> Dispatch:
        """Tells of something that happened, as the Events API does."""
        at = int(self._workspace.clock().timestamp())
        payload: Json = {
            "token": "deprecated",
            "team_id": self._workspace.team_id,
            "api_app_id": self._workspace.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{uuid.uuid4().hex[:9].upper()}",
            "event_time": at,
            "authorizations": [{"team_id": self._workspace.team_id, "user_id": self._workspace.bot_user_id}],
        }
        return await self._send(Dispatch("events_api"), payload)

    async def deliver_raw(self, body: bytes, headers: Mapping[str, str]) -> Dispatch:
        """Sends any bytes with any headers over HTTP; the bot's answer is not shown."""
        dispatch = Dispatch()
        return await self._timed(dispatch, self._over_http(dispatch, body, headers))

    def sign(self, body: bytes, timestamp: str | None = None) -> dict[str, str]:
        """The headers that prove a body to be Slack's, at the clock's time or any other."""
        clock = self._workspace.signing_clock or self._workspace.clock
        timestamp = timestamp or str(int(clock().timestamp()))
        basis = b"v0:%s:%s" % (timestamp.encode(), body)
        digest = hmac.new(self._workspace.signing_secret.encode(), basis, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}

    def _answerable(self, payload: Json) -> ResponseUrl | None:
        """A response URL for what happened in a conversation; a view has none."""
        if "channel" not in payload:
            return None
        url = self._urls.open("actions", payload["user"]["id"], payload["channel"]["id"])
        url.original = payload.get("container", {}).get("message_ts")
        return url

    async def _send(self, dispatch: Dispatch, payload: Json) -> Dispatch:
        if self._workspace.http_url is None:
            return await self._timed(dispatch, self._over_socket(dispatch, payload))
        body, headers = _http_request(dispatch.kind, payload)
        return await self._timed(dispatch, self._over_http(dispatch, body, headers | self.sign(body)))

    async def _timed(self, dispatch: Dispatch, sending: Awaitable[None]) -> Dispatch:
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._workspace.ack_timeout):
                await sending
            dispatch.ack_seconds = time.monotonic() - started
        except TimeoutError:
            dispatch.error = "operation_timeout"
        except (NoLink, aiohttp.ClientError):
            dispatch.error = "dispatch_failed"
        return dispatch

    async def _over_http(self, dispatch: Dispatch, body: bytes, headers: Mapping[str, str]) -> None:
        assert self._workspace.http_url is not None
        sending = self._session.post(self._workspace.http_url, data=body, headers={**_FORM, **headers})
        async with sending as response:
            dispatch.body = _ack_body(await response.text(), response.content_type)
        dispatch.status = response.status
        if response.status != HTTPStatus.OK:
            dispatch.error = "dispatch_failed"

    async def _over_socket(self, dispatch: Dispatch, payload: Json) -> None:
        assert dispatch.kind is not None
        dispatch.envelope_id = str(uuid.uuid4())
        ack = await self._sockets.send(dispatch.kind, dispatch.envelope_id, payload)
        dispatch.body = ack.payload or {}

    def _reply(self, dispatch: Dispatch, url: ResponseUrl) -> None:
        """Shows the user what the ack of a command says, if it says anything."""
        if dispatch.error or not (dispatch.body.get("text") or dispatch.body.get("blocks")):
            return
        try:
            check_message(dispatch.body, self._workspace.refuses)
        except Refused:
            dispatch.error = "invalid_command_response"
        else:
            url.original = self._workspace.post(
                url.conversation, dispatch.body, only_reader(dispatch.body, url.user)
            ).ts


def _http_request(kind: EnvelopeType | None, payload: Json) -> tuple[bytes, dict[str, str]]:
    """The body of a request and its headers: an event is JSON, a command a form, an interaction JSON in a form."""
    if kind == "events_api":
        return json.dumps(payload).encode(), {"Content-Type": "application/json"}
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), _FORM


def as_escaped(text: str, workspace: StandinWorkspace) -> str:
    """A text as `should_escape` delivers it: its signs as entities, and channels and people that it names as tokens."""
    channels = {channel.name: (place, channel) for place, channel in workspace.channels.items()}
    people = {user.name: place for place, user in workspace.users.items()}

    def token(found: re.Match[str]) -> str:
        sign, name = found[1], found[2]
        if sign == "@" and name in people:
            return f"<@{people[name]}|{name}>"
        if sign == "#" and name in channels:
            place, channel = channels[name]
            return f"<#{place}|{'' if channel.is_private else name}>"
        return found[0]

    return re.sub(r"(?<!\S)([@#])([\w-]+)", token, escape(text))


def escape(text: str) -> str:
    """A command's text as Slack delivers it; users, channels and links that are already written its way stay."""
    parts = _TOKENS.split(text)
    parts[::2] = (part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for part in parts[::2])
    return "".join(parts)


def _ack_body(text: str, content_type: str) -> Json:
    if content_type != "application/json":
        return {"text": text} if text else {}
    body: Json = json.loads(text)
    return body
