"""Listeners for mentions of the bot and for direct messages to it."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.messages.message import Message
from bot.slack.asker import Asker, asker_of
from bot.slack.asking import answer_request, send_message
from bot.slack.bot import Bot
from bot.slack.thread_reply import ThreadReply

Event = Mapping[str, Any]

# Messages that a user wrote; all others tell of edits, of who has joined and so on: docs.slack.dev, "message event".
WRITTEN = {None, "file_share", "thread_broadcast", "me_message"}
PERSON = re.compile(r"[UW]\w+", re.ASCII)
SLACKBOT = "USLACKBOT"


def register(app: AsyncApp, bot: Bot) -> None:
    """Listens for mentions and for messages, of which Slack sends those that are direct."""
    app.event("app_mention")(partial(said, bot=bot))
    app.event("message")(partial(said, bot=bot))


async def said(body: dict[str, Any], event: dict[str, Any], *, bot: Bot) -> None:
    """Answers what a user has said to the bot. Bolt has acknowledged the event."""
    asker, text = asker_of(body), text_for(event, bot.workspace.bot_user)
    if text is None or not asker.channel:
        return
    public = not asker.channel.startswith("D")
    request = bot.request(text, asker, public=public)
    reply = _reply(event, asker, asker.channel, bot)

    async def acknowledge(busy: Message | None) -> None:
        if busy:
            await send_message(busy, request, reply, bot)

    await answer_request(request, asker, reply, acknowledge, bot)


def text_for(event: Event, bot_user: str) -> str | None:
    """What a user has asked the bot, without its name; None for all that is not a question to it.

    The bot's own messages come as events, too, and so do those of other bots.
    """
    to_bot = event.get("type") == "app_mention" or event.get("channel_type") == "im"
    written = event.get("subtype") in WRITTEN and not event.get("edited")
    user = str(event.get("user"))
    by_person = PERSON.fullmatch(user) and user not in {bot_user, SLACKBOT} and not event.get("bot_id")
    if not (to_bot and written and by_person):
        return None
    named = rf"(^(&gt;|\s)*)?<@{re.escape(bot_user)}(\|[^>]*)?>([\s:,;]|[–—-](?=\s))*"
    text = re.sub(named, " ", event.get("text") or "").strip()
    return "help" if not text and event.get("files") else text


def _reply(event: Event, asker: Asker, channel: str, bot: Bot) -> ThreadReply:
    """In the thread of a mention, or else as the message was written: in a thread of the conversation or not."""
    root, ts = event.get("thread_ts"), event.get("ts")
    return ThreadReply(
        channel=channel,
        user=asker.user,
        thread=root or (None if channel.startswith("D") else ts),
        client=bot.client,
        fallback=bot.fallback,
        # Slack tells whose message a thread began with, unless that is gone.
        active=bool(root and root != ts and event.get("parent_user_id")),
    )
