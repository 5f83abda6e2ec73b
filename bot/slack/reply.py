"""The way back to whoever asked: a response URL while it lasts, then a direct message."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook import WebhookResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.message import Message
from bot.slack.client import DEADLINE, SlackError, post
from bot.slack.ladder import Ladder, rungs

log = structlog.get_logger(__name__)

MOST_USES = 5  # And thirty minutes: docs.slack.dev, "Handling user interaction".
LIFETIME = timedelta(minutes=30)
UNCLEAR = "unclear"  # No answer, or a 5xx: Slack may have taken the message all the same.
LONGEST_WAIT = 20.0  # Seconds of a Retry-After that are waited for.


@dataclass
class Reply:
    """One command's or click's way back. It counts the uses of the response URL, of which Slack allows five.

    A command's answers `replace` its working line; a click leaves the message that it was made on.
    """

    url: str
    user: str
    asked_at: datetime
    client: AsyncWebClient
    ladder: Ladder
    replace: bool = True
    uses: int = field(default=0, init=False)

    async def send(self, message: Message, at: datetime, *, in_channel: bool = False) -> None:
        """Shows the message to the asker alone, or to everyone in the channel.

        Where Slack refuses the blocks, the same numbers go out in plainer ones. Where the URL is spent, expired or
        refused, they go to the asker directly, as text. Raises SlackError if that fails, too, and where nobody can know
        whether the channel has the message: it is not sent twice.
        """
        refused: str | None = None
        for rung, plainer in rungs(message, self.ladder.first(at)):
            body = {**plainer.as_dict(), **_visible(in_channel, self.replace)}
            refused = await self._respond(body, at)
            if refused == UNCLEAR and in_channel:
                raise SlackError(UNCLEAR, unclear=True)
            if refused == UNCLEAR and self.replace:
                refused = await self._respond(body, at)  # What replaces itself is there once.
            if refused is None:
                self.ladder.took(rung, at)
                return
            if "invalid_blocks" not in refused:
                break
            log.warning("blocks-refused", rung=rung, kinds=[block["type"] for block in plainer.blocks])
        log.info("response-url-refused", reason=refused, uses=self.uses)
        await post(self.client, self.user, Message(message.text, ()))

    async def _respond(self, body: dict[str, Any], at: datetime) -> str | None:
        """One use of the URL, and one more after a 429; None where Slack took it, else its reason or UNCLEAR."""
        for _ in range(2):
            if not self.url or at - self.asked_at >= LIFETIME or self.uses >= MOST_USES:
                return "expired_url" if self.uses < MOST_USES else "used_url"
            self.uses += 1
            try:
                answered = await self._post(body)
            except aiohttp.ClientConnectorError:
                return "unreachable"
            except (TimeoutError, aiohttp.ClientError):
                return UNCLEAR
            if answered.status_code != 429:
                return _reason(answered)
            await asyncio.sleep(_wait(answered))
        return "rate_limited"

    async def _post(self, body: dict[str, Any]) -> WebhookResponse:
        webhook = AsyncWebhookClient(self.url, session=self.client.session, retry_handlers=[])
        async with asyncio.timeout(DEADLINE):
            return await webhook.send_dict(body)


def _reason(answered: WebhookResponse) -> str | None:
    if answered.status_code >= 500:
        return UNCLEAR
    return None if answered.status_code == 200 else answered.body.strip() or str(answered.status_code)


def _visible(in_channel: bool, replace: bool) -> dict[str, Any]:
    """To everyone, as a message of its own since a private one can never become public; or to the asker alone."""
    if in_channel:
        return {"response_type": "in_channel", "replace_original": False}
    return {"response_type": "ephemeral", "replace_original": replace}


def _wait(answered: WebhookResponse) -> float:
    seconds = answered.headers.get("Retry-After", "")
    return min(float(seconds), LONGEST_WAIT) if seconds.isdecimal() else 1.0
