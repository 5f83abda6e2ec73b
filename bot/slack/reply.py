"""Answers the asker: by the response URL while it lasts, then by direct message."""

import asyncio
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


@dataclass
class Reply:
    """One command's or click's way back. It counts the uses of the response URL, of which Slack allows five.

    A command's answers `replace` its working line; a click leaves the message that it was made on. `channel` is where
    it was asked. What is done in a view has no `url`: its answers are direct messages.
    """

    url: str
    user: str
    asked_at: datetime
    client: AsyncWebClient
    fallback: Fallback
    replace: bool = True
    channel: str | None = None
    uses: int = field(default=0, init=False)

    async def send(self, message: Message, at: datetime, *, in_channel: bool = False) -> bool:
        """Shows the message to the asker alone, or to everyone in the channel; whether it is there, where it was asked.

        Where Slack refuses the blocks, the same numbers go out in plainer ones. Where the URL is spent, expired or
        refused, they go to the asker directly. Raises SlackError if that fails, too, and where it is unclear
        whether the channel has the message: it is not sent twice.
        """
        try:
            await with_fallback(message, self.fallback, at, partial(self._show, at=at, in_channel=in_channel))
        except SlackError as error:
            if error.unclear and in_channel:
                raise
            if self.url:  # What was asked outside of a conversation has none.
                log.info("response-url-refused", reason=error.code, uses=self.uses)
            await with_fallback(message, self.fallback, at, partial(post, self.client, self.user))
            return False
        else:
            return True

    async def update(self, message: Message, at: datetime) -> None:
        """Changes the working line before the answer comes: in one try, without which the answer is none the worse."""
        if not self.replace or not self.url or at - self.asked_at >= LIFETIME:
            return
        self.uses += 1
        try:
            answered = await self._post({**message.as_dict(), **_visible(in_channel=False, replace=True)})
        except SlackError as error:
            log.info("working-line-not-updated", reason=error.code)
        else:
            if answered.status_code != 200:
                log.info("working-line-not-updated", reason=_refused(answered).code)

    async def _show(self, message: Message, at: datetime, in_channel: bool) -> None:
        body = {**message.as_dict(), **_visible(in_channel, self.replace)}
        try:
            await self._respond(body, at)
        except SlackError as error:
            if in_channel or not (error.unclear and self.replace):
                raise
            await self._respond(body, at)  # What replaces itself is there once.

    async def _respond(self, body: dict[str, Any], at: datetime) -> None:
        """One use of the URL, and one more after a 429. Raises SlackError."""
        for _ in range(2):
            if not self.url or at - self.asked_at >= LIFETIME or self.uses >= MOST_USES:
                raise SlackError("expired_url" if self.uses < MOST_USES else "used_url")
            self.uses += 1
            answered = await self._post(body)
            if answered.status_code == 200:
                return
            if answered.status_code != 429:
                raise _refused(answered)
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


def _refused(answered: WebhookResponse) -> SlackError:
    status = answered.status_code
    return SlackError(answered.body.strip() or f"http_{status}", unclear=status >= 500)


def _visible(in_channel: bool, replace: bool) -> dict[str, Any]:
    """To everyone, as a message of its own since a private one can never become public; or to the asker alone."""
    if in_channel:
        return {"response_type": "in_channel", "replace_original": False}
    return {"response_type": "ephemeral", "replace_original": replace}


def _wait(answered: WebhookResponse) -> float:
    seconds = answered.headers.get("Retry-After", "")
    return min(float(seconds), LONGEST_RESPONSE_WAIT) if seconds.isdecimal() else 1.0
