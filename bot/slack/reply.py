"""The way back to an asker, and that of a command or click: its response URL, while it lasts."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, NamedTuple, Protocol

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.ports import SlackError
from bot.messages.message import Message
from bot.slack.channels import with_fallback
from bot.slack.client import DEADLINE, LONGEST_WAIT
from bot.slack.fallback import Fallback
from bot.slack.response_url import is_slacks

log = structlog.get_logger(__name__)

MOST_USES = 5  # And thirty minutes: docs.slack.dev, "Handling user interaction".
LIFETIME = timedelta(minutes=30)
CONNECT_DEADLINE = 5.0  # Seconds until a request is on its way; before that Slack has nothing of it.


ReplyState = Literal["awaited", "sending", "sent"]


class Answered(NamedTuple):
    """What a response URL answers."""

    status: int
    body: str
    retry_after: str


class Reply(Protocol):
    """The way back to where something was asked. `state` is that of the answer.

    `under_answer` is whether it was asked by a button of a message.
    """

    under_answer: bool
    state: ReplyState

    async def send(self, message: Message, at: datetime, *, in_channel: bool = False) -> None:
        """Shows the message to the asker alone, or to everyone who can read the channel.

        Where Slack refuses the blocks, the same numbers go out in plainer ones. Raises SlackError, an unclear one where
        Slack may have the message: it is not sent twice.
        """
        ...

    async def send_progress(self, message: Message, at: datetime) -> None:
        """Shows a line before the answer comes: in one try, without which the answer is none the worse."""
        ...


@dataclass
class UrlReply:
    """The way back from a command or a click. It counts the uses of the response URL, of which Slack allows five.

    Each message is one of its own: a command's own lines cannot be replaced (slackapi/bolt-js issue 2287), and a
    message that was clicked stays as it is. What is done in a view has no `url`.
    """

    url: str
    asked_at: datetime
    client: AsyncWebClient
    fallback: Fallback
    under_answer: bool = False
    uses: int = field(default=0, init=False)
    state: ReplyState = field(default="awaited", init=False)

    async def send(self, message: Message, at: datetime, *, in_channel: bool = False) -> None:
        """As `Reply.send`; for one reader a 5xx counts as a refusal."""
        await with_fallback(message, self.fallback, at, partial(self._show, at=at, in_channel=in_channel))

    async def send_progress(self, message: Message, at: datetime) -> None:
        """As `Reply.send_progress`, to the asker alone."""
        if not self.url:
            return
        try:
            answered = await self._use(message, at, in_channel=False)
            code = _error_code(answered)
        except SlackError as error:
            code = error.code
        if code:
            log.info("progress-not-sent", reason=code)

    async def _show(self, message: Message, at: datetime, in_channel: bool) -> None:
        """One use of the URL, and one more after a 429 with a short wait. Raises SlackError."""
        answered = await self._use(message, at, in_channel)
        if answered.status == 429 and (wait := _wait(answered)) <= LONGEST_WAIT:
            await asyncio.sleep(wait)
            answered = await self._use(message, at, in_channel)
        if code := _error_code(answered):
            raise SlackError(code, unclear=in_channel and answered.status >= 500)

    async def _use(self, message: Message, at: datetime, in_channel: bool) -> Answered:
        """One use of the URL. Raises SlackError: unclear where the request was on its way."""
        if not self.url or at - self.asked_at >= LIFETIME:
            raise SlackError("expired_url")
        if self.uses >= MOST_USES:
            raise SlackError("used_url")
        if not is_slacks(self.url, self.client.base_url):
            log.warning("odd-response-url", hint="neither at hooks.slack.com nor at the host of SLACK_API_URL")
            raise SlackError("odd_url")
        self.uses += 1
        assert self.client.session is not None
        limits = aiohttp.ClientTimeout(total=DEADLINE, connect=CONNECT_DEADLINE)
        sending = self.client.session.post(
            self.url, json=_body(message, in_channel), proxy=self.client.proxy, timeout=limits, allow_redirects=False
        )
        try:
            async with sending as response:
                text = await response.text(encoding="utf-8", errors="replace")
                return Answered(response.status, text.strip(), response.headers.get("Retry-After", ""))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise SlackError("unreachable") from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise SlackError("broke_off", unclear=True) from error


def _error_code(answered: Answered) -> str:
    """Why Slack did not take a message; empty where it did. A 200 may say `{"ok": false}` all the same."""
    if answered.status != 200:
        return answered.body or f"http_{answered.status}"
    try:
        told = json.loads(answered.body)
    except ValueError:  # `ok`, as a rule.
        return ""
    return str(told.get("error", "not_ok")) if isinstance(told, dict) and told.get("ok") is False else ""


def _body(message: Message, in_channel: bool) -> dict[str, Any]:
    """To everyone in the channel, or to the asker alone; a message of its own in any case."""
    reader = "in_channel" if in_channel else "ephemeral"
    return {**message.as_dict(), "response_type": reader, "replace_original": False}


def _wait(answered: Answered) -> float:
    """Seconds."""
    return float(answered.retry_after) if answered.retry_after.isdecimal() else 1.0
