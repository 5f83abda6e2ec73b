"""Answers the asker: by the response URL while it lasts, else by direct message."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook import WebhookResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.commands.ports import SlackError
from bot.messages.message import Message
from bot.slack.channels import with_fallback
from bot.slack.client import DEADLINE, post
from bot.slack.fallback import Fallback

log = structlog.get_logger(__name__)

MOST_USES = 5  # And thirty minutes: docs.slack.dev, "Handling user interaction".
LIFETIME = timedelta(minutes=30)
LONGEST_RESPONSE_WAIT = 20.0  # Seconds of a Retry-After that are waited for.


class UnclearAnswer(SlackError):
    """Slack may have a message that was sent to a response URL."""

    def __init__(self, code: str) -> None:
        super().__init__(code, unclear=True)


@dataclass
class Reply:
    """One command's or click's way back. It counts the uses of the response URL, of which Slack allows five.

    Each message is one of its own: a command's own lines cannot be replaced (slackapi/bolt-js issue 2287), and a
    message that was `clicked` stays as it is. `channel` is where it was asked. What is done in a view has no `url`: its
    answers are direct messages.
    """

    url: str
    user: str
    asked_at: datetime
    client: AsyncWebClient
    fallback: Fallback
    clicked: bool = False
    channel: str | None = None
    uses: int = field(default=0, init=False)

    async def send(self, message: Message, at: datetime, *, in_channel: bool = False) -> bool:
        """Shows the message to the asker alone, or to everyone in the channel; whether it is there, where it was asked.

        Where Slack refuses the blocks, the same numbers go out in plainer ones. Where the URL is spent, expired or
        refused, they go to the asker directly. Raises SlackError if that fails, too, and UnclearAnswer where Slack may
        have the message all the same: it is not sent twice.
        """
        try:
            await with_fallback(message, self.fallback, at, partial(self._show, at=at, in_channel=in_channel))
        except SlackError as error:
            if error.unclear:
                raise UnclearAnswer(error.code) from error
            if self.url:  # What was asked outside of a conversation has none.
                log.info("response-url-refused", reason=error.code, uses=self.uses)
            await with_fallback(message, self.fallback, at, partial(post, self.client, self.user))
            return False
        else:
            return True

    async def send_progress(self, message: Message, at: datetime) -> None:
        """Shows the asker a line before the answer comes: in one try, without which the answer is none the worse."""
        if not self.url or at - self.asked_at >= LIFETIME:
            return
        self.uses += 1
        try:
            code = _error_code(await self._post(_body(message, in_channel=False)))
        except SlackError as error:
            code = error.code
        if code:
            log.info("progress-not-sent", reason=code)

    async def _show(self, message: Message, at: datetime, in_channel: bool) -> None:
        """One use of the URL, and one more after a 429. Raises SlackError."""
        body = _body(message, in_channel)
        for _ in range(2):
            if not self.url or at - self.asked_at >= LIFETIME or self.uses >= MOST_USES:
                raise SlackError("expired_url" if self.uses < MOST_USES else "used_url")
            self.uses += 1
            answered = await self._post(body)
            if not (code := _error_code(answered)):
                return
            if answered.status_code != 429:
                # To one reader, an answer that comes twice is better than none; a channel must not read it twice.
                raise SlackError(code, unclear=in_channel and answered.status_code >= 500)
            await asyncio.sleep(_wait(answered))
        raise SlackError("ratelimited")

    async def _post(self, body: dict[str, Any]) -> WebhookResponse:
        webhook = AsyncWebhookClient(self.url, session=self.client.session, retry_handlers=[])
        try:
            async with asyncio.timeout(DEADLINE):
                return await webhook.send_dict(body)
        except aiohttp.ClientConnectorError as error:
            raise SlackError("unreachable") from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise SlackError("broke_off", unclear=True) from error


def _error_code(answered: WebhookResponse) -> str:
    """Why Slack did not take a message; empty where it did. A 200 may say `{"ok": false}` all the same."""
    text = answered.body.strip()
    if answered.status_code != 200:
        return text or f"http_{answered.status_code}"
    try:
        told = json.loads(text)
    except ValueError:  # `ok`, as a rule.
        return ""
    return str(told.get("error", "not_ok")) if isinstance(told, dict) and told.get("ok") is False else ""


def _body(message: Message, in_channel: bool) -> dict[str, Any]:
    """To everyone in the channel, or to the asker alone; a message of its own in any case."""
    reader = "in_channel" if in_channel else "ephemeral"
    return {**message.as_dict(), "response_type": reader, "replace_original": False}


def _wait(answered: WebhookResponse) -> float:
    seconds = answered.headers.get("Retry-After", "")
    return min(float(seconds), LONGEST_RESPONSE_WAIT) if seconds.isdecimal() else 1.0
