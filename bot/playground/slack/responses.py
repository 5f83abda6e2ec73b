"""Serves response URLs: five answers within half an hour of a command or click."""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

from aiohttp import web

from bot.playground.slack.blocks import check_message
from bot.playground.slack.events import tell_of_own
from bot.playground.slack.faults import answer_with_fault
from bot.playground.slack.payloads import Json
from bot.playground.slack.records import Response
from bot.playground.slack.workspace import Refused, StandinWorkspace

_USES = 5
_LIFETIME = timedelta(minutes=30)

_LONGEST_ACK = 0.1  # Seconds that an answer waits for its ack, in a lenient workspace.

_STATUS = {
    "invalid_payload": HTTPStatus.BAD_REQUEST,
    "invalid_blocks": HTTPStatus.BAD_REQUEST,
    "invalid_blocks_format": HTTPStatus.BAD_REQUEST,
    "no_text": HTTPStatus.BAD_REQUEST,
}


@dataclass(slots=True)
class ResponseUrl:
    """Where a command or a click may be answered, and the message that such an answer can replace."""

    url: str
    kind: Literal["commands", "actions"]
    user: str
    conversation: str
    created: datetime
    original: str | None = None
    uses: int = 0
    acked: asyncio.Event = field(default_factory=asyncio.Event)


class ResponseUrls:
    """The response URLs that were handed out."""

    def __init__(self, workspace: StandinWorkspace) -> None:
        self._workspace = workspace
        self._urls: dict[str, ResponseUrl] = {}
        self.base = ""

    def open(self, kind: Literal["commands", "actions"], user: str, conversation: str) -> ResponseUrl:
        """A new one, for a user's command or click in a conversation."""
        path = f"/{kind}/{self._workspace.team_id}/{len(self._urls) + 1}/{secrets.token_urlsafe(18)}"
        url = ResponseUrl(self.base + path, kind, user, conversation, self._workspace.clock())
        self._urls[path] = url
        return url

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one use of a response URL."""
        url = self._urls.get(request.path)
        if url is None:
            return web.Response(status=HTTPStatus.NOT_FOUND, text="no_service")
        message = _parsed(await request.read())
        used = Response(url.url, message or {})
        self._workspace.responses.append(used)
        self._workspace.changed()
        if self._workspace.lenient:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(url.acked.wait(), _LONGEST_ACK)

        def act() -> web.Response:
            try:
                self._use(url, message)
            except Refused as refused:
                return refuse(refused.error)
            return self._answer(used, "ok")

        def refuse(word: str) -> web.Response:
            return self._answer(used, word)

        return await answer_with_fault(request, self._workspace.fault("response_url", url.conversation), act, refuse)

    def _answer(self, used: Response, word: str) -> web.Response:
        used.answer = word
        self._workspace.changed()
        return web.Response(
            status=HTTPStatus.OK if word == "ok" else _STATUS.get(word, HTTPStatus.NOT_FOUND), text=word
        )

    def _use(self, url: ResponseUrl, message: Json | None) -> None:
        if message is None:
            raise Refused("invalid_payload")
        if self._workspace.clock() - url.created > _LIFETIME:
            raise Refused("expired_url")
        # Whether Slack counts what it refuses is not known; here it counts.
        url.uses += 1
        if url.uses > _USES:
            raise Refused("used_url")
        self._apply(url, message)

    def _apply(self, url: ResponseUrl, message: Json) -> None:
        # An answer to a click takes the message's place unless it says otherwise. That is documented for older messages
        # only, but was seen with these too: howdyai/botkit issue 444, getsentry/sentry pull request 73590.
        # Of a command's own lines none can be replaced: slackapi/bolt-js issue 2287, slackapi/bolt-python issue 1268.
        # No source says whether that holds for the text of its ack as well.
        changes = url.kind == "actions" or self._workspace.lenient
        replaces = changes and _is_set(message, "replace_original", default=url.kind == "actions")
        deletes = changes and _is_set(message, "delete_original")
        if not (deletes and not message.get("text") and not message.get("blocks")):
            check_message(message, self._workspace.refuses)
            self._show(url, message, replaces and not deletes)
        if deletes and (original := self._workspace.find(url.original)):
            self._workspace.delete(original)

    def _show(self, url: ResponseUrl, message: Json, replaces: bool) -> None:
        if replaces and (original := self._workspace.find(url.original)):
            self._workspace.rewrite(original, message)
        else:
            post = self._workspace.post(url.conversation, message, only_reader(message, url.user))
            tell_of_own(self._workspace, post, by_response_url=True)


def only_reader(message: Json, user: str) -> str | None:
    """The one user who sees a reply, the asker; None where the reply is for the channel."""
    return None if message.get("response_type") == "in_channel" else user


def _parsed(body: bytes) -> Json | None:
    try:
        message = json.loads(body)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _is_set(message: Json, key: str, *, default: bool = False) -> bool:
    # Slack's own examples have these as words.
    return str(message.get(key, default)).lower() == "true"
