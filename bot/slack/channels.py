"""Slack's channels, as digests use them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.ports import Person, Receipt, SlackError, Standing
from bot.messages.message import Message
from bot.queries.request import Names
from bot.slack.client import auth_test, find_post, once_more, post, profile, standing
from bot.slack.fallback import Fallback, fallbacks

log = structlog.get_logger(__name__)
Sent = TypeVar("Sent")

# What Slack says of blocks that it does not take; a response URL says more words around it.
BLOCK_CODES = ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long")
SLACK_CLOCK_SKEW = timedelta(minutes=5)  # Slack dates its messages by its own clock.


def is_about_blocks(error: SlackError) -> bool:
    """Whether Slack refuses the blocks of a message, so that a plainer one may be taken."""
    return any(code in error.code for code in BLOCK_CODES)


async def with_fallback(
    message: Message, fallback: Fallback, at: datetime, send: Callable[[Message], Awaitable[Sent]]
) -> Sent:
    """Sends a message; where Slack refuses the blocks, the same numbers in ever plainer ones. Raises SlackError."""
    *tries, (_, plainest) = fallbacks(message, fallback.first(at))
    for step, plainer in tries:
        try:
            sent = await send(plainer)
        except SlackError as error:
            if error.unclear or not is_about_blocks(error):
                raise
            log.warning("blocks-refused", step=step, kinds=[block["type"] for block in plainer.blocks])
        else:
            fallback.took(step, at)
            return sent
    return await send(plainest)


class SlackChannels:
    """Channels over the Web API. The fallback is shared with the answers to commands."""

    def __init__(
        self,
        client: AsyncWebClient,
        fallback: Fallback,
        now: Callable[[], datetime],
        names: Callable[[str], Awaitable[Names]],
    ) -> None:
        self._client = client
        self._fallback = fallback
        self._now = now
        self._names = names
        self._directs: dict[str, str] = {}  # The conversations with people that were posted to.
        self._own_ids: set[str] = set()
        self._posts_anywhere = False

    async def post(
        self, channel: str, message: Message, *, delivery: str | None = None, thread: str | None = None
    ) -> Receipt:
        """As `Channels.post`. Slack puts a reply to a message that is gone into the channel itself."""
        send = partial(post, self._client, channel, delivery=delivery, thread=thread)
        receipt = await with_fallback(message, self._fallback, self._now(), send)
        if receipt.channel != channel:
            self._directs[channel] = receipt.channel
        return receipt

    async def find(self, channel: str, delivery: str, since: datetime, *, thread: str | None = None) -> Receipt | None:
        """As `Channels.find`. A reply may stand in the channel itself, so that is looked through after the thread."""
        place = self._directs.get(channel, channel)
        if place.startswith(("U", "W")):  # A person, with whom no conversation is known.
            raise SlackError("channel_not_found")
        look = partial(find_post, self._client, place, delivery, since - SLACK_CLOCK_SKEW, await self._own())
        try:
            found = await look(thread) if thread else None
        except SlackError as error:
            if error.code != "thread_not_found":
                raise
            found = None
        return found or await look()

    async def standing(self, channel: str) -> Standing:
        """As `Channels.standing`; a direct message is always open."""
        if channel.startswith("D"):
            return Standing()
        found = await once_more(partial(standing, self._client, channel))
        await self._own()
        return replace(found, member=found.member or (not found.private and self._posts_anywhere))

    async def person(self, user: str) -> Person:
        """As `Channels.person`."""
        found = await profile(self._client, user)
        return Person(found.name, found.gone)

    async def names(self, team: str) -> Names:
        """As `Channels.names`."""
        return await self._names(team)

    async def _own(self) -> set[str]:
        """The ids by which Slack names the bot as an author."""
        if not self._own_ids:
            workspace = await auth_test(self._client)
            self._own_ids = {workspace.bot_user, workspace.bot} - {""}
            self._posts_anywhere = "chat:write.public" in workspace.scopes
        return self._own_ids
