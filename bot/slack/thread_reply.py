"""The way back from a mention or a direct message: the conversation in which it was said."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.ports import Receipt, SlackError
from bot.messages.message import Message
from bot.slack.channels import is_about_blocks, with_fallback
from bot.slack.client import delete, once_more, post, post_privately, update
from bot.slack.fallback import Fallback
from bot.slack.reply import ReplyState

log = structlog.get_logger(__name__)
MOST_UPDATES = 3  # Tries: an update that may have worked can be repeated, a post cannot.


@dataclass
class ThreadReply:
    """Answers in a thread of a channel, or in the direct messages with a user, where `thread` may be None.

    The bot's own line of progress becomes the answer. In a channel, what is for the asker alone is shown to them where
    they asked: in the thread if it is `active`, which means that it has replies (docs.slack.dev, "chat.postEphemeral":
    in others such messages are not shown), else in the channel.
    """

    channel: str
    user: str
    thread: str | None
    client: AsyncWebClient
    fallback: Fallback
    active: bool = False
    under_answer: bool = field(default=False, init=False)
    line: Receipt | None = field(default=None, init=False)
    state: ReplyState = field(default="awaited", init=False)

    async def send(self, message: Message, at: datetime, *, in_channel: bool = False) -> None:
        """As `Reply.send`. In direct messages everything is for the asker alone."""
        if in_channel or self.channel.startswith("D"):
            await with_fallback(message, self.fallback, at, self._show)
        else:
            await self._withdraw()
            await with_fallback(message, self.fallback, at, self._show_asker)

    async def send_progress(self, message: Message, at: datetime) -> None:
        """As `Reply.send_progress`, to all who can read the conversation."""
        try:
            send = partial(post, self.client, self.channel, thread=self.thread)
            self.line = await with_fallback(message, self.fallback, at, send)
        except SlackError as error:
            log.info("progress-not-sent", reason=error.code)

    async def _show(self, message: Message) -> None:
        if self.line and await self._updated(self.line, message):
            return
        await once_more(partial(post, self.client, self.channel, message, thread=self.thread))

    async def _updated(self, line: Receipt, message: Message) -> bool:
        """Whether the bot's line has become the message. One that was deleted meanwhile, for instance, has not."""
        for tries_left in reversed(range(MOST_UPDATES)):
            try:
                await once_more(partial(update, self.client, line, message))
            except SlackError as error:
                if is_about_blocks(error) or (error.unclear and not tries_left):
                    raise
                if not error.unclear:
                    log.info("line-not-updated", reason=error.code)
                    break
            else:
                return True
        await self._withdraw()
        return False

    async def _show_asker(self, message: Message) -> None:
        thread = self.thread if self.active else None
        await once_more(partial(post_privately, self.client, self.channel, self.user, message, thread=thread))

    async def _withdraw(self) -> None:
        """Deletes the bot's line where it cannot become the answer. One that stays is still true."""
        if self.line is None:
            return
        try:
            await delete(self.client, self.line)
        except SlackError as error:
            log.info("line-not-deleted", reason=error.code)
        self.line = None
