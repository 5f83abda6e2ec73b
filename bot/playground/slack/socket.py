"""Serves the websockets of Socket Mode."""

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import WSCloseCode, WSMsgType, web

from bot.playground.slack.payloads import Json
from bot.playground.slack.records import Reason
from bot.playground.slack.workspace import StandinWorkspace

EnvelopeType = Literal["slash_commands", "interactive", "events_api"]

_MOST_LINKS = 10
_HOST = "applink-standin"

# Seconds: Slack closes a connection soon after `disconnect`, and does not wait for a client that does not answer.
_CLOSE_DELAY = 0.05
_CLOSE_TIMEOUT = 0.1


@dataclass(slots=True, eq=False)
class Link:
    """An open websocket. One that drops envelopes stays open and answers pings."""

    socket: web.WebSocketResponse
    drops_envelopes: bool = False


@dataclass(frozen=True, slots=True)
class Ack:
    """What the bot answered to an envelope."""

    envelope_id: str
    payload: Json | None


@dataclass(frozen=True, slots=True)
class Retry:
    """Which attempt at an event this is, 0 being the first, and why there is another one."""

    attempt: int
    reason: str

    def headers(self) -> dict[str, str]:
        """How HTTP tells of it, only of further attempts: docs.slack.dev, "Events API"."""
        return {"X-Slack-Retry-Num": str(self.attempt), "X-Slack-Retry-Reason": self.reason} if self.attempt else {}


class NoLink(Exception):
    """No websocket is open."""


class Sockets:
    """The app's websockets: any of them may get the next envelope."""

    def __init__(self, workspace: StandinWorkspace) -> None:
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Ack]] = {}
        self.links: list[Link] = []
        self.acks: list[Ack] = []
        self.lost = 0
        self.base = ""

    def new_link(self) -> str:
        """The address of one websocket, good for one connection."""
        ticket = secrets.token_urlsafe(18)
        self._tickets.add(ticket)
        return f"{self.base}/link/?ticket={ticket}&app_id={self._workspace.app_id}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serves one websocket until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.remove(ticket)
        link = Link(web.WebSocketResponse(timeout=_CLOSE_TIMEOUT))
        await link.socket.prepare(request)
        if len(self.links) >= _MOST_LINKS:
            await self._dismiss(link, "too_many_websockets")
        else:
            await self._serve(link)
        return link.socket

    async def _serve(self, link: Link) -> None:
        self.links.append(link)
        try:
            await link.socket.send_json(self._hello())
            self._workspace.changed()
            if self._workspace.dismisses:
                # slackapi/node-slack-sdk issue 1654 has it before `hello`; after one the bot is more easily misled.
                await self._dismiss(link, self._workspace.dismisses)
            async for message in link.socket:  # Pings are answered meanwhile.
                if message.type is WSMsgType.TEXT:
                    self._receive(message.json())
        finally:
            self.links.remove(link)
            self._workspace.changed()

    def _hello(self) -> Json:
        # It counts connections too that no process has any more: slackapi/python-slack-sdk issue 1940.
        claimed = self._workspace.counts_connections
        return {
            "type": "hello",
            "num_connections": len(self.links) if claimed is None else claimed,
            "connection_info": {"app_id": self._workspace.app_id},
            "debug_info": {"host": _HOST, "build_number": 1, "approximate_connection_time": 18060},
        }

    def _receive(self, message: Json) -> None:
        ack = Ack(str(message.get("envelope_id")), message.get("payload"))
        self.acks.append(ack)
        self._workspace.changed()
        waiting = self._waiting.get(ack.envelope_id)
        if waiting and not waiting.done():
            waiting.set_result(ack)

    async def send(self, kind: EnvelopeType, envelope_id: str, payload: Json, retry: Retry | None = None) -> Ack:
        """Delivers an envelope over one of the websockets, and waits for its ack.

        An event's tells of the attempt: slackapi/bolt-python issue 1484.
        """
        envelope: Json = {"type": kind, "envelope_id": envelope_id, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if retry:
            envelope |= {"retry_attempt": retry.attempt, "retry_reason": retry.reason}
        link = self._next()
        if link.drops_envelopes:
            self.lost += 1
            raise TimeoutError  # No need to wait for what cannot come.
        self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            await link.socket.send_json(envelope)
            return await self._waiting[envelope_id]
        finally:
            del self._waiting[envelope_id]

    def _next(self) -> Link:
        if not self.links:
            raise NoLink
        self.links.append(self.links.pop(0))
        return self.links[-1]

    def drop_envelopes(self) -> None:
        """Drops all that is sent over the websockets that are open now, not over later ones."""
        for link in self.links:
            link.drops_envelopes = True

    async def disconnect(self, reason: Reason) -> None:
        """Asks for new connections; after a warning the present ones stay, otherwise Slack closes them."""
        await asyncio.gather(*(self._dismiss(link, reason) for link in list(self.links)))

    async def _dismiss(self, link: Link, reason: Reason) -> None:
        words: dict[str, Any] = {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}
        with contextlib.suppress(ConnectionError):  # The other end may have been faster.
            await link.socket.send_json(words)
        if reason != "warning":
            await asyncio.sleep(_CLOSE_DELAY)
            await link.socket.close()

    async def close(self, _: web.Application) -> None:
        """Closes them all, at the end."""
        await asyncio.gather(*(link.socket.close(code=WSCloseCode.GOING_AWAY) for link in list(self.links)))
